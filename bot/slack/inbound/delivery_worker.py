"""Save what Slack delivers, then carry it out by a bounded number of workers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Self

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, InvalidInput, LeaseLost, StoreError
from bot.metrics import Metrics
from bot.ports import Delivery, Store, Transaction
from bot.service.context import Context
from bot.service.parallel import cancel_tasks, finish_tasks
from bot.service.replicas.lease import NOT_TAKEN_OVER
from bot.slack import payloads
from bot.slack.api.reply import ReplyTargets
from bot.slack.features.base.feature import Reply
from bot.slack.inbound.delivery_runner import DeliveryRunner
from bot.slack.inbound.router import Router
from bot.slack.payloads import (
    Payload,
    ShortcutPayload,
    SuggestionPayload,
    Values,
    ViewPayload,
)

WORKERS = 8  # measured: acknowledgements stay quick when the work behind them is bounded
CLAIM_SECONDS = 1.0  # between two looks for deliveries of replicas that stopped or died
MAX_CHECK_SECONDS = 2.0  # before a submission is acknowledged: Slack waits for three
MAX_DELIVERY_AGE = timedelta(minutes=3)  # at the start: older ones nobody waits for
# It may have been carried out in the last moment of the process before, so this does not deny it.
AWAY = "I was away just after you asked. If you see nothing of it in the channel, please repeat."
REPEATED = (
    "This form was sent in before, and it is not carried out a second time. If you were not told how it "
    "ended, that is not known: check it, and fill in a new form if it is still needed."
)

log = structlog.get_logger(__name__)


class DeliveryWorker:
    """An async context manager that takes deliveries from the inbox and carries them out.

    At the end running deliveries are waited for up to ``drain`` seconds. ``check_seconds`` is the
    longest that a submission is checked before it is acknowledged. ``inbox`` is where deliveries are
    saved, also by a replica that was removed: another one finds them there; by default the context's
    store. ``alive`` tells whether nobody else can have taken over the work of this replica.
    """

    def __init__(
        self,
        ctx: Context,
        client: AsyncWebClient,
        router: Router,
        metrics: Metrics | None = None,
        *,
        check_seconds: float = MAX_CHECK_SECONDS,
        reply_targets: ReplyTargets | None = None,
        drain: float = 0.0,
        inbox: Store | None = None,
        alive: Callable[[], bool] = lambda: True,
    ) -> None:
        self._ctx = ctx
        self._inbox = inbox or ctx.store
        self._alive = alive
        self._router = router
        self._runner = DeliveryRunner(
            client, router.features, metrics or Metrics(), router.newer_blocks
        )
        self._check_seconds = check_seconds
        self._reply_targets = reply_targets or ReplyTargets()
        self._drain = drain
        self._queue: asyncio.Queue[Delivery | None] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._claiming: list[asyncio.Task[None]] = []
        self._background: set[asyncio.Task[None]] = set()
        # What has no row: no other replica carries it out, so a lost lease does not end it.
        self._rowless: set[asyncio.Task[None]] = set()
        self._closing = False

    # --- before it is acknowledged ----------------------------------------------------------------

    async def accept(self, payload: Payload) -> None:
        """Save a delivery; the same one again is the same row. Raises StoreError.

        What somebody else wrote, as the message below a shortcut, is kept without our secrets.
        """
        if isinstance(payload, ShortcutPayload):
            payload = payload.model_copy(update={"text": self._ctx.redact(payload.text)})
        delivery = self._delivery(payload, payload.model_dump_json())
        saved = await self._inbox.write(lambda tx: tx.save_delivery(delivery))
        # Saved for an earlier life of this process it is free for whoever claims it.
        if saved and self._alive() and delivery.claimed_by == self._ctx.replica_id():
            self._queue.put_nowait(delivery)

    async def check(self, payload: ViewPayload) -> Mapping[str, str]:
        """Return what is wrong with a submission, a sentence for each block.

        Nothing where the check fails or takes too long: the handler finds the same, and replies.
        """
        try:
            async with asyncio.timeout(self._check_seconds):
                found = await self._router.check(payload)
        except (BotError, TimeoutError, OSError) as error:
            log.info("delivery.not_checked", form=payload.form, error=type(error).__name__)
            return {}
        except Exception as error:
            log.exception("delivery.failed", error=type(error).__name__)
            return {}
        if found.errors:
            self._runner.count(payload, "refused")
            if found.after is not None:
                _start(self._rowless, _logged(payload.key, found.after))
        return found.errors

    async def suggest(self, payload: SuggestionPayload) -> Mapping[str, str]:
        """Return the options of a select, value and label of each; none where that takes too long."""
        try:
            async with asyncio.timeout(self._check_seconds):
                return await self._router.suggest(payload)
        except (BotError, TimeoutError, OSError) as error:
            log.info("options.not_given", select=payload.action, error=type(error).__name__)
        except Exception as error:
            log.exception("delivery.failed", error=type(error).__name__)
        return {}

    # --- afterwards -------------------------------------------------------------------------------

    def accept_secret(self, payload: ViewPayload, values: Values) -> None:
        """Carry out a secret modal that is acknowledged already, with its content in memory alone.

        It is lost where the process is killed before: then there is no reply, and the person repeats it.
        """

        async def work() -> Reply:
            handle = await self._router.secret_handler(payload)
            return await handle(values) if await self._is_first(payload) else REPEATED

        run = partial(self._runner.run, payload, work, secret=True)
        _start(self._rowless, _logged(payload.key, run))

    async def __aenter__(self) -> Self:
        """Queue what was saved and is not being carried out by any replica, and start the workers."""
        await self._claim()
        self._start_workers()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, as ``stop`` does."""
        await self.stop()

    async def stop(self) -> None:
        """Begin nothing more and wait up to the drain time; the rest is left to other replicas, or to
        the next start.

        May be called twice.
        """
        self._closing = True
        await cancel_tasks(self._claiming)
        left = self._emptied()
        for _ in self._workers:
            self._queue.put_nowait(None)
        if left:
            with suppress(StoreError):  # then they are free when this replica has left
                await self._ctx.store.write(lambda tx: tx.free_deliveries(left))
        await finish_tasks([*self._workers, *self._background, *self._rowless], self._drain)

    async def drop(self) -> None:
        """Stop what is in flight at once, and forget what waits: another replica carries it out.

        What has no row goes on: it alone can tell the person how it ended, and nobody repeats it.
        """
        self._emptied()
        await cancel_tasks([*self._claiming, *self._workers, *self._background])
        if not self._closing:
            self._start_workers()

    def _start_workers(self) -> None:
        self._workers = [asyncio.create_task(self._work()) for _ in range(WORKERS)]
        self._claiming = [asyncio.create_task(self._claim_again())]

    def _emptied(self) -> list[str]:
        """Empty the queue; return the keys of what was in it."""
        left = []
        while not self._queue.empty():
            delivery = self._queue.get_nowait()
            left += [delivery.key] if delivery is not None else []
        return left

    async def _claim_again(self) -> None:
        """Look every second for deliveries of replicas that stopped or died."""
        while True:
            await asyncio.sleep(CLAIM_SECONDS)
            try:
                await self._claim()
            except StoreError as error:
                log.warning("delivery.not_claimed", why=str(error))
            except Exception as error:  # a bug: the next look must still come
                log.exception("delivery.not_claimed", why=str(error))

    async def _claim(self) -> None:
        if not self._alive():
            return
        if not await self._ctx.store.read(lambda tx: tx.unclaimed_deliveries()):
            return
        holder = self._ctx.replica_id()
        for delivery in await self._ctx.store.write(lambda tx: tx.claim_deliveries(holder)):
            self._queue.put_nowait(delivery)

    async def _work(self) -> None:
        while True:
            delivery = await self._queue.get()
            if delivery is None or self._closing:
                return
            if self._alive():  # else another replica has it by now
                await _logged(delivery.key, partial(self._carry_out, delivery))

    async def _carry_out(self, delivery: Delivery) -> None:
        payload = payloads.from_json(delivery.payload)

        async def work() -> Reply:
            self._reply_targets.note(payload.reply_target)
            if self._ctx.clock.now() - delivery.received_at > MAX_DELIVERY_AGE:
                raise InvalidInput(AWAY)
            return await self._router.dispatch(payload)

        await self._run(delivery, payload, work)

    async def _run(
        self, delivery: Delivery, payload: Payload, work: Callable[[], Awaitable[Reply]]
    ) -> None:
        """Run the work, then in the background the job that it leaves; finish the delivery."""
        job = await self._runner.run(payload, work)
        if job is None:
            await self._finish(delivery.key)
        elif self._closing:
            await self._run(delivery, payload, job.work)
        else:
            later = _logged(delivery.key, lambda: self._run(delivery, payload, job.work))
            _start(self._background, later)

    async def _finish(self, key: str) -> None:
        # What was answered must not be carried out at the next start.
        while True:
            try:
                return await self._ctx.store.write(lambda tx: tx.finish_delivery(key))
            except LeaseLost:
                raise
            except StoreError as error:
                log.warning("delivery.not_finished", key=key, why=str(error))
                await asyncio.sleep(1.0)

    async def _is_first(self, payload: ViewPayload) -> bool:
        """Save the identity of a secret submission and nothing of it; return whether it is new.

        Also after a restart, so that the same submission again does nothing.
        """
        delivery = self._delivery(payload, "")

        def step(tx: Transaction) -> bool:
            first = tx.save_delivery(delivery)
            tx.finish_delivery(delivery.key)  # nothing of it waits for the next start
            return first

        try:
            return await self._ctx.store.write(step)
        except LeaseLost:
            raise LeaseLost(f"Nothing was sent to the API. {NOT_TAKEN_OVER}") from None
        except StoreError as error:
            raise type(error)(f"Nothing was sent to the API. {error}") from None

    def _delivery(self, payload: Payload, content: str) -> Delivery:
        now, holder = self._ctx.clock.now(), self._ctx.replica_id()
        return Delivery(payload.key, payload.kind, content, now, holder)


def _start(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    """Run the work as a task, which is in the set until it has ended."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def _logged(key: str, work: Callable[[], Awaitable[object]]) -> None:
    """Await the work of a delivery; an error ends in the log, since no caller could handle it."""
    # A worker carries out one after the other: nothing of the one before stays in the log lines.
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=key)
    try:
        await work()
    except LeaseLost as error:
        log.warning("delivery.left_to_others", why=str(error))
    except Exception as error:
        log.exception("delivery.failed", error=type(error).__name__)
