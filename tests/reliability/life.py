"""A life of the bot: what people, Slack, the API and crashes may do to it, each move with its model."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    rule,
)

from bot.domain.change import Change, State, switch_of
from bot.domain.commands import Actor, RoleGrant, RoleRevoke
from bot.domain.policy import PolicyRule
from bot.domain.roles import Role, parse_subject
from bot.domain.scope import Flag, Scope
from bot.errors import Ambiguous, BotError, NotAllowed, SlackUnavailable
from bot.ports import Person, Place
from bot.service import decide, govern
from bot.service.propose import propose, propose_again
from tests.builders import CHANNEL, a_delivery
from tests.fakes import Answer
from tests.reliability.bureau import (
    GROUP,
    MEMBER,
    ROWS,
    SIDE_CHANNEL,
)
from tests.reliability.ledger import APPROVERS, HALF_AN_HOUR, OPEN, PROPOSERS, Paper
from tests.reliability.moves import MOVES
from tests.reliability.watched import Watched, plain
from tests.service.house import wish

TERMINAL = Actor("admin@jump1", None, terminal="admin@jump1")


class Life(Watched):
    """A run of moves; what is done must have been allowed."""

    @rule(die=st.integers(0, 2**64 - 1))
    def go_on(self, die: int) -> None:
        """Do one thing. A die decides, since Hypothesis draws few things, and those again and again."""
        cast = f"{self.seed} {self.steps} {die}"
        dice = random.Random(cast)  # noqa: S311  # reproducible, not secret
        [name] = dice.choices(list(MOVES), [weight for weight, _ in MOVES.values()])
        particulars = {key: dice.choice(values) for key, values in MOVES[name][1].items()}
        note(f"{name} {particulars}")
        getattr(self, name)(**particulars)

    # --- people ask ---

    def propose(
        self, who: str, where: str, customer: str, flag: Flag, on: bool, scope: Scope
    ) -> None:
        self._propose(who, where, customer, flag, on, scope)

    def propose_and_release(
        self,
        who: str,
        customer: str,
        on: bool,
        scope: Scope,
        well: bool,
        late: float,
        also: tuple[Scope, ...],
        approvers: tuple[str, ...],
        loses: str,
        lapses: bool,
        later: float,
        given: tuple[Answer, ...],
        works: bool,
    ) -> None:
        """The ordinary way in one step; before the bot goes on, somebody may lose his roles."""
        if well:
            self.restore(on)
        for one in (scope, *also):
            self._propose(who, CHANNEL, customer, Flag.FAILOVER, on, one)
        self.work()
        self.wait(late)
        for paper in list(self.model.papers.values())[-1 - len(also) :]:
            self._confirm(paper, paper.requester, CHANNEL, 0, 1)
            for approver in approvers:
                self._approve(paper, approver, paper.channel, 0, 1)
        for subject, role, where in list(self.model.rows):
            if subject == loses:
                (self.lapse if lapses else self.demote)((subject, Role(role)), where)
        self.wait(later)
        self.bureau.api.answers = list(given)
        if works:
            self.work()

    def propose_again(self, who: str, n: int) -> None:
        if paper := self._paper(n):
            self._proposed(
                who,
                paper.channel,
                paper.customer,
                lambda: propose_again(self.bureau.ctx, Actor(who, paper.channel), paper.id),
            )

    def _propose(
        self, who: str, where: str, customer: str, flag: Flag, on: bool, scope: Scope
    ) -> None:
        asked = wish(scope, flag=flag, on=on, customer=customer)
        self._proposed(
            who, where, customer, lambda: propose(self.bureau.ctx, Actor(who, where), asked)
        )

    def _proposed(
        self,
        who: str,
        where: str,
        customer: str,
        ask: Callable[[], Awaitable[tuple[Change, bool]]],
    ) -> None:
        now = self.bureau.clock.now()
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
        now = self.bureau.clock.now()
        state = State.AWAITING_APPROVAL if needed else State.AWAITING_CONFIRMATION
        assert (change.approvals_needed, change.state) == (needed, state), change.policy
        self.model.papers[change.id] = Paper(
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

    # --- people decide ---

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
            paper.confirmed, paper.deadline = revision, now + HALF_AN_HOUR

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
                paper.deadline = now + HALF_AN_HOUR

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

    def _may(self, who: str, where: str, roles: tuple[str, ...], paper: Paper) -> bool:
        now = self.bureau.clock.now()
        there = where == paper.channel
        return there and self.model.may(who, where, roles, paper.customer, now)

    def _done(
        self, click: Callable[[], Awaitable[None]], allowed: bool, rights: bool, count: int
    ) -> None:
        """Click; what is done must have been allowed, and rights are not denied to who has them."""
        ends = self.run(_at_once(click, count))
        self._notice()
        done, denied = ends.count(None), [end for end in ends if isinstance(end, NotAllowed)]
        assert done <= (1 if allowed else 0), f"done {done} times, {allowed=}"
        assert not (denied and rights), denied
        self.tally["done" if done else "refused"] += 1

    # --- the bot works, the time passes, the process dies ---

    def work(self) -> None:
        self.run(self.bureau.work())
        self._notice()

    def wait(self, by: float) -> None:
        self.bureau.clock.advance(minutes=by)

    def crash(self, after: int) -> None:
        self.run(self.bureau.crash(after))
        self.tally["crashes"] += 1

    def trouble(self, given: tuple[Answer, ...], silent: bool, hangs: bool) -> None:
        """What the next writes come to, whether the API can be read, and whether it answers at all."""
        self.bureau.api.answers = list(given)
        self.bureau.api.unreadable = Ambiguous("No answer.") if silent else None
        if hangs:
            self.bureau.api.gate.clear()
        else:
            self._answer()

    def _answer(self) -> None:
        async def answer() -> None:
            self.bureau.api.gate.set()
            await self.bureau.executor.settle()

        self.run(answer())
        self._notice()

    def deliver(self, key: str) -> None:
        """A delivery of Slack, perhaps for the second time, perhaps after a crash."""
        delivery = a_delivery(key, received_at=self.bureau.clock.now())
        fresh = self.run(self.bureau.store.write(lambda tx: tx.receive(delivery)))
        assert fresh == (key not in self.deliveries)
        self.deliveries.add(key)

    # --- rights come and go ---

    def grant(self, row: tuple[str, Role], customer: str, hours: int) -> None:
        subject, role = row
        asked = RoleGrant(parse_subject(subject), role, customer, hours or None)
        given = self.run(govern.grant_role(self.bureau.ctx, TERMINAL, asked))
        self.model.rows[subject, role.value, customer] = given.expires_at

    def demote(self, row: tuple[str, Role], customer: str) -> None:
        """Take a role from a person, his group or a channel."""
        subject, role = row
        if (subject, role.value, customer) in self.model.rows:
            asked = RoleRevoke(parse_subject(subject), role, customer)
            self.run(govern.revoke_role(self.bureau.ctx, TERMINAL, asked))
            del self.model.rows[subject, role.value, customer]

    def lapse(self, row: tuple[str, Role], customer: str) -> None:
        """Let a role end by itself, just now."""
        soon = self.bureau.clock.now() + timedelta(minutes=0.3)
        self.run(self.bureau.grant((*row, customer), expires_at=soon))
        self.model.rows[row[0], row[1].value, customer] = soon
        self.wait(0.3)

    def remove_channel_row(self, customer: str) -> None:
        self.demote((CHANNEL, Role.INCIDENT), customer)

    def restore(self, on: bool) -> None:
        """Give everybody what he had on the first day, and let Slack and the API be well."""
        self.bureau.set_users(failover=not on)
        self.run(self.bureau.grant(*ROWS))
        self.model.rows |= dict.fromkeys(map(plain, ROWS))
        self.model.members[GROUP] = {MEMBER}
        for known in (self.model.barred, self.model.shared, self.model.left):
            known.clear()
        self.model.silent = False
        self._tell_slack()
        self.trouble((), silent=False, hangs=False)

    def policy(self, customer: str, needed: int) -> None:
        row = PolicyRule(customer, "*", "*", needed, "admin@jump1", self.bureau.clock.now())
        self.run(govern.set_policy(self.bureau.ctx, TERMINAL, row))
        self.model.policy[customer] = needed

    def slack_changes(self, who: str, where: str, what: str) -> None:
        model = self.model
        match what:
            case "bar":
                model.barred ^= {who}
            case "share":
                model.shared ^= {where}
            case "leave":
                model.left ^= {where}
            case "team":
                model.members[GROUP] ^= {MEMBER}
            case _:
                model.silent = not model.silent
        self._tell_slack()

    def _tell_slack(self) -> None:
        model, directory = self.model, self.bureau.directory
        directory.people = {who: Person(who, "", "a guest") for who in model.barred}
        directory.places = {
            place: Place(place, "", place in model.shared, place not in model.left)
            for place in model.shared | model.left
        }
        directory.error = SlackUnavailable("Slack does not answer.") if model.silent else None


async def _at_once(click: Callable[[], Awaitable[None]], count: int) -> list[BotError | None]:
    async def ended() -> BotError | None:
        try:
            await click()
        except BotError as error:
            return error
        return None

    return list(await asyncio.gather(*(ended() for _ in range(count))))
