"""Send to many users one by one, in batches that are saved and after which it may be stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial

from bot.domain.outcome import Outcome, UserOutcome, UserStatus
from bot.ports import MessageKind, Transaction
from bot.service.context import Context
from bot.service.parallel import MAX_PARALLEL_REQUESTS

# chat.update may be called 50 times a minute, and the outcome needs some of them.
PROGRESS_INTERVAL = timedelta(seconds=3)
# After so many batches without any answer it is read back before more is sent.
MAX_UNANSWERED_BATCHES = 2


async def in_batches(
    ctx: Context,
    change_id: str,
    todo: Sequence[str],
    send: Callable[[str], Awaitable[UserOutcome]],
    *,
    settled: int,
) -> Sequence[str]:
    """Send to each address, MAX_PARALLEL_REQUESTS at a time; return the addresses that were not
    sent.

    It ends where somebody asked to stop, after a batch that did not reach the API, and after two
    batches without an answer. ``settled`` users were answered by an attempt before.
    """
    shown_at, lost = ctx.clock.now() - PROGRESS_INTERVAL, 0  # the first batch is shown at once
    for start in range(0, len(todo), MAX_PARALLEL_REQUESTS):
        end = min(start + MAX_PARALLEL_REQUESTS, len(todo))
        fresh = await asyncio.gather(*(send(address) for address in todo[start:end]))
        now, last = ctx.clock.now(), end == len(todo)
        show = not last and now - shown_at >= PROGRESS_INTERVAL
        shown_at = now if show else shown_at
        stopped = await ctx.store.write(
            partial(
                _save, change_id=change_id, rows=fresh, done=settled + end, show=show, last=last
            )
        )
        if show:
            ctx.wake_publisher()
        silent = all(row.status is UserStatus.UNKNOWN for row in fresh)
        lost = lost + 1 if silent else 0
        unsent = all(row.status is UserStatus.NOT_SENT for row in fresh)
        if stopped or unsent or lost == MAX_UNANSWERED_BATCHES:
            return todo[end:]
    return ()


def last_receipt(rows: Sequence[UserOutcome]) -> Outcome:
    """Return the API's id and timestamp of the last answer; answers with an id come first."""
    answered = [row for row in rows if row.api_id is not None]
    last = next((row for row in reversed(answered) if row.api_id), None)
    last = last or (answered[-1] if answered else None)
    return Outcome(api_id=last.api_id, api_timestamp=last.api_timestamp) if last else Outcome()


def _save(
    tx: Transaction,
    change_id: str,
    rows: Sequence[UserOutcome],
    done: int,
    *,
    show: bool,
    last: bool,
) -> bool:
    """Save the outcomes of a batch; return whether sending has to end."""
    tx.put_user_outcomes(change_id, rows)
    current = tx.change(change_id)
    if current is None:
        return True
    # The rows above are the record. The change, which may name every user, is written for its card only.
    if show or last or current.stopped_by is not None:
        after = current.revised(done=done)
        tx.save_change(after)
        if show:
            tx.enqueue_message(MessageKind.CARD, after)
    return current.stopped_by is not None
