"""Hears what other processes notify: a connection of its own that listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

import psycopg
import structlog
from psycopg import sql

from bot.database_address import PostgresUrl
from bot.store.postgresql.connecting import connection_text
from bot.store.postgresql.errors import not_connected

log = structlog.get_logger(__name__)
BETWEEN_TRIES = 1.0  # seconds; who is to be woken looks by itself meanwhile


async def listen(url: PostgresUrl, channels: Collection[str], wake: Callable[[str], None]) -> None:
    """Call ``wake`` with the channel of each notification, until it is cancelled.

    Whenever it begins to listen, all channels are woken: what was notified before is not repeated.
    """
    lost = False
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                connection_text(url), autocommit=True
            ) as connection:
                # A session that does nothing else is idle.
                await connection.execute("SELECT set_config('idle_session_timeout', '0', false)")
                for channel in channels:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                for channel in channels:
                    wake(channel)
                if lost:
                    log.info("store.notified_again")
                lost = False
                async for notification in connection.notifies():
                    wake(notification.channel)
        except psycopg.Error as error:
            if not lost:
                log.warning("store.not_notified", why=str(not_connected(error, url)))
            lost = True
        await asyncio.sleep(BETWEEN_TRIES)
