"""What Slack delivers, parsed once into one frozen model; the inbox keeps exactly this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from bot.domain.commands import Actor
from bot.slack.views.forms.form import Form, Values

UNKNOWN_FORM = "unknown_form"


class Inbound(BaseModel):
    """A command, click, modal or mention: who, where, and what was typed or pressed."""

    model_config = ConfigDict(frozen=True)

    key: str
    kind: str
    user: str
    team: str
    app: str
    channel: str = ""
    text: str = ""
    action: str = ""
    value: str = ""
    trigger_id: str = ""
    response_url: str = ""
    thread_ts: str = ""
    message_ts: str = ""  # of the message on which it was pressed
    form: str = ""  # the callback id of a modal; what was saved before there were several has none
    values: Values = {}  # what was filled in, by block id; of a secret form never

    @property
    def actor(self) -> Actor:
        """The person, in this channel."""
        clicked = self.kind in ("click", "view")
        return Actor(self.user, self.channel, self.team, clicked=clicked)


def from_command(body: Mapping[str, Any]) -> Inbound:
    """Read a slash command."""
    return Inbound(
        key=f"command:{body['trigger_id']}",
        kind="command",
        user=body["user_id"],
        team=body.get("team_id", ""),
        app=body.get("api_app_id", ""),
        channel=body.get("channel_id", ""),
        text=body.get("text", ""),
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url", ""),
    )


def from_click(body: Mapping[str, Any]) -> Inbound:
    """Read a click on a button."""
    action = body["actions"][0]
    container = body.get("container", {})
    user = body["user"]["id"]
    return Inbound(
        key=f"click:{action.get('action_ts', '')}:{user}:{action['action_id']}",
        kind="click",
        user=user,
        team=_team(body),
        app=body.get("api_app_id", ""),
        channel=container.get("channel_id", ""),
        message_ts=container.get("message_ts", ""),
        action=action["action_id"],
        value=action.get("value", ""),
        trigger_id=body.get("trigger_id", ""),
        response_url=body.get("response_url", ""),
    )


def from_view(body: Mapping[str, Any], form: Form) -> Inbound:
    """Read the submission of a form; of a secret one its ids only."""
    asked = form.read(body["view"])
    filled_in = {} if form.secret else {"text": asked.text, "values": asked.values}
    ids = {"channel": asked.channel, "action": asked.action, "value": asked.about}
    return _submitted(body, form.callback_id, **ids, **filled_in)


def from_unknown_view(body: Mapping[str, Any]) -> Inbound:
    """Read the submission of a form that is not ours: who sent it, and nothing of what it holds."""
    return _submitted(body, UNKNOWN_FORM)


def _submitted(body: Mapping[str, Any], form: str, **fields: Any) -> Inbound:
    return Inbound(
        key=f"view:{body['view']['id']}",
        kind="view",
        user=body["user"]["id"],
        team=_team(body),
        app=body.get("api_app_id", ""),
        form=form,
        **fields,
    )


def is_typed_now(body: Mapping[str, Any], me: Mapping[str, Any]) -> bool:
    """Return whether somebody typed an `@mention` just now; ``me`` is the answer of `auth.test`.

    An edit comes again as a mention, also of an old message. What a bot wrote without a person, or this
    one, is not typed either.
    """
    event = body["event"]
    changed = event.get("edited") or event.get("message")
    subtype = str(event.get("subtype") or "").startswith(("message_", "bot_"))
    ours = event.get("user") == me["user_id"] or event.get("bot_id", "") == me.get("bot_id")
    # The times of the edit and of the message.
    later = _seconds(event, "event_ts") != _seconds(event, "ts")
    return not (changed or subtype or ours or later)


def from_mention(body: Mapping[str, Any]) -> Inbound:
    """Read an `@mention`; the text after the first word is the command."""
    event = body["event"]
    return Inbound(
        key=f"event:{body['event_id']}",
        kind="mention",
        user=event.get("user", ""),
        team=_team_of_event(body),
        app=body.get("api_app_id", ""),
        channel=event["channel"],
        text=event.get("text", "").partition(">")[2].strip(),
        thread_ts=event.get("thread_ts", ""),
    )


def _seconds(event: Mapping[str, Any], field: str) -> int | None:
    """Return a time of an event in whole seconds; `ts` stands for `event_ts` where it is missing."""
    text = str(event.get(field) or event.get("ts") or "")
    return int(text.partition(".")[0][:10]) if text[:10].isdecimal() else None


def _team(body: Mapping[str, Any]) -> str:
    """Return the workspace in which it was pressed or filled in.

    In Enterprise Grid ``user.team_id`` may be another workspace of the person, or the whole
    organisation (`E…`). Where ``team`` is missing, a form tells for which workspace it was opened.
    """
    places = (
        (body.get("team") or {}).get("id"),
        (body.get("view") or {}).get("app_installed_team_id"),
        body["user"].get("team_id"),
    )
    return str(next(filter(None, places), ""))


def _team_of_event(body: Mapping[str, Any]) -> str:
    """Return the workspace whose installation the event is for; ``team_id`` may be the sender's."""
    authorised = body.get("authorizations") or [{}]
    return str(authorised[0].get("team_id") or body.get("team_id", ""))
