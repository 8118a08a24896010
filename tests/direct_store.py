"""The bot's database over a second connection, as another process has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from bot.domain.commands import Actor, GrantRoleCommand
from bot.domain.roles import Role, parse_subject
from bot.ports import Transaction
from bot.store.sqlite.store import SqliteStore
from bot.terminal.admin import AdminSession, admin_session
from bot.terminal.audit.verify import verify_trail

T = TypeVar("T")


@asynccontextmanager
async def opened(database: Path) -> AsyncIterator[SqliteStore]:
    """Open it for the length of the block."""
    store = await SqliteStore.open_async(database)
    try:
        yield store
    finally:
        await store.close()


async def read(database: Path, query: Callable[[Transaction], T]) -> T:
    """Run one query."""
    async with opened(database) as store:
        return await store.read(query)


async def write(database: Path, step: Callable[[Transaction], T]) -> T:
    """Carry out one step."""
    async with opened(database) as store:
        return await store.write(step)


async def audit_findings(database: Path) -> list[str]:
    """Return what `audit verify` finds: the first fault of the chain, or where the tables say otherwise."""
    async with opened(database) as store:
        found = await verify_trail(store)
    return [found.report.fault] if found.report.fault else found.differences.lines()


@asynccontextmanager
async def admin(database: Path) -> AsyncIterator[AdminSession]:
    """Grant, set and name, as somebody at a terminal does."""
    async with opened(database) as store:
        yield admin_session(store, Actor("test", None, terminal="test@terminal"))


async def grant(database: Path, customer: str, rows: Iterable[tuple[str, Role]]) -> None:
    """Write role rows for a customer, or for `*`."""
    async with admin(database) as terminal:
        for subject, role in rows:
            await terminal.grant(GrantRoleCommand(parse_subject(subject), role, customer))
