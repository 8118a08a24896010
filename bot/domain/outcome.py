"""What became of a change, and of each of its users."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import SetFlag
from bot.domain.cannot_read import CannotRead


class UserStatus(StrEnum):
    """What became of one named user of a change.

    ``accepted`` is what the API took and does not show (yet).
    """

    ACCEPTED = "accepted"
    APPLIED = "applied"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"


class Cause(StrEnum):
    """Why a user is in a status, where a later step depends on it. ``reason`` is for people."""

    STOPPED = "stopped"  # before it was sent: settled, and never sent by itself
    USER_UNKNOWN = "user_unknown"  # accepted, and then the API answered 404
    FLAG_NOT_TOLD = "flag_not_told"  # accepted, and the API does not tell the flag


@dataclass(frozen=True, slots=True)
class UserOutcome:
    """What became of one named user: the reason where it failed, the API's id where it answered.

    ``cause`` None: no later step depends on why.
    """

    address: str
    status: UserStatus
    reason: str = ""
    api_id: str | None = None
    api_timestamp: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class FailedUsers:
    """Users who were not reached for one reason: how many, and the first of their addresses."""

    reason: str
    users: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended. ``in_state`` of ``total`` users were read back in the wanted state.

    ``api_id`` and ``api_timestamp`` are the API's own (of the last answer where several users were
    sent one by one), ``""`` where it accepted it without. None is what is not known. ``sentence``
    says why, where it is not applied. ``expires`` is when a token ends, as the API tells it.
    ``verifiable`` is whether the API tells what is set: where it does not, that it accepted the
    change is all that is known. ``proof`` is how many of the customer's users the API counts as
    wanted once the named ones are, where it does not tell that of each. ``look_status`` is the HTTP
    status of the last look, where the API took the change and then refused the look. Of the users
    who were read back in failover, ``access_off`` and ``not_activated`` count those, ``cannot_read``
    those with at least one of the two.
    """

    sentence: str = ""
    api_id: str | None = None
    api_timestamp: str | None = None
    affected: int | None = None
    total: int | None = None
    in_state: int | None = None
    read_back_at: datetime | None = None
    not_activated: int | None = None
    failed: int = 0
    expires: str | None = None
    verifiable: bool = True
    proof: int | None = None
    look_status: int | None = None
    access_off: int | None = None
    cannot_read: int | None = None

    @property
    def readers(self) -> CannotRead:
        """Who of the users that are in failover cannot read their mail."""
        not_activated = self.not_activated
        if self.access_off is None and self.in_state != self.total:
            # An older version counted those who are not in failover, too.
            not_activated = None
        return CannotRead(self.in_state, self.access_off, not_activated, self.cannot_read)

    def with_readers(self, told: CannotRead) -> Outcome:
        """Return the outcome with who cannot read their mail."""
        return replace(
            self,
            access_off=told.access_off,
            not_activated=told.not_activated,
            cannot_read=told.users,
        )


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """A step of a change that is done: what it switched, when it was sent, and what it came to.

    ``outcome`` None: it was skipped, since it was so for all users when the change was sent.
    """

    switch: SetFlag
    finished_at: datetime
    started_at: datetime | None = None
    outcome: Outcome | None = None
