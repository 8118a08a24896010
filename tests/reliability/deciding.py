"""People decide: each click is judged by the model; what it moved must have been allowed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.change import Change, State
from bot.domain.commands import Actor
from bot.service.changes import decide, resolve
from tests.reliability.asking import Asking
from tests.reliability.bureau import SIDE_CHANNEL
from tests.reliability.ledger import APPROVERS, OPEN, PROPOSERS, Paper


class Deciding(Asking):
    """Confirm, approve, deny, withdraw, stop; and conclude what reading back did not settle."""

    def confirm(self, n: int, who: str, away: bool, off: int, count: int) -> None:
        if paper := self._paper(n):
            self._confirm(paper, who, SIDE_CHANNEL if away else paper.channel, off, count)

    def _confirm(self, paper: Paper, who: str, where: str, off: int, count: int) -> None:
        now = self.bureau.clock.now()
        rights = who == paper.requester and self._may(who, where, PROPOSERS, paper)
        revision = self._revision(paper)
        ready = paper.state == "awaiting_confirmation" and now < paper.deadline
        ready = ready and off == 0 and revision > 0

        async def click() -> None:
            await decide.confirm(self.bureau.ctx, Actor(who, where), paper.id, revision + off)
            paper.confirmed = revision
            paper.decided(now)

        self._done(click, rights and ready, rights, count)

    def approve(self, n: int, who: str, away: bool, off: int, count: int) -> None:
        if paper := self._paper(n):
            self._approve(paper, who, SIDE_CHANNEL if away else paper.channel, off, count)

    def _approve(self, paper: Paper, who: str, where: str, off: int, count: int) -> None:
        now = self.bureau.clock.now()
        rights = who != paper.requester and self._may(who, where, APPROVERS, paper)
        revision = self._revision(paper)
        ready = paper.state == "awaiting_approval" and now < paper.deadline
        ready = ready and off == 0 and revision > 0 and paper.approvals.get(who) != revision

        async def click() -> None:
            after = await decide.approve(
                self.bureau.ctx, Actor(who, where), paper.id, revision + off
            )
            paper.approvals[who] = revision
            assert (after.state is State.APPROVED) == paper.released(revision)
            if after.state is State.APPROVED:
                paper.decided(now)

        self._done(click, rights and ready, rights, count)

    def deny(self, n: int, who: str, away: bool, count: int) -> None:
        if paper := self._paper(n):
            where = SIDE_CHANNEL if away else paper.channel
            rights = self._may(who, where, APPROVERS, paper)
            click = self._taking_back(
                paper, lambda: decide.deny(self.bureau.ctx, Actor(who, where), paper.id, "no")
            )
            open_to_it = paper.state in ("awaiting_approval", "approved")
            self._done(click, rights and open_to_it, rights, count)

    def cancel(self, n: int, who: str, away: bool, count: int) -> None:
        if paper := self._paper(n):
            where = SIDE_CHANNEL if away else paper.channel
            roles = PROPOSERS if who == paper.requester else ("admin",)
            rights = self._may(who, where, roles, paper)
            click = self._taking_back(
                paper, lambda: decide.cancel(self.bureau.ctx, Actor(who, where), paper.id)
            )
            self._done(click, rights and paper.state in OPEN, rights, count)

    def stop(self, n: int, who: str) -> None:
        if paper := self._paper(n):
            rights = self._may(who, paper.channel, PROPOSERS, paper)

            async def click() -> None:
                await decide.stop(self.bureau.ctx, Actor(who, paper.channel), paper.id)

            self._done(click, rights and paper.state == "executing", rights, 1)

    def _taking_back(
        self, paper: Paper, click: Callable[[], Awaitable[Change]]
    ) -> Callable[[], Awaitable[None]]:
        async def done() -> None:
            await click()
            paper.taken_back = True

        return done

    # --- what reading back did not settle ---

    def conclude(self, n: int, who: str, away: bool, how: str, count: int) -> None:
        """Any operator of the customer may, there, where it is a person's turn; nobody else."""
        open_ones = [one for one in self.model.papers.values() if one.state == "needs_operator"]
        paper = open_ones[-1 - n] if n < len(open_ones) else self._paper(n)
        if paper is None:
            return
        where = SIDE_CHANNEL if away else paper.channel
        rights = self._may(who, where, PROPOSERS, paper)
        allowed = rights and paper.state == "needs_operator"
        self.concluding = paper.id
        if how == "look":  # one by one: two at once may both be told that it is not settled
            self._answer()
            self._done(lambda: self._look(paper, Actor(who, where)), allowed, rights, 1)
        else:
            click = {"retry": self._retry, "mark": self._mark, "give up": self._give_up}[how]
            self._done(lambda: click(paper, Actor(who, where)), allowed, rights, count)
        self.concluding = ""
        if allowed:
            self.tally[how] += 1

    async def _look(self, paper: Paper, actor: Actor) -> None:
        sent = len(self.bureau.api.sent)
        after = await resolve.read_back_again(self.bureau.ctx, actor, paper.id)
        assert len(self.bureau.api.sent) == sent, "a look sends nothing"
        assert after.state is not State.APPLIED or self.bureau.is_set(paper)

    async def _retry(self, paper: Paper, actor: Actor) -> None:
        await resolve.retry(self.bureau.ctx, actor, paper.id, "again")
        paper.tried_again(self.bureau.clock.now())

    async def _mark(self, paper: Paper, actor: Actor) -> None:
        after = await resolve.mark_applied(self.bureau.ctx, actor, paper.id, "seen in the portal")
        assert (after.state, after.settled_by) == (State.APPLIED, actor.user)

    async def _give_up(self, paper: Paper, actor: Actor) -> None:
        after = await resolve.give_up(self.bureau.ctx, actor, paper.id, "nobody knows")
        assert (after.state, after.settled_by) == (State.GIVEN_UP, actor.user)
