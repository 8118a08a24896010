"""Steps that propose changes; the model records each that was accepted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.actor import Actor
from bot.domain.change import Change, switch_of
from bot.domain.change_state import State
from bot.domain.scope import Flag, Scope
from bot.service.changes.propose import propose
from bot.service.changes.propose_again import propose_again
from tests.reliability.model.checked_machine import CheckedMachine
from tests.reliability.model.model import HALF_AN_HOUR, PROPOSERS, ModelChange
from tests.service.harness import request


class ProposalSteps(CheckedMachine):
    """What people propose must have been allowed, and asks for as many approvals as the policy says."""

    def propose(
        self, who: str, where: str, customer: str, flag: Flag, on: bool, scope: Scope
    ) -> None:
        self._propose(who, where, customer, flag, on, scope)

    def propose_again(self, who: str, n: int) -> None:
        if modelled := self._modelled(n):
            self._proposed(
                who,
                modelled.channel,
                modelled.customer,
                lambda: propose_again(self.bot.ctx, Actor(who, modelled.channel), modelled.id),
            )

    def _propose(
        self, who: str, where: str, customer: str, flag: Flag, on: bool, scope: Scope
    ) -> None:
        asked = request(scope, flag=flag, on=on, customer=customer)
        self._proposed(
            who, where, customer, lambda: propose(self.bot.ctx, Actor(who, where), asked)
        )

    def _proposed(
        self,
        who: str,
        where: str,
        customer: str,
        ask: Callable[[], Awaitable[tuple[Change, bool]]],
    ) -> None:
        now = self.bot.clock.now()
        allowed = self.model.may(who, where, PROPOSERS, customer, now)
        allowed = allowed and where not in self.model.left
        made: list[tuple[Change, bool]] = []

        async def attempt() -> None:
            made.append(await ask())

        self._done(attempt, allowed, allowed, 1)
        for change, new in made:
            if new:
                self._file(change, self.model.needed(who, customer, change.scope, now))

    def _file(self, change: Change, needed: int) -> None:
        now = self.bot.clock.now()
        state = State.AWAITING_APPROVAL if needed else State.AWAITING_CONFIRMATION
        assert (change.approvals_needed, change.state) == (needed, state), change.policy
        self.model.changes[change.id] = ModelChange(
            change.id,
            change.customer,
            switch_of(change).flag,
            switch_of(change).on,
            change.scope,
            change.requester,
            self.model.groups_of(change.requester),
            change.channel,
            needed,
            now,
            now + HALF_AN_HOUR,
            change.state.value,
        )
