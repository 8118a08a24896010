"""Put the deadlines of timed changes right that somebody deleted or altered by hand."""

from __future__ import annotations

import structlog

from bot.domain.audit.change_history import CONTRADICTED
from bot.errors import StoreError
from bot.ports import Transaction
from bot.service.context import Context, record_event
from bot.service.end_deadlines import wrong_deadlines

# Between two looks at them: by so much may be late what was deleted meanwhile.
EVERY_SECONDS = 3600.0
WHY = "the table deadlines did not say when it is taken back, or announced: it was put right"

log = structlog.get_logger(__name__)


async def check_deadlines(ctx: Context) -> None:
    """Compare the deadlines of each change that is on for a time, and record which are put right."""
    now = ctx.clock.now()

    def differ(tx: Transaction) -> bool:
        return any(wrong_deadlines(tx, one, now) for one in tx.timed_changes())

    def step(tx: Transaction) -> None:
        for change in tx.timed_changes():
            wrong = wrong_deadlines(tx, change, now)
            for deadline in wrong:
                tx.put_deadline(deadline)
            if wrong:
                log.error("deadlines.put_right", change=change.id)
                due = {one.kind.value: one.due_at.isoformat() for one in wrong}
                record_event(tx, ctx.clock, change, CONTRADICTED, {"why": WHY, "due": due})

    try:
        if await ctx.store.read(differ):
            await ctx.store.write(step)
    except StoreError as error:  # they are compared the next time
        log.warning("deadlines.not_checked", why=str(error))


async def check_every_hour(ctx: Context) -> None:
    """Compare them now and every hour, until it is cancelled."""
    while True:
        await check_deadlines(ctx)
        await ctx.sleep(EVERY_SECONDS)
