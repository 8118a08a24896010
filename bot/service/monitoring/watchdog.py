"""The watchdog: measures every few seconds what can go wrong without an error, and posts alarms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol, Self

import structlog

from bot.domain.api_health import ApiFault, ApiHealth
from bot.errors import SlackUnavailable, StoreError
from bot.ports import Backlog, Clock, Store
from bot.service.monitoring.alarms import AlarmNotice, Alarms
from bot.service.parallel import cancel_tasks

MEASURE_EVERY_SECONDS = 5.0
# A longer standstill of the event loop is always noticed.
LAG_SAMPLE_SECONDS = 0.25
# For the query of one measurement.
MAX_DATABASE_SECONDS = 5.0
# Between two tries to post an alarm while Slack does not answer.
MAX_RETRY_SECONDS = 60.0
# After a refusal of Slack: somebody has to invite the bot first.
REFUSED_RETRY_SECONDS = 300.0
# How long these alarms stay on after the last click on an unknown card, the last change stopped
# because of the audit trail, and the last fault of a Slack method.
UNKNOWN_CARD_ALARM_TIME = timedelta(hours=1)
CONTRADICTION_ALARM_TIME = timedelta(hours=1)
FAULT_ALARM_TIME = timedelta(hours=1)
# So many customers at once have an alarm of their own; one more is about all others.
MAX_NAMED_CUSTOMERS = 5
Values = dict[str, float | Mapping[str, float]]
Post = Callable[[AlarmNotice], Awaitable[object]]

log = structlog.get_logger(__name__)


class Gauges(Protocol):
    """Where measurements are published."""

    def measured(self, ages: Mapping[str, float]) -> None:
        """Publish these, in seconds."""
        ...

    def open_changes(self, state: str, number: int) -> None:
        """Publish how many changes are in an open state."""
        ...

    def reviews_owed(self, number: int) -> None:
        """Publish how many changes wait for a review."""
        ...

    def alarm(self, name: str, *, on: bool) -> None:
        """Publish whether an alarm is on."""
        ...


class Watchdog:
    """An async context manager that measures every few seconds and raises alarms.

    ``post`` posts to the operations channel; None means that alarms are only logged. ``socket``
    returns `envelope_age` and `socket_silence`, in HTTP mode nothing. ``api_health`` has what the
    looks at the API found. ``leads`` tells whether this replica posts the alarms that every replica
    measures.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        gauges: Gauges,
        post: Post | None = None,
        api_health: ApiHealth | None = None,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        # Further values of alarms, of the replica itself.
        self.replica: Callable[[], Mapping[str, float | Mapping[str, float]]] = dict
        self._leads = leads
        self.socket: Callable[[], Mapping[str, float]] = dict
        self._store = store
        self._clock = clock
        self._gauges = gauges
        self._post = post
        self._api_health = api_health or ApiHealth()
        self._alarms = Alarms()
        self._began_at = self._answered_at = clock.now()
        self._unknown_card_at: datetime | None = None
        self._faults: dict[str, tuple[str, datetime]] = {}
        self._notices_due = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Start watching."""
        self._tasks = [asyncio.create_task(self._run())]
        if self._post is not None:
            self._tasks.append(asyncio.create_task(self._post_notices(self._post)))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; an alarm that was not posted is measured again after the next start."""
        await cancel_tasks(self._tasks)

    def unknown_card(self) -> None:
        """Note a click on the card of a change that is not in the database."""
        self._unknown_card_at = self._clock.now()
        self._check({"unknown_card": 1.0})

    def slack_answered(self, method: str, fault: str) -> None:
        """Note an answer to a Slack method, with a fault of the app's installation or ``""``."""
        if fault:
            if method not in self._faults:
                log.error("slack.installation", method=method, why=fault)
            self._faults[method] = (fault, self._clock.now())
        elif self._faults.pop(method, None) is None:
            return
        self._check({"slack_installation": float(len(self._faults))})

    async def measure(self, loop_lag: float) -> None:
        """Measure once; ``loop_lag`` is in seconds. Errors of the store are not raised."""
        backlog = await self._ask_store()
        now = self._clock.now()
        ages = {"loop_lag": loop_lag, **self.socket()}
        if backlog is not None:
            self._answered_at = now
            ages["outbox_age"] = _age(backlog.outbox_behind_since, now)
            ages["executing_age"] = _age(backlog.executing_since, now)
            ages["page_age"] = _age(backlog.pages_behind_since, now)
            # What fell due before the start is done within seconds of it.
            due = backlog.deadline_due_since
            ages["deadline_age"] = _age(due and max(due, self._began_at), now)
            ages["review_age"] = _age(backlog.review_owed_since, now)
            self._gauges.reviews_owed(backlog.reviews_owed)
            for state, number in backlog.changes.items():
                self._gauges.open_changes(state, number)
        silent = [one.since for one in self._api_health.faults() if one.fault is ApiFault.NO_ANSWER]
        self._gauges.measured({**ages, "api_silence": _age(min(silent, default=None), now)})
        values: Values = {**ages, **api_values(self._api_health), **self.replica()}
        if backlog is not None:
            values["trail_contradicted"] = _recent(backlog.contradicted_at, now)
        values["database_silence"] = _age(self._answered_at, now)
        card_at = self._unknown_card_at
        self._faults = {
            method: (fault, at)
            for method, (fault, at) in self._faults.items()
            if now - at < FAULT_ALARM_TIME
        }
        values["slack_installation"] = float(len(self._faults))
        values["unknown_card"] = float(
            card_at is not None and now - card_at < UNKNOWN_CARD_ALARM_TIME
        )
        self._check(values)

    def _check(self, values: Values) -> None:
        about = next((fault for fault, _ in self._faults.values()), "")
        for name, on in self._alarms.measured(values, self._clock.now(), about).items():
            self._gauges.alarm(name, on=on)
        self._notices_due.set()

    async def _run(self) -> None:
        lag = 0.0
        while True:
            try:
                await self.measure(lag)
            except Exception as error:  # any failure: the next measurement must still come
                log.exception("watch.failed", why=str(error))
            lag = await _longest_lag(MEASURE_EVERY_SECONDS)

    async def _ask_store(self) -> Backlog | None:
        try:
            async with asyncio.timeout(MAX_DATABASE_SECONDS):
                return await self._store.read(lambda tx: tx.backlog())
        except (StoreError, TimeoutError) as error:
            log.warning(
                "watch.no_answer", why=str(error) or f"not within {MAX_DATABASE_SECONDS:g} s"
            )
            return None

    async def _post_notices(self, post: Post) -> None:
        wait = 1.0
        while True:
            notice = self._alarms.next_notice(leads=self._leads())
            if notice is None:
                self._notices_due.clear()
                await self._notices_due.wait()
                continue
            try:
                await post(notice)
                self._alarms.mark_posted(notice)
                wait = 1.0
            except SlackUnavailable as error:
                await asyncio.sleep(error.retry_after or wait)
                wait = min(wait * 2, MAX_RETRY_SECONDS)
            except Exception as error:  # refused by Slack, or a bug: try later
                log.exception("alarm.refused", alarm=notice.name, why=str(error))
                await asyncio.sleep(REFUSED_RETRY_SECONDS)


def api_values(health: ApiHealth) -> Mapping[str, Mapping[str, float]]:
    """Return the values of the API's alarms by subject: ``""`` stands for all customers that are not named.

    A silence counts up to the last look that found it: nobody knows of the time since.
    """
    values: dict[str, dict[str, float]] = {
        "api_silence": {},
        "api_password": {},
        "api_not_allowed": {},
        "api_unknown_customer": {},
    }
    for one in health.faults():
        if one.fault is ApiFault.NO_ANSWER:
            seconds = (one.seen_at - one.since).total_seconds()
            values["api_silence"][one.subject] = seconds
            continue
        of_kind = values[f"api_{one.fault}"]
        named = one.fault is ApiFault.PASSWORD or len(of_kind) < MAX_NAMED_CUSTOMERS
        of_kind[one.subject if named else ""] = 1.0
    return values


async def _longest_lag(seconds: float) -> float:
    """Wait for ``seconds`` and return the longest delay of the event loop, in seconds.

    The delay is measured by the machine's clock: a loop whose time was moved did not stand still.
    """
    loop = asyncio.get_running_loop()
    end, longest = loop.time() + seconds, 0.0
    while loop.time() < end:
        before = time.monotonic()
        await asyncio.sleep(LAG_SAMPLE_SECONDS)
        longest = max(longest, time.monotonic() - before - LAG_SAMPLE_SECONDS)
    return longest


def _recent(at: datetime | None, now: datetime) -> float:
    return float(at is not None and now - at < CONTRADICTION_ALARM_TIME)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
