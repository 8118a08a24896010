"""Real second processes: started from a clean server process, each with a store of its own."""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import struct
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bot.domain.actor import Actor
from bot.domain.admin_commands import GrantRoleCommand
from bot.domain.change_state import RUNNING, Event
from bot.domain.roles import Role, parse_subject
from bot.domain.scope import overlap
from bot.errors import BotError, Conflict
from bot.ports import Transaction
from bot.store.sqlite.lock import DatabaseLock
from bot.store.sqlite.read_only import ReadOnlySqliteStore
from bot.store.sqlite.sqlite_library import Journal, sqlite3
from bot.store.sqlite.store import SqliteStore
from bot.terminal.admin import admin_session
from tests.builders import a_record

Step = Callable[[Transaction], None]
capset = ctypes.CDLL(None).capset


def context() -> ForkServerContext:
    """Return the context that starts them; this module is loaded once, in the server."""
    started = multiprocessing.get_context("forkserver")
    started.set_forkserver_preload([__name__])
    return started


def approve(change_id: str) -> Step:
    """Return the step that decides the change, if it can still be decided."""

    def step(tx: Transaction) -> None:
        change = tx.change(change_id)
        assert change is not None
        approved = change.moved(Event.APPROVE)
        tx.save_change(approved)
        tx.record(a_record("change.approved", change_id=change_id))

    return step


def claim(change_id: str) -> Step:
    """Return the step that starts the change, if no overlapping one runs on its customer."""

    def step(tx: Transaction) -> None:
        change = tx.change(change_id)
        assert change is not None
        for running in tx.changes(states=RUNNING, customer=change.customer):
            if overlap(running.scope, change.scope):
                raise Conflict(f"{running.id} runs first.")
        tx.save_change(change.moved(Event.CLAIM))

    return step


async def outcome_of(store: SqliteStore, step: Step) -> str:
    """Run the step; return `won`, or the name of our error."""
    try:
        await store.write(step)
    except BotError as error:
        return type(error).__name__
    return "won"


def race(path: Path, steps: list[tuple[str, str]], start: Barrier, results: Connection) -> None:
    """Take part in one race a step, `approve` or `claim` on an id; send how each ended."""

    async def run() -> list[str]:
        store = await SqliteStore.open_async(path)
        ended = []
        for name, change_id in steps:
            step = {"approve": approve, "claim": claim}[name](change_id)
            start.wait(60)  # the loop has nothing else to do
            ended.append(await outcome_of(store, step))
        await store.close()
        return ended

    results.send(asyncio.run(run()))


def open_and_record(path: Path, start: Barrier, results: Connection) -> None:
    """Open a database that is not there yet together with the others; send what came of it."""

    async def run() -> str:
        start.wait(60)
        try:
            store = await SqliteStore.open_async(path)
            await store.write(lambda tx: tx.record(a_record("bot.started")))
            await store.close()
        except BotError as error:
            return repr(error)
        return "recorded"

    results.send(asyncio.run(run()))


def hold_write_lock(path: Path, channel: Connection, seconds: float) -> None:
    """Keep the write lock for so long, as a slow step of another program would."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO customers (number, name) VALUES ('99999', 'Slow')")
    channel.send("held")
    channel.poll(seconds)  # nobody sends: it is over when the time is
    connection.execute("COMMIT")
    connection.close()


def hold_read_lock(path: Path, channel: Connection, seconds: float) -> None:
    """Keep reading for so long: in a rollback journal nobody can commit meanwhile."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("SELECT * FROM customers").fetchall()
    channel.send("held")
    channel.poll(seconds)  # nobody sends: it is over when the time is
    connection.execute("COMMIT")
    connection.close()


def hold_cursor(path: Path, channel: Connection) -> None:
    """Read one row of several, as a shell with a pager does, and the others when told to go on."""
    connection = sqlite3.connect(path, isolation_level=None)
    cursor = connection.execute("SELECT seq FROM audit ORDER BY seq")
    first = cursor.fetchone()
    channel.send("held")
    channel.recv()
    channel.send([*first, *(seq for (seq,) in cursor)])
    connection.close()


def write_and_die(path: Path) -> None:
    """Record an entry and end without closing anything, as a process that is killed."""

    async def run() -> None:
        store = await SqliteStore.open_async(path, journal=Journal.WAL)
        await store.write(lambda tx: tx.record(a_record("bot.started")))
        os._exit(0)

    asyncio.run(run())


def read_where_nothing_may_be_written(path: Path, results: Connection) -> None:
    """Send how many entries the read-only store finds in a folder that it may not write."""

    async def run() -> int:
        store = await ReadOnlySqliteStore.open_async(path)
        entries = await store.read(lambda tx: tx.entries())
        await store.close()
        return len(entries)

    # Linux, capset(2), version 3: no capability. Root may write everywhere otherwise.
    capset(struct.pack("Ii", 0x20080522, 0), bytes(24))
    try:
        results.send(asyncio.run(run()))
    except BotError as error:
        results.send(str(error))


def hold_database_lock(path: Path, channel: Connection) -> None:
    """Take the executor's lock, say whether it was free, and keep it until told otherwise."""
    lock = DatabaseLock(path)
    channel.send(lock.acquire())
    channel.recv()
    lock.release()
    channel.send("released")


def keep_granting(path: Path, channel: Connection) -> None:
    """Grant one role after the other until told to `stop`; then send how many.

    To `more` the answer is sent after the next grant: the asker knows that the writing goes on.
    """

    async def run() -> int:
        store = await SqliteStore.open_async(path)
        admin = admin_session(store, Actor("writer", None, terminal="writer@host"))
        granted = 0
        asked = ""
        while asked != "stop":
            granted += 1
            await admin.grant(
                GrantRoleCommand(parse_subject(f"U0GRANTED{granted}"), Role.VIEWER, "*")
            )
            if asked == "more":
                channel.send(granted)
            # Without a breath nobody else gets the lock: SQLite does not queue those who wait for it.
            asked = channel.recv() if channel.poll(0.002) else ""
        await store.close()
        return granted

    channel.send(asyncio.run(run()))
