"""Slack's people and the continuity API as values: for what is measured without their processes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import cast

from bench.people import USERGROUPS
from bot.domain.scope import Everyone, Flag, Groups
from bot.ports import Channel, ContinuityApi, Person, Receipt, UserState


class Directory:
    """Everybody is a member, in one user group of those that are asked about; every channel is ours."""

    async def person(self, user_id: str) -> Person:
        """Return the person."""
        return Person(user_id, user_id.lower())

    async def usergroups_of(self, user_id: str, among: Collection[str]) -> tuple[str, ...]:  # noqa: ARG002  # the port's
        """Return the one group."""
        return tuple({*USERGROUPS[:1]} & {*among})

    async def is_usergroup_member(self, user_id: str, usergroup: str) -> bool | None:  # noqa: ARG002  # the port's
        """Return whether it is the one group."""
        return usergroup in USERGROUPS[:1]

    async def channel(self, channel_id: str) -> Channel:
        """Return the channel."""
        return Channel(channel_id, channel_id.lower(), shared_outside=False, bot_is_member=True)


class Api:
    """Customers of five users, off until their flag is set; answers at once."""

    def __init__(self) -> None:
        self._on: set[tuple[str, Flag]] = set()

    async def count(
        self,
        customer: str,
        *,
        groups: tuple[str, ...] = (),  # noqa: ARG002  # the port's
        failover: bool | None = None,
        access: bool | None = None,
        activation: bool | None = None,
    ) -> int:
        """Count all or none."""
        if access is False or activation is False:
            return 0
        return 5 if failover is None or failover is ((customer, Flag.FAILOVER) in self._on) else 0

    async def user(self, customer: str, address: str) -> UserState:
        """Return the user."""
        on = (customer, Flag.FAILOVER) in self._on
        return UserState(address, failover=on, access=True, activation=True)

    async def set_flag(
        self,
        customer: str,
        flag: Flag,
        on: bool,
        scope: Everyone | Groups | str,  # noqa: ARG002  # the port's
    ) -> Receipt:
        """Set it for all."""
        (self._on.add if on else self._on.discard)((customer, flag))
        return Receipt("stand-in", datetime.now(UTC).isoformat(), 5)

    def describe(self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str) -> str:  # noqa: ARG002  # the port's
        """Return a request line."""
        return f"{'PUT' if on else 'DELETE'} /{customer}/{flag}"

    async def aclose(self) -> None:
        """There is nothing to close."""


def api() -> ContinuityApi:
    """Return a stand-in for what changes of flags ask of the API; nothing else is there."""
    return cast("ContinuityApi", Api())
