"""Put deadlines right that somebody deleted or altered by hand: of timed changes, and of owed reviews."""

from __future__ import annotations

import structlog

from bot.domain.audit.change_history import CONTRADICTED
from bot.domain.deadline import Deadline
from bot.errors import StoreError
from bot.ports import Transaction
from bot.service.context import Context, record_event
from bot.service.end_deadlines import wrong_deadlines
from bot.service.reach.emergency import wrong_reminder

# Between two looks at them: by so much may be late what was deleted meanwhile.
EVERY_SECONDS = 3600.0
WHY = "the table deadlines did not say what is due of it, and when: it was put right"

log = structlog.get_logger(__name__)


async def check_deadlines(ctx: Context) -> None:
    """Compare those of each change that is on for a time or has to be reviewed; record what is put right."""

    def wrong(tx: Transaction) -> dict[str, list[Deadline]]:
        now = ctx.clock.now()
        timed = {one.id: wrong_deadlines(tx, one, now) for one in tx.timed_changes()}
        for one in tx.reviews_owed():
            timed[one.id] = timed.get(one.id, []) + wrong_reminder(tx, ctx, one)
        return {change_id: found for change_id, found in timed.items() if found}

    def step(tx: Transaction) -> None:
        for change_id, deadlines in wrong(tx).items():
            for deadline in deadlines:
                tx.put_deadline(deadline)
            log.error("deadlines.put_right", change=change_id)
            if (change := tx.change(change_id)) is not None:
                due = {one.kind.value: one.due_at.isoformat() for one in deadlines}
                record_event(tx, ctx.clock, change, CONTRADICTED, {"why": WHY, "due": due})

    try:
        if await ctx.store.read(wrong):
            await ctx.store.write(step)
    except StoreError as error:  # they are compared the next time
        log.warning("deadlines.not_checked", why=str(error))


async def check_every_hour(ctx: Context) -> None:
    """Compare them now and every hour, until it is cancelled."""
    while True:
        await check_deadlines(ctx)
        await ctx.sleep(EVERY_SECONDS)
