"""Fakes of the ports and a change, for what is measured without Slack and the API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import cast

from bench.participants import CHANNELS, OPERATOR, USERGROUPS
from bot.domain.actions import Action
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Groups, Scope
from bot.ports import Channel, ContinuityApi, Person, Receipt, UserState


class FakeDirectory:
    """The port ``Directory``: everybody is a member of one user group, the bot of every channel."""

    async def person(self, user_id: str) -> Person:
        """Return the person."""
        return Person(user_id, user_id.lower())

    def known(self, ids: Collection[str]) -> Mapping[str, Person]:  # noqa: ARG002  # the port's
        """Return nobody."""
        return {}

    async def usergroups_of(self, user_id: str, among: Collection[str]) -> tuple[str, ...]:  # noqa: ARG002  # the port's
        """Return the one group."""
        return tuple({*USERGROUPS[:1]} & {*among})

    async def is_usergroup_member(self, user_id: str, usergroup: str) -> bool | None:  # noqa: ARG002  # the port's
        """Return whether it is the one group."""
        return usergroup in USERGROUPS[:1]

    async def present(self, user_ids: Collection[str]) -> frozenset[str]:  # noqa: ARG002  # the port's
        """Return nobody."""
        return frozenset()

    async def channel(self, channel_id: str) -> Channel:
        """Return the channel."""
        return Channel(channel_id, channel_id.lower(), shared_outside=False, bot_is_member=True)

    async def is_in_channel(self, ids: Collection[str], channel_id: str) -> bool:  # noqa: ARG002  # the port's
        """Return True."""
        return True


class FakeApi:
    """What a flag asks of ``ContinuityApi``: every customer has five users, off until it is set."""

    def __init__(self) -> None:
        self._on: set[tuple[str, Flag]] = set()

    async def count(self, customer: str, filters: Filters = EVERY_USER) -> int:
        """Count all or none."""
        if filters.access is False or filters.activation is False:
            return 0
        on = (customer, Flag.FAILOVER) in self._on
        return 5 if filters.failover in (None, on) else 0

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


def fake_api() -> ContinuityApi:
    """Return a fake that implements what changes of flags call, and nothing else."""
    return cast("ContinuityApi", FakeApi())


def executing_change(change_id: str, customer: str, action: Action, scope: Scope) -> Change:
    """Return an approved change in its first attempt."""
    now = datetime.now(UTC)
    return Change(
        id=change_id,
        customer=customer,
        action=action,
        scope=scope,
        reason="",
        requester=OPERATOR,
        requester_usergroups=(),
        channel=CHANNELS[0],
        state=State.EXECUTING,
        created_at=now,
        deadline=now + timedelta(minutes=30),
        approvals_needed=1,
        policy="",
        attempts=1,
    )
