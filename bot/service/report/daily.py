"""The daily report: a deadline that is put anew by its own step, for the next day."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.domain.deadline import Deadline, DeadlineKind
from bot.domain.report import ReportTime
from bot.errors import StoreError
from bot.ports import MessageKind, Transaction
from bot.service.context import Context
from bot.service.deadlines.runner import Step
from bot.service.report.long_on import recipients

KEY = "report"
# The name of its messages; the day follows, so that each is posted once a day.
REPORT_NOTICE = "report"
DAY = timedelta(days=1)

log = structlog.get_logger(__name__)


async def report(ctx: Context, deadline: Deadline) -> Step:
    """Return the step that has everybody told who is concerned, and puts the next day's report.

    Days that were missed while no bot ran are left out.
    """
    now, plan = ctx.clock.now(), ctx.report_at
    if plan is None:
        return lambda _: None
    told = await ctx.store.read(lambda tx: recipients(tx, now, ctx.ops_channel))
    day = deadline.due_at.astimezone(ZoneInfo(plan.zone)).date()
    following = plan.next_after(deadline.due_at)
    while following <= now:
        following = plan.next_after(following)

    def step(tx: Transaction) -> None:
        for person, change in told.items():
            name = f"{REPORT_NOTICE}-{day}"
            tx.enqueue_message(MessageKind.NOTICE, change, person=person, name=name)
        tx.put_deadline(_due(following))

    return step


async def plan_report(ctx: Context) -> None:
    """Put the deadline where there is none, or where another time is set by now."""
    now, plan = ctx.clock.now(), ctx.report_at
    try:
        await ctx.store.write(lambda tx: _plan(tx, now, plan))
    except StoreError as error:  # it is put at the next start
        log.warning("report.not_planned", why=str(error))


def _plan(tx: Transaction, now: datetime, plan: ReportTime | None) -> None:
    if plan is None:
        tx.remove_deadline(KEY)
        return
    there, following = tx.deadline(KEY), plan.next_after(now)
    if (
        there is None
        or there.due_at.astimezone(ZoneInfo(plan.zone)).time() != plan.at
        or there.due_at > following + DAY  # the clock was far ahead when it was put
    ):
        tx.put_deadline(_due(following))


def _due(at: datetime) -> Deadline:
    return Deadline(KEY, DeadlineKind.REPORT, at)
