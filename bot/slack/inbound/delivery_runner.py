"""Carry out one delivery: time it, turn errors into replies, count and log the result, answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import LeaseLost
from bot.metrics import Metrics
from bot.slack.api.cut_off import tell_before_end
from bot.slack.api.newer_blocks import NewerBlocks
from bot.slack.api.reply import reply
from bot.slack.features.base.errors import error_reply
from bot.slack.features.base.feature import BackgroundJob, Feature, Reply
from bot.slack.features.base.refused_form import keep_form
from bot.slack.payloads import HomePayload, Payload
from bot.slack.views.texts import errors as texts

ANSWERED = "answered"

log = structlog.get_logger(__name__)


class DeliveryRunner:
    """Runs deliveries of every kind, secret modals included. ``features`` names them."""

    def __init__(
        self,
        client: AsyncWebClient,
        features: Feature,
        metrics: Metrics,
        newer_blocks: NewerBlocks,
    ) -> None:
        self._client = client
        self._newer_blocks = newer_blocks
        self._features = features
        self._metrics = metrics

    async def run(
        self, payload: Payload, work: Callable[[], Awaitable[Reply]], *, secret: bool = False
    ) -> BackgroundJob | None:
        """Do the work and answer the person, or return the job that is left.

        With ``secret``, nothing of an unexpected error but its type is logged, and the person is told
        where the process stops in the middle. Of what the work raises, only LeaseLost is raised, and
        not with ``secret``.
        """
        began, result = time.monotonic(), ANSWERED
        words: Reply
        try:
            words = await work()
        except asyncio.CancelledError:
            if secret:  # there is no row of it, so nobody else would tell them
                told = reply(self._client, payload.reply_target, texts.FORM_STOPPED)
                await tell_before_end(told)
            raise
        except Exception as error:
            if isinstance(error, LeaseLost) and not secret:
                raise  # another replica carries it out, and answers
            failed = error_reply(error, secret=secret)
            words, result = failed.reply, failed.result
            if not secret:
                words = keep_form(self._features, payload, error, words)
        if isinstance(words, BackgroundJob):
            return words
        self.count(payload, result)
        seconds = round(time.monotonic() - began, 3)
        name = self._features.name_of(payload)
        log.info("delivery.handled", command=name, result=result, seconds=seconds)
        if words and not isinstance(payload, HomePayload):
            newer = self._newer_blocks
            await reply(self._client, payload.reply_target, words, newer_blocks=newer)
        return None

    def count(self, payload: Payload, result: str) -> None:
        """Count how a delivery ended."""
        self._metrics.command(self._features.name_of(payload), result)
