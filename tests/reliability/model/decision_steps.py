"""Steps that decide on changes: the model says whether a click may change the state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.service.changes import decide, resolve
from tests.reliability.model.inline_bot import SIDE_CHANNEL
from tests.reliability.model.model import APPROVERS, OPEN, PROPOSERS, ModelChange
from tests.reliability.model.proposal_steps import ProposalSteps


class DecisionSteps(ProposalSteps):
    """Confirm, approve, deny, withdraw, stop; and conclude what reading back did not settle."""

    def confirm(self, n: int, who: str, away: bool, off: int, count: int) -> None:
        if modelled := self._modelled(n):
            self._confirm(modelled, who, SIDE_CHANNEL if away else modelled.channel, off, count)

    def _confirm(self, modelled: ModelChange, who: str, where: str, off: int, count: int) -> None:
        now = self.bot.clock.now()
        rights = who == modelled.requester and self._may(who, where, PROPOSERS, modelled)
        revision = self._revision(modelled)
        ready = modelled.state == "awaiting_confirmation" and now < modelled.deadline
        ready = ready and off == 0 and revision > 0

        async def click() -> None:
            await decide.confirm(self.bot.ctx, Actor(who, where), modelled.id, revision + off)
            modelled.confirmed = revision
            modelled.decided(now)

        self._done(click, rights and ready, rights, count)

    def approve(self, n: int, who: str, away: bool, off: int, count: int) -> None:
        if modelled := self._modelled(n):
            self._approve(modelled, who, SIDE_CHANNEL if away else modelled.channel, off, count)

    def _approve(self, modelled: ModelChange, who: str, where: str, off: int, count: int) -> None:
        now = self.bot.clock.now()
        rights = who != modelled.requester and self._may(who, where, APPROVERS, modelled)
        revision = self._revision(modelled)
        ready = modelled.state == "awaiting_approval" and now < modelled.deadline
        ready = ready and off == 0 and revision > 0 and modelled.approvals.get(who) != revision

        async def click() -> None:
            after = await decide.approve(
                self.bot.ctx, Actor(who, where), modelled.id, revision + off
            )
            modelled.approvals[who] = revision
            assert (after.state is State.APPROVED) == modelled.released(revision)
            if after.state is State.APPROVED:
                modelled.decided(now)

        self._done(click, rights and ready, rights, count)

    def deny(self, n: int, who: str, away: bool, count: int) -> None:
        if modelled := self._modelled(n):
            where = SIDE_CHANNEL if away else modelled.channel
            rights = self._may(who, where, APPROVERS, modelled)
            click = self._taking_back(
                modelled, lambda: decide.deny(self.bot.ctx, Actor(who, where), modelled.id, "no")
            )
            open_to_it = modelled.state in ("awaiting_approval", "approved")
            self._done(click, rights and open_to_it, rights, count)

    def cancel(self, n: int, who: str, away: bool, count: int) -> None:
        if modelled := self._modelled(n):
            where = SIDE_CHANNEL if away else modelled.channel
            roles = PROPOSERS if who == modelled.requester else ("admin",)
            rights = self._may(who, where, roles, modelled)
            click = self._taking_back(
                modelled, lambda: decide.cancel(self.bot.ctx, Actor(who, where), modelled.id)
            )
            self._done(click, rights and modelled.state in OPEN, rights, count)

    def stop(self, n: int, who: str) -> None:
        if modelled := self._modelled(n):
            rights = self._may(who, modelled.channel, PROPOSERS, modelled)

            async def click() -> None:
                await decide.stop(self.bot.ctx, Actor(who, modelled.channel), modelled.id)

            self._done(click, rights and modelled.state == "executing", rights, 1)

    def _taking_back(
        self, modelled: ModelChange, click: Callable[[], Awaitable[Change]]
    ) -> Callable[[], Awaitable[None]]:
        async def done() -> None:
            await click()
            modelled.taken_back = True

        return done

    # --- what reading back did not settle ---

    def conclude(self, n: int, who: str, away: bool, how: str, count: int) -> None:
        """Any operator of the customer may, there, where it is a person's turn; approvers may look."""
        open_ones = [one for one in self.model.changes.values() if one.state == "needs_operator"]
        modelled = open_ones[-1 - n] if n < len(open_ones) else self._modelled(n)
        if modelled is None:
            return
        where = SIDE_CHANNEL if away else modelled.channel
        rights = self._may(who, where, PROPOSERS, modelled)
        if how == "look":
            rights = rights or self._may(who, where, APPROVERS, modelled)
        allowed = rights and modelled.state == "needs_operator"
        self.concluding = modelled.id
        if how == "look":  # one by one: two at once may both be told that it is not settled
            self._answer()
            self._done(lambda: self._look(modelled, Actor(who, where)), allowed, rights, 1)
        else:
            click = {"retry": self._retry, "mark": self._mark, "give up": self._give_up}[how]
            self._done(lambda: click(modelled, Actor(who, where)), allowed, rights, count)
        self.concluding = ""
        if allowed:
            self.tally[how] += 1

    async def _look(self, modelled: ModelChange, actor: Actor) -> None:
        sent = len(self.bot.api.sent)
        after = await resolve.read_back_again(self.bot.ctx, actor, modelled.id)
        assert len(self.bot.api.sent) == sent, "a look sends nothing"
        assert after.state is not State.APPLIED or self.bot.is_set(modelled)

    async def _retry(self, modelled: ModelChange, actor: Actor) -> None:
        await resolve.retry(self.bot.ctx, actor, modelled.id, "again")
        modelled.tried_again(self.bot.clock.now())

    async def _mark(self, modelled: ModelChange, actor: Actor) -> None:
        after = await resolve.mark_applied(self.bot.ctx, actor, modelled.id, "seen in the portal")
        assert (after.state, after.settled_by) == (State.APPLIED, actor.user)

    async def _give_up(self, modelled: ModelChange, actor: Actor) -> None:
        after = await resolve.give_up(self.bot.ctx, actor, modelled.id, "nobody knows")
        assert (after.state, after.settled_by) == (State.GIVEN_UP, actor.user)
