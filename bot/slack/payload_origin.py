"""Where a payload of Slack comes from: which workspace, and whether somebody typed it just now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]


def team_of(body: Body) -> str:
    """Return the workspace in which it was pressed or filled in.

    In Enterprise Grid ``user.team_id`` may be another workspace of the person, or the whole
    organisation (`E…`). Where ``team`` is missing, a form says for which workspace it was opened.
    """
    places = (
        (body.get("team") or {}).get("id"),
        (body.get("view") or {}).get("app_installed_team_id"),
        body["user"].get("team_id"),
    )
    return str(next(filter(None, places), ""))


def team_of_event(body: Body) -> str:
    """Return the workspace whose installation the event is for; ``team_id`` may be the sender's."""
    authorised = body.get("authorizations") or [{}]
    return str(authorised[0].get("team_id") or body.get("team_id", ""))


def is_typed_now(body: Body, me: Body) -> bool:
    """Return whether somebody typed an `@mention` just now; ``me`` is the answer of `auth.test`.

    An edit is delivered as another mention, also of an old message. What a bot wrote without a
    person, or this one, is not typed either.
    """
    event = body["event"]
    changed = event.get("edited") or event.get("message")
    subtype = str(event.get("subtype") or "").startswith(("message_", "bot_"))
    ours = event.get("user") == me["user_id"] or event.get("bot_id", "") == me.get("bot_id")
    # The times of the edit and of the message.
    later = _seconds(event, "event_ts") != _seconds(event, "ts")
    return not (changed or subtype or ours or later)


def _seconds(event: Body, field: str) -> int | None:
    """Return a time of an event in whole seconds; `ts` where `event_ts` is missing."""
    text = str(event.get(field) or event.get("ts") or "")
    return int(text.partition(".")[0][:10]) if text[:10].isdecimal() else None
