"""The base of every modal: its ids, how it is built, checked and parsed."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bot.errors import InvalidInput
from bot.slack.limits import MAX_MODAL_TITLE_CHARS
from bot.slack.payloads import Values
from bot.slack.views.mrkdwn import Blocks, plain_text
from bot.slack.views.texts import forms as texts

View = Mapping[str, Any]
# What reads one field of a form, by block id. Each raises InvalidInput for what is missing or wrong.
Parts = Mapping[str, Callable[[Values], object]]

# What a picker has selected; other elements have a `value`.
_PICKED = {
    "timepicker": "selected_time",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
}
NO_CHANNEL = "none"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,254}")


@dataclass(frozen=True, slots=True)
class Submission:
    """What a submission says: the action, the id of what it is about, the channel, the content.

    ``text`` is the reason. ``values`` are by block id: a text or choice, or a list of choices or of
    ids of attached files.
    """

    action: str
    about: str
    channel: str
    text: str = ""
    values: Values = field(default_factory=dict, repr=False)


class Modal(ABC):
    """A modal with the id ``callback_id``; an instance holds what it shows.

    The content of a ``secret`` one is never saved: it is carried out at once, in memory alone. It
    overrides no ``parse``: of its submission the ids are saved. ``metric`` names it in `/metrics`.
    """

    callback_id: ClassVar[str]
    secret: ClassVar[bool] = False
    metric: ClassVar[str] = ""

    @abstractmethod
    def build(self) -> dict[str, Any]:
        """Return the modal as `views.open` takes it."""

    @classmethod
    def actions(cls) -> Collection[str]:
        """Return what it can be opened for. A submission that names another action is forged."""
        return (cls.callback_id,)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:  # noqa: ARG003  # as the others have it
        """Return a sentence for each wrong block: the modal stays open and shows them."""
        return {}

    @classmethod
    def parse(cls, view: View) -> Submission:
        """Read a submission. Raises KeyError, ValueError and the like for what is none of ours."""
        return read(view)

    @classmethod
    def kept(cls, values: Values) -> Values:
        """Return what of a submission is needed to open the modal again."""
        return values

    def modal(
        self, about: str, channel: str, title: str, submit: str, blocks: Blocks, action: str = ""
    ) -> dict[str, Any]:
        """Return the view with these blocks.

        ``about`` and ``channel`` come back with the submission, and ``action`` where it is not the
        callback id. A form that is opened outside of any channel has ``channel`` "".
        """
        metadata = carried(action or self.callback_id, about, channel or NO_CHANNEL)
        ids = {"callback_id": self.callback_id, "private_metadata": metadata}
        return modal_view(title, blocks, close=texts.CANCEL, submit=plain_text(submit), **ids)


def modal_view(
    title: str, blocks: Blocks, *, close: str = texts.CLOSE, **more: Any
) -> dict[str, Any]:
    """Return a modal; its title is cut to MAX_MODAL_TITLE_CHARS."""
    title = title[:MAX_MODAL_TITLE_CHARS]
    return {
        "type": "modal",
        "title": plain_text(title),
        "close": plain_text(close),
        "blocks": blocks,
        **more,
    }


def carried(action: str, about: str, channel: str) -> str:
    """Return the private metadata of a modal. Raises ValueError for what is no id.

    Slack stores it, and logs may: so it holds no address, name or secret.
    """
    for one in (action, about, channel):
        if not _ID.fullmatch(one):
            raise ValueError("private metadata carries ids only")
    return f"{action} {about} {channel}"


def read(view: View) -> Submission:
    """Read a submission with ``carried`` metadata. Raises KeyError, ValueError and the like."""
    action, about, channel = view["private_metadata"].split(" ")
    return Submission(action, about, "" if channel == NO_CHANNEL else channel, values=typed(view))


def typed(view: View) -> Values:
    """Return the content of the inputs by block id, one each. Empty is ``""`` or ``[]``."""
    values = view["state"]["values"]
    return {block: _held(element) for block, part in values.items() for element in part.values()}


def _held(element: Mapping[str, Any]) -> str | list[str]:
    if element.get("type") == "file_input":
        return [str(file["id"]) for file in element.get("files") or []]
    if element.get("type") in ("checkboxes", "multi_static_select"):
        return [str(option["value"]) for option in element.get("selected_options") or []]
    if element.get("type") in ("static_select", "external_select", "radio_buttons"):
        return str((element.get("selected_option") or {}).get("value", ""))
    return str(element.get(_PICKED.get(str(element.get("type")), "value")) or "")


def filled(values: Values) -> Values:
    """Return what was filled in, without the empty fields."""
    return {name: value for name, value in values.items() if value}


def problems_of(values: Values, parts: Parts) -> dict[str, str]:
    """Return a sentence for each field whose part cannot be read."""
    found = {}
    for block, read_part in parts.items():
        try:
            read_part(values)
        except InvalidInput as error:
            found[block] = str(error)
    return found
