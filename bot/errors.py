"""The errors that the bot raises on purpose.

::

    BotError
    ├── InvalidInput            the text, a field or a value cannot be read; nothing was changed
    ├── NotAllowed              a role, the membership or the channel does not allow it
    ├── UnknownChange           no change has this id here
    ├── Conflict                the change has another state by now: decided, outdated or executing
    ├── ConfigurationError      a setting is missing or wrong; the bot does not start
    ├── StoreError
    │   ├── StoreBusy           another process holds the database, or a second bot runs
    │   ├── StoreUnusable       corrupt, written by a newer version, disk full or read-only
    │   └── LeaseLost           the other replicas took this process for dead
    ├── SlackError
    │   ├── SlackUnavailable    no answer, rate-limited or a server error; it may be tried again
    │   └── SlackRefused        Slack answered with an error code; trying again does not help
    │       └── InstallationFault   the bot's token, scopes or workspace are at fault
    ├── PagerError
    │   ├── PagerUnavailable    no answer, rate-limited or a server error; it is tried again
    │   └── PagerRefused        the pager does not take it; the same will not be taken later
    └── ContinuityError
        ├── NotSent             the request did not leave, or was put off by 429: safe to repeat
        ├── Refused             the API refused it: nothing was changed
        └── Ambiguous           it is not known whether the request took effect

``str(error)`` is one sentence that may be shown to a person. It never holds a password, a token or
an authorization header.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RemedyKind(StrEnum):
    """What a person can do about an error by one press."""

    ASK_OTHERS = "ask_others"


@dataclass(frozen=True, slots=True)
class Remedy:
    """A press that helps, and the id of what it is about: for ASK_OTHERS the refusal's audit entry."""

    kind: RemedyKind
    about: str


class BotError(Exception):
    """Base class; ``str()`` is a sentence that may be shown to a person.

    ``remedy`` is what the person can do about it by one press, or None.
    """

    def __init__(self, sentence: str = "", *, remedy: Remedy | None = None) -> None:
        super().__init__(sentence)
        self.remedy = remedy


class InvalidInput(BotError):
    """The text, a field or a value cannot be read. Nothing was changed."""


class NotAllowed(BotError):
    """A role, the membership or the channel does not allow it."""


class UnknownChange(BotError):
    """No change has this id here."""


class Conflict(BotError):
    """The change has another state by now: decided, outdated or executing."""


class ConfigurationError(BotError):
    """A setting is missing or wrong. One clear line for each, joined by newlines."""


class StoreError(BotError):
    """The database did not do what was asked. The step was rolled back."""


class StoreBusy(StoreError):
    """Another process holds the database, or a second bot runs on it."""


class StoreUnusable(StoreError):
    """The database is corrupt, from a newer version, full or read-only."""


class LeaseLost(StoreError):
    """This process is no replica, or not the leader, any more: what it works on is another's.

    The step was rolled back.
    """


class SlackError(BotError):
    """Slack did not do what was asked.

    ``code`` is Slack's error code, e.g. ``not_in_channel``, or ``""`` where it gave none.
    """

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class SlackUnavailable(SlackError):
    """No answer, rate-limited or a server error: it may be tried again.

    ``retry_after`` is Slack's ``Retry-After`` in seconds, or None.
    """

    def __init__(self, sentence: str, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(sentence, code=code)
        self.retry_after = retry_after


class SlackRefused(SlackError):
    """Slack answered with an error code; the same request will not succeed later."""


class InstallationFault(SlackRefused):
    """The bot's own token, scopes or workspace are at fault, not the person's request."""


class PagerError(BotError):
    """A pager did not take a page. The sentence says why, without the pager's name."""


class PagerUnavailable(PagerError):
    """No answer, rate-limited or a server error: it is tried again.

    ``retry_after`` is its ``Retry-After`` in seconds, or None.
    """

    def __init__(self, sentence: str, *, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class PagerRefused(PagerError):
    """The pager refused the page; it takes it once somebody has changed something."""


class ContinuityError(BotError):
    """The continuity API did not do what was asked.

    ``status`` is the HTTP status or None; ``api_id`` and ``api_timestamp`` are the API's own, where
    the answer had them, for the audit trail.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int | None = None,
        api_id: str | None = None,
        api_timestamp: str | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.api_id = api_id
        self.api_timestamp = api_timestamp


class NotSent(ContinuityError):
    """The request did not leave, or the API put it off (429): safe to repeat.

    ``retry_after`` is the API's ``Retry-After`` in seconds, or None. ``why`` is the reason alone,
    for a sentence of its own on what was sent.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int | None = None,
        api_id: str | None = None,
        api_timestamp: str | None = None,
        retry_after: float | None = None,
        why: str = "",
    ) -> None:
        super().__init__(sentence, status=status, api_id=api_id, api_timestamp=api_timestamp)
        self.retry_after = retry_after
        self.why = why or sentence


class Refused(ContinuityError):
    """The API refused the request, with its own message. Nothing was changed."""


class Ambiguous(ContinuityError):
    """It is not known whether the request took effect: it must be read back first."""
