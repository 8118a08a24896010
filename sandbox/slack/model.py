"""The values of a simulated workspace: people, channels, messages, views, deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class SandboxError(Exception):
    """A test did what no person can do, such as pressing a button that is not there."""


class Refusal(Exception):
    """The error of a Web API method: ``{"ok": false, "error": code}``.

    ``messages`` become ``response_metadata.messages``; ``fields`` are further fields of the answer.
    """

    def __init__(self, code: str, *messages: str, **fields: Any) -> None:
        super().__init__(code)
        self.code = code
        self.messages = list(messages)
        self.fields = fields


class RateLimited(Refusal):
    """Too many calls: HTTP 429 with ``Retry-After`` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


@dataclass
class Person:
    """A person, with the properties that ``users.info`` returns; ``is_stranger`` is of Slack
    Connect.

    In Enterprise Grid ``teams`` are the person's workspaces, ``team_id`` is one of them, and
    ``other_id`` is a second id by which they may act; ``users.info`` returns ``id`` for both.
    Without a ``real_name`` it is ``name``; ``title`` is what they do; ``presence`` is `active` or
    `away`.
    """

    id: str
    name: str
    team_id: str = "T0HOME"
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    tz: str = "Europe/Berlin"
    teams: tuple[str, ...] = ()
    other_id: str = ""
    real_name: str = ""
    title: str = ""
    presence: str = "active"


@dataclass
class Channel:
    """A channel; the bot is a member if its user id is in ``members``. Direct messages are private
    and have ``is_im``. ``refuses`` is the error code of every post there, if any."""

    id: str
    name: str
    members: set[str]
    is_private: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False
    is_im: bool = False
    refuses: str = ""
    topic: str = ""


@dataclass
class Usergroup:
    """A user group; a disabled one is listed on request only."""

    id: str
    handle: str
    users: list[str]
    disabled: bool = False


@dataclass
class File:
    """A file: ``content`` is what was uploaded, ``shares`` where it is shown, by channel id.

    ``state`` is `promised` until the bytes are there, then `uploaded`, `complete` and, in the end,
    `deleted`.
    """

    id: str
    name: str
    user: str
    size: int
    title: str = ""
    content: bytes = b""
    state: str = "promised"
    shares: dict[str, str] = field(default_factory=dict)


class Cause(NamedTuple):
    """What of the app made a message or changed it: a Web API method, `response_url` or `ack`.

    ``at`` is the sandbox's clock, ``arguments_bytes`` the size of what was sent.
    """

    method: str
    at: float
    arguments_bytes: int


class Revision(NamedTuple):
    """Text and blocks of a message from ``time`` (UNIX seconds) on; a person has no cause."""

    time: float
    text: str
    blocks: list[dict[str, Any]]
    cause: Cause | None = None


@dataclass
class Message:
    """A message; ``history`` holds every revision of it, the present one last."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[dict[str, Any]]
    thread_ts: str | None = None
    edited: bool = False
    deleted: bool = False
    history: list[Revision] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    files: Sequence[File] = ()

    @property
    def cause(self) -> Cause | None:
        """What of the app made the present revision; None for a person."""
        return self.history[-1].cause if self.history else None


@dataclass
class Ephemeral:
    """A message that one person alone sees, until they reload.

    ``via`` is `chat.postEphemeral`, `response_url`, `ack`, or `slack` for what Slack itself says.
    """

    channel: str
    user: str
    text: str
    blocks: list[dict[str, Any]]
    via: str
    thread_ts: str | None = None
    ts: str = ""
    deleted: bool = False
    cause: Cause | None = None


@dataclass
class View:
    """A modal that is or was open, or the Home of a person (``type`` `home`).

    ``errors`` are by block id, ``""`` is the whole view; ``values`` is what its elements hold, by
    block id and action id, ``offered`` the options that the app has given to its external selects.
    ``channel`` is what the person looked at when it was opened, ``""`` where that is not known.
    """

    id: str
    user: str
    callback_id: str
    private_metadata: str
    view: dict[str, Any]
    state: str = "open"
    errors: dict[str, str] = field(default_factory=dict)
    hash: str = ""
    root_id: str = ""
    previous_id: str | None = None
    type: str = "modal"
    values: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    offered: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    channel: str = ""


class Shortcut(NamedTuple):
    """A shortcut of the app: ``type`` is `global` or `message`."""

    callback_id: str
    type: str
    name: str
    description: str = ""


@dataclass
class Delivery:
    """One payload that was sent to the app, and its answer.

    ``kind`` is `command`, `click`, `view_submission`, `view_closed`, `shortcut` (of both types),
    `suggestion` (the options of an external select) or `event`.
    ``number`` and ``at`` (the sandbox's clock) are set when it begins, and it is ``pending`` until
    it ends. ``status`` is the HTTP status, 200 for an acknowledged envelope, 0 for no answer.
    ``body`` is the acknowledgement's payload. ``timed_out`` means that no answer came. ``problem`` is the code
    that the person sees: `operation_timeout`, `dispatch_failed` or that of a refused answer.
    ``attempt`` counts retries; ``no_retry`` is the app's wish that there be none.
    """

    kind: str
    payload: dict[str, Any]
    status: int = 0
    body: dict[str, Any] | str | None = None
    ack_seconds: float = 0.0
    timed_out: bool = False
    trigger_id: str = ""
    response_url: str = ""
    transport: str = ""
    attempt: int = 0
    number: int = 0
    at: float = 0.0
    pending: bool = False
    problem: str = ""
    retry_reason: str = ""
    no_retry: bool = False

    @property
    def user(self) -> str:
        """The id of the person who acted."""
        if self.kind == "command":
            return str(self.payload["user_id"])
        if self.kind == "event":
            return str(self.payload["event"]["user"])
        return str(self.payload["user"]["id"])

    @property
    def channel(self) -> str:
        """The id of the channel it came from, or ``""`` for a view."""
        if self.kind == "command":
            return str(self.payload["channel_id"])
        if self.kind == "event":
            return str(self.payload["event"]["channel"])
        return str(self.payload.get("channel", {}).get("id", ""))


class Call(NamedTuple):
    """A Web API call as it arrived; ``at`` is the sandbox's clock, ``host`` what the caller calls
    this server."""

    method: str
    at: float
    payload: dict[str, Any]
    host: str = ""


@dataclass(frozen=True)
class Refused:
    """What the app sent and Slack refused with an error code.

    ``method`` is that of the Web API, `response_url` or `ack`; ``arguments`` is what the app sent,
    without tokens; ``at`` is the sandbox's clock.
    """

    method: str
    error: str
    messages: list[str]
    number: int = 0
    at: float = 0.0
    arguments: dict[str, Any] = field(default_factory=dict)
