"""How many of the users in failover cannot read their mail there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.domain.preview import UserFlags


@dataclass(frozen=True, slots=True)
class CannotRead:
    """Of the users in failover, those with access off and those not activated; None is not told.

    ``users`` have at least one of the two. It is None where that is not told, and where the numbers
    contradict each other.
    """

    in_failover: int | None
    access_off: int | None
    not_activated: int | None
    users: int | None

    @classmethod
    def of(
        cls,
        in_failover: int | None,
        access_off: int | None,
        not_activated: int | None,
        both: int | None,
    ) -> Self:
        """Return it from counts; ``both`` is not needed where one of the two is 0."""
        users = None
        if access_off is not None and not_activated is not None:
            both = both if access_off and not_activated else 0
            users = None if both is None else access_off + not_activated - both
        told = cls(in_failover, access_off, not_activated, users)
        return told if told.is_possible else cls(in_failover, access_off, not_activated, None)

    @classmethod
    def among(cls, users: Sequence[UserFlags]) -> Self:
        """Return it from the flags of each user in failover."""
        either = [
            None if None in flags and False not in flags else False not in flags
            for flags in ((one.access, one.activation) for one in users)
        ]
        return cls(
            len(users),
            _off([one.access for one in users]),
            _off([one.activation for one in users]),
            _off(either),
        )

    @property
    def is_possible(self) -> bool:
        """Whether the numbers that are told can all be true."""
        parts = max(self.access_off or 0, self.not_activated or 0)
        users = parts if self.users is None else self.users
        return parts <= users and (self.in_failover is None or users <= self.in_failover)

    @property
    def at_least(self) -> int:
        """How many are known to be unable to read: 0 also where nothing is known."""
        if not self.is_possible:
            return 0
        return max(self.users or 0, self.access_off or 0, self.not_activated or 0)


def _off(flags: Sequence[bool | None]) -> int | None:
    return None if None in flags else flags.count(False)
