"""A change that a use case works on: a row, so that executor and use cases of every replica see it."""

from __future__ import annotations

import structlog

from bot.errors import Conflict, LeaseLost, StoreError
from bot.ports import Transaction
from bot.service.context import Context

RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


def claim(tx: Transaction, ctx: Context, change_id: str, taken: str) -> None:
    """Claim the change for this replica. Raises Conflict with the sentence ``taken`` where one did."""
    if change_id in tx.claimed_changes():
        raise Conflict(taken)
    tx.claim_change(change_id, ctx.replica_id())


def release(tx: Transaction, ctx: Context, change_id: str) -> None:
    """Delete the claim of this replica."""
    tx.release_change(change_id, ctx.replica_id())


async def release_now(ctx: Context, change_id: str) -> None:
    """Delete the claim in a step of its own, retrying until the store takes it.

    A replica that lost its lease has no claims any more.
    """
    while True:
        try:
            return await ctx.store.write(lambda tx: release(tx, ctx, change_id))
        except LeaseLost:
            return None
        except StoreError as error:
            log.warning("claim.not_released", change=change_id, why=str(error))
            await ctx.sleep(RETRY_SECONDS)
