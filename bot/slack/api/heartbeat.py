"""Saves every 15 s that Slack answered: an approval at the terminal is refused while it does.

While Slack does not answer it is asked more often: its first answer ends the waits of the outbox.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Self

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, SlackRefused, SlackUnavailable
from bot.ports import Clock, Silence, SlackContact, Store, Transaction
from bot.service.parallel import cancel_tasks
from bot.slack.api.client import call_slack

INTERVAL_SECONDS = 15.0
# Commands that were typed in a longer silence are told to be lost.
MAX_SILENCE = timedelta(minutes=2)
# From the start of the process to Slack's first answer: a longer one is a silence of Slack, too.
MAX_START = timedelta(minutes=1)
# After a call without an answer.
RETRY_SECONDS = 3.0

log = structlog.get_logger(__name__)


class Heartbeat:
    """An async context manager that calls `auth.test` every 15 s and saves the time of each answer.

    ``every`` is the interval in seconds, at most RETRY_SECONDS after a miss. ``ops_channel`` is
    saved, too: a terminal may not have the bot's settings. ``started_at`` is when the process began.
    """

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        clock: Clock,
        ops_channel: str = "",
        every: float = INTERVAL_SECONDS,
        started_at: datetime | None = None,
    ) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._ops_channel = ops_channel
        self._every = every
        self._started_at = started_at or clock.now()
        # Since the last answer; before the first one the bot may not have been running.
        self._missed = self._first = True
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
        except SlackUnavailable:
            self._missed = True
            raise
        await self._save()

    async def _save(self) -> None:
        now = self._clock.now()
        await self._store.write(lambda tx: tx.save_slack_contact(self._contact(tx, now)))
        self._missed = self._first = False

    def _contact(self, tx: Transaction, now: datetime) -> SlackContact:
        before = tx.slack_contact()
        silence = before.silence if before else None
        if before and self._missed and now - before.heard_at > MAX_SILENCE:
            stopped = self._first and now - self._started_at < MAX_START
            silence = Silence(before.heard_at, now, stopped)
        return SlackContact(now, self._ops_channel, silence)

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
