"""Send pages: each until the pager has taken it, which is told in the card where it does not.

A sending is noted before it begins. So after a kill it is known that a pager may have a page, and the
same one is sent again: the pager knows it by its key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Self

import structlog

from bot.domain.change import Change
from bot.domain.page import PageState
from bot.errors import (
    LeaseLost,
    PagerError,
    PagerRefused,
    PagerUnavailable,
    StoreUnusable,
)
from bot.ports import (
    Clock,
    MessageKind,
    Page,
    Pager,
    PageRow,
    Store,
    Transaction,
    message_key,
)
from bot.service.context import save_change
from bot.service.parallel import cancel_tasks, finish_tasks

LOOK_EVERY_SECONDS = 0.5
MAX_PARALLEL_PAGES = 4  # of one pager
# After so many tries, 1 and 2 seconds apart, the card tells that the pager does not answer.
TOLD_TRIES = 3
# On so many cards at once: they are updates, of which Slack takes few, and outcomes come behind them.
MAX_TOLD_CARDS = 20
MAX_WAIT = timedelta(seconds=30)
# Until a page that was refused is sent again: somebody has to change something first.
REFUSED_WAIT = timedelta(minutes=10)
# The first page waits so long for the card, to have a link to it.
CARD_WAIT = timedelta(seconds=5)
# At the end, for pages that are due and on their way.
DRAIN_SECONDS = 3.0

Describe = Callable[[Transaction, Change, PageState], Page]
OnPage = Callable[[str, str], None]

log = structlog.get_logger(__name__)


class PagePublisher:
    """An async context manager that sends what is due to each of ``pagers``; a slow one delays no
    other.

    ``describe`` makes the page of a change. ``on_page`` is called with the pager's name and `taken`,
    `unavailable` or `refused`.
    """

    def __init__(
        self,
        store: Store,
        pagers: Sequence[Pager],
        clock: Clock,
        describe: Describe,
        on_page: OnPage = lambda _, __: None,
    ) -> None:
        self._store = store
        self._pagers = {pager.name: pager for pager in pagers}
        self._clock = clock
        self._describe = describe
        self._on_page = on_page
        self._sending: dict[tuple[str, str], asyncio.Task[None]] = {}
        # When a pager that asked for a pause is sent the next page, by the clock of the event loop.
        self._paused: dict[str, float] = {}
        self._closing = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start sending."""
        self._looking = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Send what is due within DRAIN_SECONDS; the rest is sent after the next start.

        After a LeaseLost another replica does it.
        """
        self._closing.set()
        looking = [] if self._looking is None else [self._looking]
        await finish_tasks(looking, 0 if isinstance(error, LeaseLost) else DRAIN_SECONDS)
        await cancel_tasks([*self._sending.values()])

    async def _run(self) -> None:
        forgotten = False
        while True:
            closing, busy = self._closing.is_set(), bool(self._sending)
            try:
                if not forgotten:
                    await self._store.write(lambda tx: tx.forget_pages(self._pagers.keys()))
                    forgotten = True
                busy = await self._begin_due()
            except Exception as error:  # any failure: the next look must still come
                log.exception("pages.failed", why=str(error))
            if (forgotten and not self._pagers) or (closing and not busy):
                return
            if closing:
                await asyncio.sleep(0.05)
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), LOOK_EVERY_SECONDS)

    async def _begin_due(self) -> bool:
        """Start a task for each page that is due; return whether any runs."""
        loop_time = asyncio.get_running_loop().time()
        for name in self._pagers:
            free = MAX_PARALLEL_PAGES - sum(one[0] == name for one in self._sending)
            if free <= 0 or self._paused.get(name, 0.0) > loop_time:
                continue
            now = self._clock.now()
            due = await self._store.read(
                lambda tx, name=name, now=now: tx.due_pages(name, now, now + REFUSED_WAIT)  # type: ignore[misc]
            )
            fresh = [row for row in due if (name, row.change_id) not in self._sending]
            for row in fresh[:free]:
                task = asyncio.create_task(self._send(self._pagers[name], row.change_id))
                self._sending[name, row.change_id] = task
        return bool(self._sending)

    async def _send(self, pager: Pager, change_id: str) -> None:
        structlog.contextvars.bind_contextvars(change=change_id, pager=pager.name)
        try:
            begun = await self._store.write(lambda tx: self._begin(tx, pager.name, change_id))
            if begun is None:
                return
            row, page = begun
            await self._store.write(await self._result(pager, row, page))
        except LeaseLost as error:
            log.warning("pages.waits_for_the_lease", why=str(error))
            await asyncio.sleep(1.0)
        except Exception as error:  # the row is still due: without the pause this is a busy loop
            log.exception("pages.failed", why=str(error))
            await asyncio.sleep(1.0)
        finally:
            del self._sending[pager.name, change_id]

    def _begin(self, tx: Transaction, pager: str, change_id: str) -> tuple[PageRow, Page] | None:
        """Note that the page is sent; return its row and what is sent, None for nothing to send."""
        row, change = _row(tx, pager, change_id), tx.change(change_id)
        if row is None or change is None or row.shown is row.wanted:
            return None
        if row.shown is None and not row.tries:
            if row.wanted is not PageState.TRIGGERED:
                # Somebody looked before anybody was paged: the pager never hears of this change.
                tx.want_page(change, PageState.RESOLVED)
                tx.save_page(replace(row, shown=PageState.RESOLVED, error="", due_at=None))
                return None
            if self._waits_for_card(tx, row):
                return None
        begun = replace(row, tries=row.tries + 1)
        tx.save_page(begun)
        return begun, self._describe(tx, change, row.wanted)

    def _waits_for_card(self, tx: Transaction, row: PageRow) -> bool:
        card = tx.message(message_key(MessageKind.CARD, row.change_id))
        waited = self._clock.now() - row.asked_at
        is_coming = card is not None and card.ts is None and not card.error
        return is_coming and timedelta(0) <= waited < CARD_WAIT

    async def _result(
        self, pager: Pager, row: PageRow, page: Page
    ) -> Callable[[Transaction], None]:
        """Send the page; return the step that saves what came of it."""
        try:
            await pager.send(page)
        except PagerError as error:
            refused = isinstance(error, PagerRefused)
            self._on_page(pager.name, "refused" if refused else "unavailable")
            log.warning("pages.not_taken", state=page.state, tries=row.tries, why=str(error))
            if isinstance(error, PagerUnavailable) and error.retry_after:
                wait = min(error.retry_after, REFUSED_WAIT.total_seconds())
                self._paused[pager.name] = asyncio.get_running_loop().time() + wait
            failed = error  # the name of the clause is gone when the step runs
            return lambda tx: self._save_failed(tx, row, failed)
        self._on_page(pager.name, "taken")
        log.info("pages.taken", state=page.state)
        return lambda tx: _save_taken(tx, row)

    def _save_failed(self, tx: Transaction, sent: PageRow, error: PagerError) -> None:
        row = _row(tx, sent.pager, sent.change_id)
        if row is None:
            return
        told = isinstance(error, PagerRefused) or row.tries >= TOLD_TRIES
        if told and not row.error:
            told = tx.failing_pages(row.pager) < MAX_TOLD_CARDS
        wait = min(timedelta(seconds=2 ** min(row.tries - 1, 10)), MAX_WAIT)
        if isinstance(error, PagerRefused):
            wait = REFUSED_WAIT
        # What is wanted by now was not refused yet.
        due_at = self._clock.now() + wait if row.wanted is sent.wanted else None
        tx.save_page(replace(row, due_at=due_at, error=str(error) if told else row.error))
        if told and row.error != str(error):
            _draw_card(tx, row.change_id)


def _save_taken(tx: Transaction, sent: PageRow) -> None:
    row = _row(tx, sent.pager, sent.change_id)
    if row is None:
        return
    tx.save_page(replace(row, shown=sent.wanted, tries=0, error="", due_at=None))
    if row.error:
        _draw_card(tx, row.change_id)


def _row(tx: Transaction, pager: str, change_id: str) -> PageRow | None:
    return next((row for row in tx.pages(change_id) if row.pager == pager), None)


def _draw_card(tx: Transaction, change_id: str) -> None:
    """Have the card drawn anew: it tells of the pager."""
    try:
        change = tx.change(change_id)
    except StoreUnusable:  # then it has no card that could be drawn
        return
    if change is not None:
        save_change(tx, change.revised())
