"""Secret forms: what is filled in is carried out at once, in memory alone; its identity alone is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Self

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, NotAllowed, StoreError
from bot.metrics import Metrics
from bot.ports import Delivery, Transaction
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind
from bot.service.parallel import finish_tasks
from bot.slack.api.reply import reply
from bot.slack.inbound.form_registry import UNKNOWN
from bot.slack.inbound.worker import REFUSED
from bot.slack.payloads import UNKNOWN_FORM, Values, ViewPayload
from bot.slack.views.mrkdwn import escape

SecretFormHandler = Callable[[ViewPayload, Values], Awaitable[str]]
"""Carries out a secret form and returns what the person is told, escaped. It checks the rights. Raises
BotError, whose sentence is told; whatever else it raises is logged by its type alone."""

REPEATED = (
    "This form was sent in before, and it is not carried out a second time. If you were not told how it "
    "ended, that is not known: check it, and fill in a new form if it is still needed."
)

log = structlog.get_logger(__name__)


class SecretFormRunner:
    """Hands a secret form to its confidant, by callback id. ``team`` and ``app`` are the ones served.

    A submission that the process does not live to carry out is lost: nobody else has it. The person is
    told the end, so silence means that it has to be repeated. Slack's id of the form is in the inbox
    before anything is done, so that the same submission a second time, also after a restart, does nothing.
    """

    def __init__(
        self,
        ctx: Context,
        client: AsyncWebClient,
        secret_forms: Mapping[str, SecretFormHandler],
        *,
        team: str,
        app: str,
        metrics: Metrics | None = None,
        drain: float = 0.0,
    ) -> None:
        self._ctx = ctx
        self._drain = drain
        self._client = client
        self._confidants = secret_forms
        self._home = (team, app)
        self._metrics = metrics or Metrics()
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, payload: ViewPayload, values: Values) -> None:
        """Begin to carry out a submission that is acknowledged already."""
        task = asyncio.create_task(self._carry_out(payload, values))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def __aenter__(self) -> Self:
        """Nothing runs before the first submission."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, as ``stop`` does."""
        await self.stop()

    async def stop(self) -> None:
        """Wait up to ``drain`` seconds for running submissions, then cancel them; may be called twice."""
        await finish_tasks(list(self._tasks), self._drain)

    async def _carry_out(self, payload: ViewPayload, values: Values) -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=payload.key)
        result = "answered"
        try:
            text = await self._answer(payload, values)
        except BotError as error:
            text = str(error) if isinstance(error, NotAllowed) else escape(str(error))
            result = "refused" if isinstance(error, REFUSED) else "failed"
        except Exception as error:
            # Without its traceback: the message of the error may hold what was typed.
            kind = type(error).__name__
            log.error("confidants.failed", form=payload.form, error=kind)  # noqa: TRY400
            text = "Something went wrong here. It is not known whether it was done."
            result = "failed"
        name = payload.form if payload.form in self._confidants else UNKNOWN_FORM
        self._metrics.command(name, result)
        log.info("confidants.handled", form=name, result=result)
        if text:
            await reply(self._client, payload.reply_target, text)

    async def _answer(self, payload: ViewPayload, values: Values) -> str:
        confidant = self._confidants.get(payload.form)
        sentence = UNKNOWN
        if (payload.team, payload.app) != self._home:
            confidant, sentence = None, "This bot serves another workspace or app."
        if confidant is None:
            await refuse(self._ctx, payload.actor, "", "", sentence, kind=RefusalKind.FOREIGN)
        if not await self._is_first(payload):
            return REPEATED
        return await confidant(payload, values)

    async def _is_first(self, payload: ViewPayload) -> bool:
        """Save the identity of the submission, and nothing of it; whether it was not there yet."""
        delivery = Delivery(payload.key, payload.kind, "", self._ctx.clock.now())

        def keep(tx: Transaction) -> bool:
            first = tx.save_delivery(delivery)
            tx.finish_delivery(delivery.key)  # nothing of it waits for the next start
            return first

        try:
            return await self._ctx.store.write(keep)
        except StoreError as error:
            raise type(error)(f"Nothing was sent to the API. {error}") from None
