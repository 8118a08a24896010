"""What happens since the tour began: audit entries, cards, writes to the API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.audit.chain import AuditEntry
from bot.errors import BotError
from bot.ports import MessageKind, Transaction, message_key
from bot.store.sqlite.read_only import ReadOnlySqliteStore
from bot.terminal.demo.tour.facts import Runs, Write
from sandbox.continuity import ContinuitySandbox, Request
from sandbox.slack import SlackSandbox

PAGE_ENTRIES = 1000
WRITING = frozenset({"PUT", "DELETE", "POST"})


class Observer:
    """Looks at the database whenever Slack, the API or the bot's process have changed.

    ``on_look`` is called after each look. ``on_write`` is called as soon as a write has reached the
    API, before that does anything.
    """

    def __init__(
        self,
        slack: SlackSandbox,
        continuity: ContinuitySandbox,
        database: Path,
        on_look: Callable[[], Awaitable[None]],
        on_write: Callable[[], None],
    ) -> None:
        self.runs = Runs()
        self.writes: list[Write] = []
        self._slack = slack
        self._continuity = continuity
        self._database = database
        self._on_look = on_look
        self._on_write = on_write
        self._woken = asyncio.Event()
        self._looking = asyncio.Lock()
        self._store: ReadOnlySqliteStore | None = None
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Follow what happens from now on."""
        self._store = await ReadOnlySqliteStore.open_async(self._database)
        await self.forget()
        self._slack.on_change.append(self._on_slack)
        self._continuity.on_request.append(self._on_request)
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Stop following."""
        if self._following is None:
            return
        self._slack.on_change.remove(self._on_slack)
        self._continuity.on_request.remove(self._on_request)
        self._following.cancel()
        with suppress(asyncio.CancelledError):
            await self._following
        await self.store.close()

    @property
    def store(self) -> ReadOnlySqliteStore:
        """The bot's database. Raises BotError before the start."""
        if self._store is None:
            raise BotError("The tour has not begun.")
        return self._store

    def wake(self) -> None:
        """Look again, since something may have happened."""
        self._woken.set()

    async def forget(self) -> None:
        """Begin with what happens from now on."""
        async with self._looking:
            last = await self.store.read(lambda tx: tx.entries(limit=1))
            self.runs = Runs(last[0].seq if last else 0)
            self.writes = []

    async def look(self) -> None:
        """Read the new entries, and which cards were posted. Raises BotError."""
        async with self._looking:
            entries, cards = await self.store.read(self._read)
            self.runs.take(entries)
            for run in self.runs:
                run.has_card = run.has_card or run.id in cards

    def _read(self, tx: Transaction) -> tuple[Sequence[AuditEntry], set[str]]:
        entries = tx.entries_after(self.runs.seq, PAGE_ENTRIES)
        ids = {run.id for run in self.runs if not run.has_card}
        ids |= {entry.record.change_id for entry in entries} - {""}
        cards = {one: tx.message(message_key(MessageKind.CARD, one)) for one in ids}
        return entries, {one for one, card in cards.items() if card is not None and card.ts}

    def _on_slack(self, _kind: str, _item: object) -> None:
        self.wake()

    def _on_request(self, request: Request) -> None:
        if request.method in WRITING and request.milliseconds is None:
            self._on_write()
        elif request.method in WRITING and request.applied:
            at = datetime.fromtimestamp(request.at, UTC)
            self.writes.append(Write(f"{request.method} {request.raw}", at))
        self.wake()

    async def _follow(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            with suppress(BotError):  # the database is busy: the next event looks again
                await self.look()
            await self._on_look()
