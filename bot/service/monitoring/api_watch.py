"""Looks at the continuity API every few minutes, so that a wrong password shows before an outage."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Self

import structlog

from bot.domain.api_health import ApiAccount, ApiFault, fault_of
from bot.errors import ContinuityError
from bot.service.access.customer_names import known_customers
from bot.service.context import Context
from bot.service.parallel import cancel_tasks

# Within this time each customer is looked at once, as far as MIN_PAUSE_SECONDS allows it.
ROUND_SECONDS = 300.0
# Three requests a minute, however many customers there are.
MIN_PAUSE_SECONDS = 20.0
# After the start, and between two looks at an API that does not answer.
SOON_SECONDS = 60.0
# A count of many users may take longer than a preview waits for it.
MAX_LOOK_SECONDS = 30.0
OK = "ok"

log = structlog.get_logger(__name__)


class ApiWatch:
    """An async context manager that counts a customer's users (HEAD), one customer after the other.

    ``configured`` are customers with an account of their own. What is found goes into
    ``ctx.api_health``; ``on_look`` gets `ok` or the fault. ``may_look`` tells whether requests are sent.
    """

    def __init__(
        self,
        ctx: Context,
        configured: Collection[str],
        on_look: Callable[[str], None],
        may_look: Callable[[], bool] = lambda: True,
    ) -> None:
        self._may_look = may_look
        self._ctx = ctx
        self._configured = configured
        self._on_look = on_look
        # When a customer, and an account, was last looked at.
        self._looked: dict[str | ApiAccount, datetime] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Start looking."""
        self._tasks = [asyncio.create_task(self._run())]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await cancel_tasks(self._tasks)

    async def look(self) -> float:
        """Look at the customer whose turn it is; return the seconds until the next look.

        Errors of the API are not raised, those of the store are.
        """
        ctx, now = self._ctx, self._ctx.clock.now()
        known = await ctx.store.read(lambda tx: known_customers(tx, now))
        accounts: dict[ApiAccount, list[str]] = defaultdict(list)
        for customer in sorted(known | set(self._configured)):
            # The simulated API of a drill is not expected to answer all the time.
            if not ctx.is_drill(customer) and (account := ctx.api_health.account_of(customer)):
                accounts[account].append(customer)
        if not accounts:
            return ROUND_SECONDS
        due = min(accounts, key=lambda one: self._due(one, accounts))
        customer = min(accounts[due], key=lambda one: self._looked.get(one, _NEVER))
        self._looked |= dict.fromkeys((customer, due), now)
        await self._look_at(customer)
        next_due = min(self._due(one, accounts) for one in accounts)
        return max((next_due - ctx.clock.now()).total_seconds(), MIN_PAUSE_SECONDS)

    def _due(self, account: ApiAccount, accounts: Mapping[ApiAccount, list[str]]) -> datetime:
        """Return when the account is looked at next: its customers share the time of a round."""
        last = self._looked.get(account)
        if last is None:
            return _NEVER
        silent = any(
            one.fault is ApiFault.NO_ANSWER and one.subject == account.host
            for one in self._ctx.api_health.faults()
        )
        seconds = SOON_SECONDS if silent else ROUND_SECONDS / len(accounts[account])
        return last + timedelta(seconds=seconds)

    async def _look_at(self, customer: str) -> None:
        fault, why = None, ""
        try:
            async with asyncio.timeout(MAX_LOOK_SECONDS):
                await self._ctx.api.count(customer)
        except ContinuityError as error:
            fault, why = fault_of(error), str(error)
        except TimeoutError:
            fault, why = ApiFault.NO_ANSWER, f"not within {MAX_LOOK_SECONDS:g} s"
        if fault is not None:
            log.warning("api.look", customer=customer, fault=fault.value, why=why)
        self._ctx.api_health.looked(customer, fault, self._ctx.clock.now())
        self._on_look(fault or OK)

    async def _run(self) -> None:
        pause = SOON_SECONDS
        while True:
            await self._ctx.sleep(pause)
            try:
                pause = await self.look() if self._may_look() else SOON_SECONDS
            except Exception as error:  # any failure: the next look must still come
                log.exception("api.look_failed", why=str(error))
                pause = ROUND_SECONDS


_NEVER = datetime.min.replace(tzinfo=UTC)
