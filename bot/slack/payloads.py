"""What Slack delivers, parsed once into one of six frozen models. The inbox stores exactly these.

The names of the fields and the values of ``kind`` are stored: rows that an earlier version saved are
read after an update.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from bot.domain.actor import Actor
from bot.grammar import title_of
from bot.slack.payload_origin import Body, team_of, team_of_event

UNKNOWN_FORM = "unknown_form"
REASON_FORM = "change_reason"
# The block of a form in which its channel is chosen.
CHOSEN_CHANNEL = "channel"
# Of the message below which a shortcut was chosen; Slack advises 4,000 for a message.
MAX_KEPT_TEXT_CHARS = 4000

Values = dict[str, str | list[str]]
"""What was filled in, by block id: a text or choice, or a list of choices or of ids of files."""


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Whom a reply is for, and the ways to reach them. ``request`` is the key of the delivery."""

    request: str
    user: str
    channel: str = ""
    response_url: str = ""
    thread_ts: str = ""


class _Payload(BaseModel):
    """Who sent it, for which workspace and app, and from which channel ("" where there is none)."""

    model_config = ConfigDict(frozen=True)
    clicked: ClassVar[bool] = False

    key: str
    user: str
    team: str
    app: str
    channel: str = ""

    @property
    def actor(self) -> Actor:
        """The person, in this channel, with the name of the command where one was typed."""
        typed = getattr(self, "text", "") if not self.clicked else ""
        command = _command_name(typed) if typed else ""
        return Actor(self.user, self.channel, self.team, clicked=self.clicked, command=command)

    @property
    def reply_target(self) -> ReplyTarget:
        """How the person is answered."""
        return ReplyTarget(self.key, self.user, self.channel)


class _Answerable(_Payload):
    """A payload with a trigger for one form and a URL for five replies within 30 minutes."""

    trigger_id: str = ""
    response_url: str = ""

    @property
    def reply_target(self) -> ReplyTarget:
        """How the person is answered: by the response URL first."""
        return ReplyTarget(self.key, self.user, self.channel, self.response_url)


class CommandPayload(_Answerable):
    """A slash command; ``text`` stands behind `/continuity`."""

    kind: Literal["command"] = "command"
    text: str = ""

    @classmethod
    def from_body(cls, body: Body) -> CommandPayload:
        """Read a slash command."""
        return cls(
            key=f"command:{body['trigger_id']}",
            user=body["user_id"],
            team=body.get("team_id", ""),
            app=body.get("api_app_id", ""),
            channel=body.get("channel_id", ""),
            text=body.get("text", ""),
            trigger_id=body["trigger_id"],
            response_url=body.get("response_url", ""),
        )


class ActionPayload(_Answerable):
    """A click on a button of the message ``message_ts``. ``value`` is read by ``button_values``.

    Of a button in a modal, ``form`` is the callback id, ``view_id`` the modal, ``about`` and
    ``values`` what a submission would say: never of a secret one.
    """

    clicked: ClassVar[bool] = True

    kind: Literal["click"] = "click"
    action: str
    value: str = ""
    message_ts: str = ""
    form: str = ""
    view_id: str = ""
    about: str = ""
    values: Values = {}

    @classmethod
    def from_body(cls, body: Body, **fields: Any) -> ActionPayload:
        """Read a click; Slack sends one action at a time. ``fields`` is what was read of a modal."""
        action = body["actions"][0]
        container = body.get("container", {})
        user = body["user"]["id"]
        return cls(
            key=f"click:{action.get('action_ts', '')}:{user}:{action['action_id']}",
            user=user,
            team=team_of(body),
            app=body.get("api_app_id", ""),
            message_ts=container.get("message_ts", ""),
            action=action["action_id"],
            value=action.get("value") or "",
            trigger_id=body.get("trigger_id", ""),
            response_url=body.get("response_url", ""),
            **({"channel": container.get("channel_id", "")} | fields),
        )


class ShortcutPayload(_Answerable):
    """A shortcut that was chosen; ``callback`` is its id.

    Of one below a message: its channel, ``message_ts``, the thread that it stands in, the id of its
    ``author`` (a person or a bot) and its ``text``. A global one has no channel and none of these.
    """

    clicked: ClassVar[bool] = True

    kind: Literal["shortcut"] = "shortcut"
    callback: str
    message_ts: str = ""
    thread_ts: str = ""
    author: str = ""
    text: str = ""

    @classmethod
    def from_body(cls, body: Body) -> ShortcutPayload:
        """Read a `shortcut` or a `message_action`."""
        message = body.get("message") or {}
        return cls(
            key=f"shortcut:{body['trigger_id']}",
            user=body["user"]["id"],
            team=team_of(body),
            app=body.get("api_app_id", ""),
            channel=(body.get("channel") or {}).get("id", ""),
            callback=body["callback_id"],
            message_ts=body.get("message_ts") or message.get("ts") or "",
            thread_ts=message.get("thread_ts") or "",
            author=message.get("user") or message.get("bot_id") or "",
            text=(message.get("text") or "")[:MAX_KEPT_TEXT_CHARS],
            trigger_id=body["trigger_id"],
            response_url=body.get("response_url", ""),
        )


class SuggestionPayload(_Payload):
    """What a person typed into a select whose options are ours. It is answered at once, and never saved."""

    clicked: ClassVar[bool] = True

    action: str
    typed: str = ""

    @classmethod
    def from_body(cls, body: Body) -> SuggestionPayload:
        """Read a `block_suggestion`."""
        return cls(
            key=f"suggestion:{body['action_id']}",
            user=body["user"]["id"],
            team=team_of(body),
            app=body.get("api_app_id", ""),
            action=body["action_id"],
            typed=str(body.get("value") or ""),
        )


class ViewPayload(_Payload):
    """The submission of a modal. Of a secret one, the ids only: no ``text`` and no ``values``.

    ``form`` is the callback id, ``action`` what the modal was opened for, ``value`` the id of what it
    is about, ``text`` the reason.
    """

    clicked: ClassVar[bool] = True

    kind: Literal["view"] = "view"
    form: str = REASON_FORM
    action: str = ""
    value: str = ""
    text: str = ""
    values: Values = {}

    @property
    def reply_target(self) -> ReplyTarget:
        """How the person is answered: directly where they chose the channel, since they are elsewhere."""
        elsewhere = CHOSEN_CHANNEL in self.values
        return ReplyTarget(self.key, self.user, "" if elsewhere else self.channel)

    @field_validator("form")
    @classmethod
    def _reason_was_the_only_form(cls, form: str) -> str:
        # Versions with one form saved no callback id.
        return form or REASON_FORM

    @classmethod
    def from_body(cls, body: Body, form: str = UNKNOWN_FORM, **fields: Any) -> ViewPayload:
        """Read who submitted a modal; ``fields`` is what the modal's class read of its content."""
        return cls(
            key=f"view:{body['view']['id']}",
            user=body["user"]["id"],
            team=team_of(body),
            app=body.get("api_app_id", ""),
            form=form,
            **fields,
        )


class MentionPayload(_Payload):
    """An `@mention` of the bot; ``text`` stands behind it. A mention has no trigger for a form."""

    kind: Literal["mention"] = "mention"
    text: str = ""
    thread_ts: str = ""

    @property
    def reply_target(self) -> ReplyTarget:
        """How the person is answered: in the thread of the mention."""
        return ReplyTarget(self.key, self.user, self.channel, thread_ts=self.thread_ts)

    @classmethod
    def from_body(cls, body: Body) -> MentionPayload:
        """Read an `@mention`; the text after the first word is the command."""
        event = body["event"]
        return cls(
            key=f"event:{body['event_id']}",
            user=event.get("user", ""),
            team=team_of_event(body),
            app=body.get("api_app_id", ""),
            channel=event["channel"],
            text=event.get("text", "").partition(">")[2].strip(),
            thread_ts=event.get("thread_ts", ""),
        )


class HomePayload(_Payload):
    """Somebody opened the app's Home tab. Nobody waits for a reply: the tab is drawn."""

    kind: Literal["home"] = "home"

    @classmethod
    def from_body(cls, body: Body) -> HomePayload | None:
        """Read an opening; None for another tab of the app."""
        event = body["event"]
        if event.get("tab") != "home":
            return None
        return cls(
            key=f"event:{body['event_id']}",
            user=event["user"],
            team=team_of_event(body),
            app=body.get("api_app_id", ""),
        )


TypedPayload = CommandPayload | MentionPayload
Payload = (
    CommandPayload | ActionPayload | ViewPayload | MentionPayload | HomePayload | ShortcutPayload
)
_PAYLOAD: TypeAdapter[Payload] = TypeAdapter(Annotated[Payload, Field(discriminator="kind")])


def from_json(text: str) -> Payload:
    """Read a row of the inbox. Raises ValueError."""
    return _PAYLOAD.validate_json(text)


def _command_name(text: str) -> str:
    """Return the name of the command that a text begins with, with the direction of a flag."""
    title, words = title_of(text), text.lower().split()
    return " ".join([title, *(one for one in words[1:2] if one in {"on", "off"})])
