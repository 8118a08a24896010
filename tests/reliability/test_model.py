"""Proof 6: whatever people, Slack, the API and crashes do, no change is executed that was not allowed."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import pytest
import structlog
from hypothesis import HealthCheck, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.domain.audit import EMPTY_CHAIN, verify
from bot.domain.change import TRANSITIONS, Change, State
from bot.domain.commands import Actor, RoleGrant, RoleRevoke
from bot.domain.policy import PolicyRule
from bot.domain.roles import Role, parse_subject
from bot.domain.scope import Everyone, Flag, Groups, Scope
from bot.errors import Ambiguous, BotError, NotAllowed, SlackUnavailable
from bot.ports import MessageKind, Person, Place, message_key
from bot.service import decide, govern
from bot.service.propose import propose, propose_again
from tests.builders import ADMIN, APPROVER, CHANNEL, CUSTOMER, OTHER_CUSTOMER, REQUESTER, a_delivery
from tests.fakes import ACCEPTED, ACCEPTED_IN_VAIN, Answer, ambiguous, not_sent, refusal
from tests.reliability.bureau import (
    GROUP,
    MANY,
    MEMBER,
    ROWS,
    SIDE_CHANNEL,
    Bureau,
    empty_database,
)
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.ledger import APPROVERS, HALF_AN_HOUR, OPEN, PROPOSERS, Ledger, Paper
from tests.service.house import SECOND, STRANGER, users, wish

STEPS_A_LIFE = 50
TERMINAL = Actor("admin@jump1", None, terminal="admin@jump1")

PEOPLE = (REQUESTER, MEMBER, APPROVER, SECOND, ADMIN, STRANGER)
ASKERS = (REQUESTER, REQUESTER, MEMBER, ADMIN, ADMIN, STRANGER)
DECIDERS = (APPROVER, APPROVER, SECOND, SECOND, ADMIN, ADMIN, REQUESTER, STRANGER)
PLACES = (CHANNEL, CHANNEL, CHANNEL, SIDE_CHANNEL)
CUSTOMERS = (CUSTOMER, CUSTOMER, CUSTOMER, OTHER_CUSTOMER)
FOR = ("*", "*", CUSTOMER)
SCOPES = (Everyone(), Groups(("emea",)), users("a"), users("a", "b"), MANY)
FLAGS = (Flag.FAILOVER, Flag.FAILOVER, Flag.ACCESS)
BACK = (0, 0, 0, 1, 1, 2, 3)  # how many changes before the newest
OFF = (0, 0, 0, 0, -1, 1)  # off the newest revision of the preview
CLICKS = (1, 1, 2)  # a click, or the same click delivered twice at once
MINUTES = (0.05, 0.3, 1.1, 7, 29, 31)
LATE = (*(0,) * 12, 0.3, 29.9, 30, 31)
GRANTABLE = tuple(row[:2] for row in ROWS if row[0] != ADMIN)  # the last admin stays
EVEN, OFTEN, SELDOM = (True, False), (True, True, False), (False, False, False, True)
_ONE = (
    ACCEPTED,
    ACCEPTED_IN_VAIN,
    ambiguous(landed=True),
    ambiguous(landed=False),
    refusal(),
    not_sent(),
)
ANSWERS = ((), (), (), *product(_ONE), *product(_ONE, repeat=2))

# What may happen next: how often, and out of what its particulars are drawn.
MOVES: dict[str, tuple[int, dict[str, tuple[Any, ...]]]] = {
    "propose": (
        4,
        {
            "who": ASKERS,
            "where": PLACES,
            "customer": CUSTOMERS,
            "flag": FLAGS,
            "on": EVEN,
            "scope": SCOPES,
        },
    ),
    "propose_and_release": (
        10,
        {
            "who": ASKERS,
            "customer": CUSTOMERS,
            "on": EVEN,
            "scope": SCOPES,
            "well": OFTEN,
            "late": LATE,
            "also": ((), (), (Everyone(),), (users("b"),), (MANY,)),
            "approvers": (
                (),
                (APPROVER,),
                (SECOND, SECOND),
                (ADMIN, SECOND),
                (ADMIN, APPROVER, SECOND),
            ),
            "loses": ("", "", "", REQUESTER, GROUP, APPROVER, SECOND, CHANNEL),
            "lapses": EVEN,
            "later": LATE,
            "given": ANSWERS,
            "works": EVEN,
        },
    ),
    "propose_again": (2, {"n": BACK, "who": ASKERS}),
    "confirm": (4, {"n": BACK, "who": ASKERS, "away": SELDOM, "off": OFF, "count": CLICKS}),
    "approve": (10, {"n": BACK, "who": DECIDERS, "away": SELDOM, "off": OFF, "count": CLICKS}),
    "deny": (2, {"n": BACK, "who": DECIDERS, "away": SELDOM, "count": CLICKS}),
    "cancel": (2, {"n": BACK, "who": ASKERS, "away": SELDOM, "count": CLICKS}),
    "stop": (2, {"n": BACK, "who": ASKERS}),
    "work": (8, {}),
    "wait": (3, {"by": MINUTES}),
    "crash": (4, {"after": tuple(range(1, 26))}),
    "trouble": (4, {"given": ANSWERS, "silent": SELDOM, "hangs": SELDOM}),
    "deliver": (1, {"key": tuple("abcdef")}),
    "grant": (1, {"row": GRANTABLE, "customer": FOR, "hours": (0, 1)}),
    "demote": (3, {"row": GRANTABLE, "customer": FOR}),
    "remove_channel_row": (1, {"customer": FOR}),
    "restore": (4, {"on": EVEN}),
    "policy": (3, {"customer": FOR, "needed": (0, 1, 2, 3)}),
    "slack_changes": (
        1,
        {"who": PEOPLE, "where": PLACES, "what": ("bar", "share", "leave", "team", "down")},
    ),
}


class Life(RuleBasedStateMachine):
    """One database, from the first proposal through crashes to the end of the run."""

    folder: ClassVar[Path]
    tally: ClassVar[Counter[str]]
    seed: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.home = Path(tempfile.mkdtemp(dir=self.folder))
        self.bureau = Bureau(self.home / "bot.db", self.folder / "empty.db")
        self.bureau.api.on_write = self._judge
        self.model = Ledger(rows=dict.fromkeys(map(_plain, ROWS)))
        self.model.members = self.bureau.directory.members
        self.steps = -1  # what holds is looked at once before the first
        self.wrong: list[str] = []
        self.chain = EMPTY_CHAIN
        self.deliveries: set[str] = set()
        self.run(self.bureau.grant(*ROWS))

    def run(self, work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return self.runner.run(awaited())

    def teardown(self) -> None:
        self.tally["steps"] += self.steps
        self.tally["effects"] += len(self.bureau.api.sent)
        for paper in self.model.papers.values():
            self.tally[paper.state] += 1
        self.run(self.bureau.close())
        self.runner.close()
        shutil.rmtree(self.home)

    @rule(die=st.integers(0, 2**64 - 1))
    def go_on(self, die: int) -> None:
        """Do one thing. A die decides, since Hypothesis draws few things, and those again and again."""
        cast = f"{self.seed} {self.steps} {die}"
        dice = random.Random(cast)  # noqa: S311  # reproducible, not secret
        [name] = dice.choices(list(MOVES), [weight for weight, _ in MOVES.values()])
        particulars = {key: dice.choice(values) for key, values in MOVES[name][1].items()}
        note(f"{name} {particulars}")
        getattr(self, name)(**particulars)

    # --- what reaches the API ---

    def _judge(self, line: str) -> None:
        """Told of each write at the moment it goes out; the model says whether it may."""
        now = self.bureau.clock.now()
        found = [paper for paper in self.model.papers.values() if line in paper.requests]
        begun = [(paper, body) for paper in found if (body := self._executing(paper.id, line))]
        if len(begun) != 1:
            self.wrong.append(f"{line}: {len(begun)} changes are recorded as executing it")
        running = self.bureau.rows("SELECT id FROM changes WHERE state IN ('executing', 'unknown')")
        others = [self.model.papers[one] for (one,) in running]
        for paper, body in begun:
            if beside := [one.id for one in others if one is not paper and one.touches(paper)]:
                self.wrong.append(f"{line} for {paper.id}, beside {beside}")
            if why := self.model.why_not(paper, body["attempts"], body["preview_revision"], now):
                self.wrong.append(f"{line} for {paper.id}, attempt {body['attempts']}: {why}")

    def _executing(self, change_id: str, line: str) -> dict[str, Any]:
        """The change's row where it is executing, and its intent to send this line is recorded."""
        rows = self.bureau.rows("SELECT state, body FROM changes WHERE id = ?", change_id)
        body: dict[str, Any] = next(
            (json.loads(body) for state, body in rows if state == "executing"), {}
        )
        intents = self.bureau.rows(
            "SELECT detail FROM audit WHERE change_id = ? AND kind = 'change.executing'", change_id
        )
        recorded = [json.loads(detail) for (detail,) in intents]
        attempt = body.get("attempts")
        intended = [
            one for one in recorded if one["attempt"] == attempt and line in one["requests"]
        ]
        return body if intended else {}

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
            change.flag,
            change.on,
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
        self.model.rows |= dict.fromkeys(map(_plain, ROWS))
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

    # --- what holds after every step ---

    @invariant()
    def what_is_promised_holds(self) -> None:
        assert not self.wrong, self.wrong
        self._notice()
        self._the_trail_goes_on_intact()
        self._changes_are_as_the_model_has_them()
        self.steps += 1

    def _the_trail_goes_on_intact(self) -> None:
        after = self.chain.entries
        entries = self.run(self.bureau.store.read(lambda tx: tx.entries_after(after, 10_000)))
        self.chain = verify(entries, self.chain)
        assert not self.chain.fault

    def _changes_are_as_the_model_has_them(self) -> None:
        changes = self.run(self.bureau.store.read(lambda tx: tx.changes()))
        assert {change.id for change in changes} == set(self.model.papers)
        for change in changes:
            paper = self.model.papers[change.id]
            assert change.state.value == paper.state
            assert {given.approver for given in change.approvals} <= set(paper.approvals)
            self._is_announced(change)

    def _is_announced(self, change: Change) -> None:
        wanted = dict(
            map(
                tuple,
                self.bureau.rows("SELECT key, wanted FROM messages WHERE change_id = ?", change.id),
            )
        )
        if change.state is not State.EXECUTING:  # the card follows the users in strides
            assert wanted[message_key(MessageKind.CARD, change.id)] == change.revision
        if change.state in OWED:
            key = message_key(MessageKind.OUTCOME, change.id, change.attempts)
            assert wanted.get(key) == change.revision, f"nobody is told that {change.id} ended"

    def _notice(self) -> None:
        """Take note of how the changes moved; each move must be in the table of transitions."""
        for change_id, before, after in self.bureau.rows("SELECT * FROM moves ORDER BY rowid"):
            allowed = set(TRANSITIONS.get(State(before), {}).values())
            assert before == after or State(after) in allowed, (change_id, before, after)
            self.model.papers[change_id].state = after
        self.bureau.store.connection.execute("DELETE FROM moves")

    def _paper(self, n: int) -> Paper | None:
        papers = list(self.model.papers.values())
        return papers[-1 - n] if n < len(papers) else None

    def _revision(self, paper: Paper) -> int:
        [body] = self.bureau.rows("SELECT body FROM changes WHERE id = ?", paper.id)
        return int(json.loads(body[0])["preview_revision"])


OWED = {
    State.APPLIED,
    State.PARTIAL,
    State.FAILED,
    State.NEEDS_OPERATOR,
    State.DENIED,
    State.EXPIRED,
}


def _plain(row: tuple[str, Role, str]) -> tuple[str, str, str]:
    return row[0], row[1].value, row[2]


async def _at_once(click: Callable[[], Awaitable[None]], count: int) -> list[BotError | None]:
    async def ended() -> BotError | None:
        try:
            await click()
        except BotError as error:
            return error
        return None

    return list(await asyncio.gather(*(ended() for _ in range(count))))


@pytest.fixture
def folder() -> Iterator[Path]:
    """Memory where there is some: the many small commits are not the question here."""
    memory = Path("/dev/shm")  # noqa: S108  # a folder of our own in it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as made:
        empty_database(Path(made) / "empty.db")
        yield Path(made)


def test_no_life_holds_an_effect_that_was_not_allowed(
    folder: Path, sizes: Sizes, figures: Figures
) -> None:
    steps = sizes(2_500, 25_000)
    Life.folder, Life.tally = folder, Counter()
    how = settings(
        max_examples=8,
        stateful_step_count=STEPS_A_LIFE,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with structlog.testing.capture_logs():
        while Life.tally["steps"] < steps:
            # Few lives at a time: Hypothesis makes most of the later ones out of the earlier ones.
            Life.seed = Life.tally["steps"]
            run_state_machine_as_test(seed(Life.seed)(Life), settings=how)
    tally = Life.tally
    figures.add(
        "6 lives against a model",
        f"{tally['steps']:,} steps, {tally['effects']:,} writes reached the API, "
        f"0 of them unauthorised; {tally['crashes']} crashes, {tally['refused']:,} refusals",
    )
    figures.add("6 ends", ", ".join(f"{tally[state.value]} {state.value}" for state in State))
    assert tally["effects"] > steps / 20, "a life in which nothing is executed proves nothing"
