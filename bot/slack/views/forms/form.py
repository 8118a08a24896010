"""What a modal is to the bot: how it is built, what is wrong with a submission, and what that says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.slack.payloads import Values

View = Mapping[str, Any]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,254}")


@dataclass(frozen=True, slots=True)
class Submission:
    """What a submission says: what was asked for, about which id, from where, and what was filled in.

    ``values`` are by block id: a text or choice, or a list of choices or of the ids of attached files.
    """

    action: str
    about: str
    channel: str
    text: str = ""
    values: Values = field(default_factory=dict, repr=False)


def carried(action: str, about: str, channel: str) -> str:
    """Return the private metadata of a form. Raises ValueError for what is no id: Slack keeps it, and
    everybody's logs may, so no address, name or secret travels in it."""
    for one in (action, about, channel):
        if not _ID.fullmatch(one):
            raise ValueError("private metadata carries ids only")
    return f"{action} {about} {channel}"


def read(view: View) -> Submission:
    """Read a submission of a form with ``carried`` metadata. Raises KeyError, ValueError and the like."""
    action, about, channel = view["private_metadata"].split(" ")
    return Submission(action, about, channel, values=typed(view))


def typed(view: View) -> Values:
    """Return what stands in the inputs, by block id; each block has one. Empty is ``""`` or ``[]``."""
    values = view["state"]["values"]
    return {block: _held(element) for block, part in values.items() for element in part.values()}


def _held(element: Mapping[str, Any]) -> str | list[str]:
    if element.get("type") == "file_input":
        return [str(file["id"]) for file in element.get("files") or []]
    if element.get("type") in ("checkboxes", "multi_static_select"):
        return [str(option["value"]) for option in element.get("selected_options") or []]
    if element.get("type") in ("static_select", "radio_buttons"):
        return str((element.get("selected_option") or {}).get("value", ""))
    return str(element.get("value") or "")


def nothing_wrong(_: View) -> dict[str, str]:
    """Take every submission that Slack took."""
    return {}


@dataclass(frozen=True, slots=True)
class Form:
    """A modal with this ``callback_id``.

    ``errors`` says what is wrong, a sentence for each block id: the modal stays open and shows it there.
    ``read`` says what else was submitted. What is filled into a ``secret`` form is never saved: it is handed
    on in memory alone (see Confidants), and ``read`` is asked for its ids only.
    """

    callback_id: str
    build: Callable[..., dict[str, Any]]
    errors: Callable[[View], dict[str, str]] = nothing_wrong
    read: Callable[[View], Submission] = read
    secret: bool = False
