"""Saves every 15 s that Slack answered: an approval at the terminal is refused while it does.

While Slack does not answer it is asked more often: its first answer ends the waits of the outbox.
"""

from __future__ import annotations

import asyncio
from typing import Self

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, SlackRefused
from bot.ports import Clock, SlackContact, Store
from bot.service.parallel import cancel_tasks
from bot.slack.api.client import call_slack

INTERVAL_SECONDS = 15.0
# After a call without an answer.
RETRY_SECONDS = 3.0

log = structlog.get_logger(__name__)


class Heartbeat:
    """An async context manager that calls `auth.test` every 15 s and saves the time of each answer.

    ``every`` is the interval in seconds, at most RETRY_SECONDS after a miss. ``ops_channel`` is saved, too: a terminal may not have the
    bot's settings.
    """

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        clock: Clock,
        ops_channel: str = "",
        every: float = INTERVAL_SECONDS,
    ) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._ops_channel = ops_channel
        self._every = every
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Start. Enter it when Slack has just answered: that time is saved first."""
        self._tasks = [asyncio.create_task(self._run())]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await cancel_tasks(self._tasks)

    async def beat(self) -> None:
        """Call `auth.test` once; a refusal is an answer. Raises SlackUnavailable, StoreError."""
        try:
            await call_slack(self._client.auth_test())
        except SlackRefused as error:
            log.debug("heartbeat.refused", code=error.code)
        await self._save()

    async def _save(self) -> None:
        contact = SlackContact(self._clock.now(), self._ops_channel)
        await self._store.write(lambda tx: tx.save_slack_contact(contact))

    async def _run(self) -> None:
        step = self._save
        while True:
            wait = self._every
            try:
                await step()
            except BotError as error:
                log.debug("heartbeat.missed", why=str(error))
                wait = min(wait, RETRY_SECONDS)
            except Exception as error:  # the heartbeat goes on after a bug
                log.exception("heartbeat.failed", why=str(error))
            step = self.beat
            await asyncio.sleep(wait)
