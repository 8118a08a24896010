"""The database of the settings, open for one command of the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bot.ports import Store
from bot.service.replicas.database_clock import DatabaseClock
from bot.settings import load
from bot.store.opening import open_store
from bot.store.times import SystemClock
from bot.terminal.admin import AdminSession, admin_session, at_this_terminal

T = TypeVar("T")


def with_store(work: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
    """Run ``work`` with the store of the settings; return what it returns."""

    async def open_and_work() -> T:
        async with await open_store(load().database) as store:
            return await work(store)

    return asyncio.run(open_and_work())


def with_admin_session(work: Callable[[AdminSession], Coroutine[Any, Any, T]]) -> T:
    """Run ``work`` with a session of whoever is at this terminal; return what it returns."""

    async def open_and_work() -> T:
        clock = DatabaseClock(SystemClock())
        async with await open_store(load().database, clock=clock) as store:
            await clock.measure(store)
            return await work(admin_session(store, at_this_terminal(), clock))

    return asyncio.run(open_and_work())
