"""Save what Slack delivers, then carry it out: a bounded number of workers, one reply to the person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Self

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, Conflict, InvalidInput, NotAllowed, StoreError, UnknownChange
from bot.grammar import title_of
from bot.metrics import Metrics
from bot.ports import Delivery
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind
from bot.service.parallel import finish_tasks
from bot.slack import features, payloads
from bot.slack.api.reply import ReplyTargets, reply
from bot.slack.features.context import BackgroundJob, Reply
from bot.slack.inbound.form_registry import FORMS, UNKNOWN
from bot.slack.inbound.router import Router
from bot.slack.payloads import ActionPayload, Payload, ViewPayload
from bot.slack.views.changes.buttons import BUTTONS
from bot.slack.views.forms import reason
from bot.slack.views.forms.form import Form
from bot.slack.views.mrkdwn import escape

WORKERS = 8  # measured: acknowledgements stay quick when the work behind them is bounded
REFUSED = (NotAllowed, InvalidInput, Conflict, UnknownChange)
LOOK = 2.0  # seconds until a form is acknowledged: Slack waits for three
STALE = timedelta(minutes=3)  # older at the start: nobody waits for it, and things have moved on
# It may have been carried out in the last moment of the process before: nobody is told that it was not.
AWAY = "I was away just after you asked. If you see nothing of it in the channel, please repeat."

CarryOut = Callable[[Payload], Awaitable[Reply]]

log = structlog.get_logger(__name__)


def not_saved(error: StoreError) -> str:
    """Return what a person is told whose wish could not be saved: a step is saved as a whole or not."""
    return f"Not saved, so nothing was done. Repeat it when this is mended: {escape(str(error))}"


class DeliveryWorker:
    """An async context manager that takes deliveries from the inbox and carries them out.

    At the end running deliveries are waited for up to ``drain`` seconds.
    """

    def __init__(
        self,
        ctx: Context,
        client: AsyncWebClient,
        answers: Router,
        metrics: Metrics | None = None,
        forms: Mapping[str, Form] = FORMS,
        look: float = LOOK,
        reply_targets: ReplyTargets | None = None,
        drain: float = 0.0,
    ) -> None:
        self._ctx = ctx
        self._drain = drain
        self._look = look
        self._askers = reply_targets or ReplyTargets()
        self._client = client
        self._answers = answers
        self._metrics = metrics or Metrics()
        self._forms = forms
        self._queue: asyncio.Queue[Delivery | None] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._aside: set[asyncio.Task[None]] = set()
        self._closing = False

    async def accept(self, payload: Payload) -> None:
        """Save a delivery before it is acknowledged; the same one again is the same row."""
        delivery = Delivery(
            payload.key, payload.kind, payload.model_dump_json(), self._ctx.clock.now()
        )
        if await self._ctx.store.write(lambda tx: tx.save_delivery(delivery)):
            self._queue.put_nowait(delivery)

    async def wrong(self, payload: ViewPayload) -> Mapping[str, str]:
        """Return what is wrong with a submission, a sentence for each block; nothing where that cannot be
        told in time: then it is carried out, and the person is told by a message."""
        try:
            async with asyncio.timeout(self._look):
                found = await self._answers.wrong(payload)
        except (BotError, TimeoutError, OSError) as error:
            log.info("desk.not_looked_into", form=payload.form, error=type(error).__name__)
            return {}
        except Exception as error:
            log.exception("desk.failed", error=type(error).__name__)
            return {}
        if found.errors:
            self._metrics.command(_name(payload), "refused")
        if found.errors and found.after is not None:
            self._set_aside(found.after)
        return found.errors

    async def __aenter__(self) -> Self:
        """Queue what the process before saved and did not finish, and start the workers."""
        for delivery in await self._ctx.store.read(lambda tx: tx.waiting_deliveries()):
            self._queue.put_nowait(delivery)
        self._workers = [asyncio.create_task(self._work()) for _ in range(WORKERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, as ``stop`` does."""
        await self.stop()

    async def stop(self) -> None:
        """Begin nothing more and wait up to the drain time; the rest is left to the next start.

        May be called twice.
        """
        self._closing = True
        for _ in self._workers:
            self._queue.put_nowait(None)
        await finish_tasks([*self._workers, *self._aside], self._drain)

    async def _work(self) -> None:
        while True:
            delivery = await self._queue.get()
            if delivery is None or self._closing:
                return
            # The worker lives on: nothing of the delivery before may stand in these log lines.
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(request=delivery.key)
            await self._guarded(delivery, partial(self._answer, delivery))

    async def _guarded(self, delivery: Delivery, carry_out: CarryOut) -> None:
        try:
            aside = await self._handle(delivery, carry_out)
            if aside is None:
                await self._finish(delivery.key)
            elif self._closing:
                await self._guarded(delivery, lambda _: aside.work())
            else:
                self._set_aside(lambda: self._guarded(delivery, lambda _: aside.work()))
        except Exception as error:  # the edge: nothing may end a worker
            log.exception("desk.failed", error=type(error).__name__)

    def _set_aside(self, work: Callable[[], Awaitable[object]]) -> None:
        async def run() -> None:
            try:
                await work()
            except Exception as error:  # nobody waits for it
                log.exception("desk.failed", error=type(error).__name__)

        task = asyncio.create_task(run())
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def _handle(self, delivery: Delivery, carry_out: CarryOut) -> BackgroundJob | None:
        """Carry it out and tell the person; or return what is to be done beside the workers."""
        payload = payloads.from_json(delivery.payload)
        result = "answered"
        told: Reply
        try:
            told = await carry_out(payload)
        except StoreError as error:
            told, result = not_saved(error), "failed"
        except BotError as error:
            # Refusals are ours and name people by mention; every other sentence may echo typed text.
            told = str(error) if isinstance(error, NotAllowed) else escape(str(error))
            result = "refused" if isinstance(error, REFUSED) else "failed"
        except Exception as error:
            log.exception("desk.failed", error=type(error).__name__)
            result = "failed"
            told = "Something went wrong here. Look with /continuity pending before you repeat it."
        if isinstance(told, BackgroundJob):
            return told
        self._metrics.command(_name(payload), result)
        log.info("desk.handled", command=_name(payload), result=result)
        if told:
            await reply(self._client, payload.reply_target, told)
        return None

    async def _answer(self, delivery: Delivery, payload: Payload) -> Reply:
        self._askers.note(payload.reply_target)
        if self._ctx.clock.now() - delivery.received_at > STALE:
            raise InvalidInput(AWAY)
        await self._check_form(payload)
        return await self._answers.to(payload)

    async def _check_form(self, payload: Payload) -> None:
        if isinstance(payload, ViewPayload) and payload.form not in self._forms:
            await refuse(self._ctx, payload.actor, "", "", UNKNOWN, kind=RefusalKind.FOREIGN)

    async def _finish(self, key: str) -> None:
        while True:  # what was answered must not be carried out at the next start
            try:
                return await self._ctx.store.write(lambda tx: tx.finish_delivery(key))
            except StoreError as error:
                log.warning("desk.not_finished", key=key, why=str(error))
                await asyncio.sleep(1.0)


def _name(payload: Payload) -> str:
    """Return the command or button, out of those that there are: a metric bears no other."""
    if isinstance(payload, ActionPayload):
        known = payload.action in BUTTONS or payload.action in features.CLICKS
        return payload.action if known else "unknown_button"
    if isinstance(payload, ViewPayload):
        return "reason" if payload.form == reason.CALLBACK else payload.form
    return title_of(payload.text)
