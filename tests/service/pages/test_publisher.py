"""Pages reach their pager: at least once, in order, whatever fails, and the card tells what does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.page import PageState
from bot.errors import LeaseLost, PagerRefused, PagerUnavailable
from bot.ports import MessageKind, Page, Pager, PageRow, Transaction, message_key
from bot.service.pages.publisher import MAX_TOLD_CARDS, REFUSED_WAIT, TOLD_TRIES, PagePublisher
from tests.builders import NOW, a_change
from tests.fixtures.audited_rows import put_change
from tests.service.harness import ServiceHarness

CHANGE = a_change()
HOUR = timedelta(hours=1)
DOWN = PagerUnavailable("It cannot be reached.")
REFUSAL = PagerRefused("It refused it (400). Look at PAGERDUTY_ROUTING_KEY.")
T, A, R = PageState


@dataclass
class FakePager:
    """Takes what it is sent; ``answers`` are raised first, ``hold`` keeps the next page under way."""

    name: str = "pagerduty"
    answers: list[Exception] = field(default_factory=list)
    taken: list[PageState] = field(default_factory=list)
    tried: int = 0
    hold: asyncio.Event | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, page: Page) -> None:
        self.tried += 1
        self.arrived.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.answers:
            raise self.answers.pop(0)
        self.taken.append(page.state)


def _is_a_pager(pager: FakePager) -> Pager:
    return pager


def describe(_: Transaction, change: Change, state: PageState) -> Page:
    return Page(change.id, state, change.id, "44444", "", "", "critical", "", NOW)


class Paging:
    """A publisher in the hands of a test: it looks when it is told to."""

    def __init__(self, harness: ServiceHarness, *pagers: FakePager) -> None:
        self.harness, self.pagers = harness, pagers or (FakePager(),)
        self.results: list[tuple[str, str]] = []
        self.start()

    def start(self) -> None:
        """Begin as after a start of the process."""
        self.publisher = PagePublisher(
            self.harness.store,
            self.pagers,
            self.harness.clock,
            describe,
            lambda *one: self.results.append(one),
        )

    @property
    def pager(self) -> FakePager:
        return self.pagers[0]

    async def want(self, state: PageState, change: Change = CHANGE) -> None:
        names = [pager.name for pager in self.pagers]

        def step(tx: Transaction) -> None:
            if tx.change(change.id) is None:
                put_change(tx, change)
            tx.want_page(change, state, names)

        await self.harness.store.write(step)

    async def look(self) -> None:
        """Begin what is due."""
        await self.publisher._begin_due()

    async def settle(self) -> None:
        while self.publisher._sending:
            await asyncio.wait(self.publisher._sending.values())
            await asyncio.sleep(0)

    async def round(self) -> None:
        await self.look()
        await self.settle()

    async def kill(self) -> None:
        """End like a process that dies, and start anew."""
        tasks = [*self.publisher._sending.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.start()

    async def row(self, pager: str = "pagerduty") -> PageRow:
        rows = await self.harness.look(lambda tx: tx.pages(CHANGE.id))
        return next(row for row in rows if row.pager == pager)

    async def revision(self) -> int:
        return (await self.harness.change(CHANGE.id)).revision


@pytest.fixture
def paging(harness: ServiceHarness) -> Paging:
    harness.rewritten = True  # the row of the card's revision alone
    return Paging(harness)


async def test_each_state_is_sent_once(paging: Paging) -> None:
    for state in PageState:
        await paging.want(state)
        await paging.round()
        await paging.round()
    assert paging.pager.taken == [T, A, R]
    assert paging.results == [("pagerduty", "taken")] * 3
    assert await paging.revision() == CHANGE.revision


async def test_who_looks_before_anybody_was_paged_stops_the_page(paging: Paging) -> None:
    await paging.want(T)
    await paging.want(A)
    await paging.round()
    await paging.want(R)
    await paging.round()
    assert paging.pager.tried == 0
    assert (await paging.row()).shown is R


async def test_a_page_that_may_have_arrived_is_resolved(paging: Paging) -> None:
    paging.pager.answers = [DOWN]
    await paging.want(T)
    await paging.round()
    await paging.want(R)
    await paging.round()
    assert paging.pager.taken == [R]


async def test_a_change_that_ends_while_its_page_is_under_way_is_resolved_after_it(
    paging: Paging,
) -> None:
    paging.pager.hold = asyncio.Event()
    await paging.want(T)
    await paging.look()
    await paging.pager.arrived.wait()
    await paging.want(R)
    await paging.look()  # not beside the page that is under way
    paging.pager.hold.set()
    await paging.settle()
    assert paging.pager.taken == [T]
    await paging.round()
    assert paging.pager.taken == [T, R]


async def test_a_kill_while_it_is_sent_sends_it_again(paging: Paging) -> None:
    paging.pager.hold = asyncio.Event()
    await paging.want(T)
    await paging.look()
    await paging.pager.arrived.wait()
    await paging.kill()
    paging.pager.hold = None
    await paging.round()
    assert (paging.pager.tried, paging.pager.taken) == (2, [T])


async def test_a_kill_before_the_answer_is_saved_resolves_what_may_be_there(paging: Paging) -> None:
    paging.pager.hold = asyncio.Event()
    await paging.want(T)
    await paging.look()
    await paging.pager.arrived.wait()
    await paging.kill()
    paging.pager.hold = None
    await paging.want(R)
    await paging.round()
    assert paging.pager.taken == [R]


async def test_it_is_tried_again_after_1_2_and_4_seconds(paging: Paging) -> None:
    paging.pager.answers = [DOWN] * 3
    await paging.want(T)
    for wait in (1, 2, 4):
        await paging.round()
        tried = paging.pager.tried
        paging.harness.clock.at += timedelta(seconds=wait - 0.1)
        await paging.round()
        assert paging.pager.tried == tried
        paging.harness.clock.at += timedelta(seconds=0.2)
    await paging.round()
    assert paging.pager.taken == [T]


@pytest.mark.parametrize("step", [-HOUR, HOUR])
@pytest.mark.parametrize("answer", [DOWN, REFUSAL])
async def test_a_clock_step_holds_no_page_back_and_sends_none_twice(
    paging: Paging, step: timedelta, answer: Exception
) -> None:
    paging.pager.answers = [answer]
    await paging.want(T)
    await paging.round()
    paging.harness.clock.at += step
    await paging.round()
    paging.harness.clock.at -= step
    await paging.round()
    assert (paging.pager.tried, paging.pager.taken) == (2, [T])


async def test_the_card_tells_of_a_pager_that_does_not_answer_and_that_it_does_again(
    paging: Paging,
) -> None:
    paging.pager.answers = [DOWN] * (TOLD_TRIES + 2)
    await paging.want(T)
    for tries in range(1, TOLD_TRIES + 3):
        await paging.round()
        paging.harness.clock.at += timedelta(minutes=1)
        told = tries >= TOLD_TRIES
        assert (await paging.row()).error == (str(DOWN) if told else "")
        assert await paging.revision() == CHANGE.revision + told
    await paging.round()
    assert (await paging.row()).error == ""
    assert await paging.revision() == CHANGE.revision + 2
    assert await paging.harness.message(MessageKind.CARD, await paging.harness.change(CHANGE.id))


async def test_a_refusal_is_told_at_once_and_tried_again_after_a_while(paging: Paging) -> None:
    paging.pager.answers = [REFUSAL]
    await paging.want(T)
    await paging.round()
    assert (await paging.row()).error == str(REFUSAL)
    assert await paging.revision() == CHANGE.revision + 1
    paging.harness.clock.at += REFUSED_WAIT - timedelta(seconds=1)
    await paging.round()
    assert paging.pager.tried == 1
    paging.harness.clock.at += timedelta(seconds=1)
    await paging.round()
    assert paging.pager.taken == [T]
    assert paging.results == [("pagerduty", "refused"), ("pagerduty", "taken")]


async def test_a_state_after_a_refused_one_does_not_wait(paging: Paging) -> None:
    paging.pager.answers = [REFUSAL]
    await paging.want(T)
    await paging.round()
    await paging.want(R)
    await paging.round()
    assert paging.pager.taken == [R]


async def test_a_state_that_was_asked_for_while_another_was_refused_does_not_wait(
    paging: Paging,
) -> None:
    paging.pager.answers, paging.pager.hold = [REFUSAL], asyncio.Event()
    await paging.want(T)
    await paging.look()
    await paging.pager.arrived.wait()
    await paging.want(R)
    paging.pager.hold.set()
    await paging.settle()
    await paging.round()
    assert paging.pager.taken == [R]


async def test_a_pager_that_asks_for_a_pause_has_it_for_every_page(paging: Paging) -> None:
    paging.pager.answers = [PagerUnavailable("It takes no more for now (429).", retry_after=60.0)]
    await paging.want(T)
    await paging.round()
    other = replace(CHANGE, id="C-OTHER")
    await paging.want(T, other)
    await paging.round()
    assert paging.pager.tried == 1
    paging.publisher._paused["pagerduty"] -= 60.0
    paging.harness.clock.at += timedelta(minutes=1)
    await paging.round()
    assert paging.pager.taken == [T, T]


async def test_a_pager_that_hangs_delays_no_other(harness: ServiceHarness) -> None:
    slow, quick = FakePager(hold=asyncio.Event()), FakePager("webhook")
    paging = Paging(harness, slow, quick)
    await paging.want(T)
    await paging.look()
    await quick.arrived.wait()
    assert quick.taken == [T]
    await paging.kill()
    assert slow.taken == []


async def test_many_pages_are_sent_a_few_at_a_time(harness: ServiceHarness) -> None:
    paging = Paging(harness, FakePager(hold=asyncio.Event()))
    for number in range(10):
        await paging.want(T, replace(CHANGE, id=f"C-{number:05}", state=State.AWAITING_APPROVAL))
    await paging.look()
    await paging.look()
    assert len(paging.publisher._sending) == 4
    await paging.kill()


async def test_of_many_changes_a_few_cards_tell_so_that_outcomes_are_not_held_up(
    harness: ServiceHarness,
) -> None:
    harness.rewritten = True
    number = MAX_TOLD_CARDS + 3
    paging = Paging(harness, FakePager(answers=[REFUSAL] * number))
    changes = [replace(CHANGE, id=f"C-{one:05}") for one in range(number)]
    for change in changes:
        await paging.want(T, change)
    while paging.pager.tried < number:
        await paging.round()
    told = [(await harness.change(one.id)).revision > CHANGE.revision for one in changes]
    assert sum(told) == MAX_TOLD_CARDS
    assert await harness.look(lambda tx: tx.failing_pages("pagerduty")) == MAX_TOLD_CARDS
    harness.clock.at += REFUSED_WAIT
    for _ in range(number):
        await paging.round()
    assert paging.pager.taken == [T] * number
    drawn = [(await harness.change(one.id)).revision - CHANGE.revision for one in changes]
    assert sorted(drawn) == [0] * 3 + [2] * MAX_TOLD_CARDS


async def test_the_first_page_waits_a_moment_for_the_card(paging: Paging) -> None:
    await paging.want(T)
    await paging.harness.store.write(lambda tx: tx.enqueue_message(MessageKind.CARD, CHANGE))
    await paging.round()
    assert paging.pager.tried == 0
    paging.harness.clock.at += timedelta(seconds=5)
    await paging.round()
    assert paging.pager.taken == [T]


@pytest.mark.parametrize("over", [{"ts": "1.2"}, {"error": "not_in_channel"}])
async def test_it_waits_for_no_card_that_is_posted_or_cannot_be(
    paging: Paging, over: dict[str, str]
) -> None:
    await paging.want(T)

    def step(tx: Transaction) -> None:
        tx.enqueue_message(MessageKind.CARD, CHANGE)
        card = tx.message(message_key(MessageKind.CARD, CHANGE.id))
        assert card
        tx.save_message(replace(card, **over))  # type: ignore[arg-type]

    await paging.harness.store.write(step)
    await paging.round()
    assert paging.pager.taken == [T]


async def test_without_the_lease_the_row_stays_due(paging: Paging) -> None:
    paging.pager.answers = [LeaseLost("Another replica leads.")]
    await paging.want(T)
    await paging.look()
    await paging.pager.arrived.wait()
    await paging.kill()  # it rests for a second
    await paging.round()
    assert paging.pager.taken == [T]


async def test_it_runs_sends_what_is_due_at_the_end_and_leaves_other_pagers_alone(
    harness: ServiceHarness,
) -> None:
    paging = Paging(harness, FakePager(), FakePager("gone"))
    await paging.want(T)
    paging.pagers = paging.pagers[:1]
    paging.start()
    async with paging.publisher:
        pass
    assert paging.pager.taken == [T]
    assert (await paging.row("gone")).shown is T
    assert await harness.look(lambda tx: tx.pages_behind_since()) is None


async def test_a_failure_that_nobody_foresaw_ends_no_paging(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.pages.publisher.LOOK_EVERY_SECONDS", 0.01)
    paging = Paging(harness)
    paging.pager.arrived.clear()
    looked, seen = paging.publisher._begin_due, list[ValueError]()

    async def fails_once() -> bool:
        if not seen:
            seen.append(ValueError("a bug"))
            raise seen[0]
        return await looked()

    monkeypatch.setattr(paging.publisher, "_begin_due", fails_once)
    await paging.want(T)
    async with paging.publisher, asyncio.timeout(30):
        await paging.pager.arrived.wait()
    assert paging.pager.taken == [T]
