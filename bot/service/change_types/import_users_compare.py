"""Compare the rows of an import with what the API tells of the same users, in bounded memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from bot.domain.change import Change
from bot.domain.limits import MAX_SINGLE_READS
from bot.domain.mail_user import FLAGS, differences
from bot.domain.user_files.import_rows import ImportCounts, ImportRow, RowStatus
from bot.errors import Refused
from bot.ports import Transaction, UserState
from bot.service.change_types.attempt import read_state
from bot.service.context import Context

# Compared in one transaction of about 20 ms.
USERS_PER_STEP = 1000


async def compare(ctx: Context, change: Change) -> ImportCounts:
    """Save for each row what the API tells of the user, and return how many differ.

    Raises ContinuityError; then an earlier comparison is void. Raises Refused where the rows of the
    file are deleted.
    """
    await ctx.store.write(lambda tx: tx.begin_comparison(change.id))
    page: list[UserState] = []
    async with aclosing(_users(ctx, change)) as users:
        async for state in users:
            page.append(state)
            if len(page) == USERS_PER_STEP:
                await ctx.store.write(partial(_save, change_id=change.id, states=page))
                page = []

    def end(tx: Transaction) -> ImportCounts | None:
        _save(tx, change.id, page)
        tx.end_comparison(change.id)
        return tx.import_counts(change.id)

    numbers = await ctx.store.write(end)
    if numbers is None:
        raise Refused("The rows of the file are not kept any more. Import it again.")
    return numbers


async def _users(ctx: Context, change: Change) -> AsyncGenerator[UserState, None]:
    """Yield the users of the file; all users of the customer where the file has more than 50.

    All, too, where the API does not know one: they may be there in other upper or lower case, and
    must not be created a second time.
    """
    rows = await ctx.store.read(lambda tx: tx.import_rows(change.id, limit=MAX_SINGLE_READS + 1))
    if len(rows) <= MAX_SINGLE_READS:
        addresses = [row.address for row in rows]
        found = await read_state.users(ctx, change, addresses, otherwise=False)
        read_state.raise_unknown(found)
        known = [answer for answer in found.values() if isinstance(answer, UserState)]
        if len(known) == len(addresses):
            for state in known:
                yield state
            return
    async with aclosing(ctx.api.users(change.customer)) as users:
        async for state in users:
            yield state


def _save(tx: Transaction, change_id: str, states: Sequence[UserState]) -> None:
    by_address = {state.address.lower(): state for state in states}
    rows = tx.import_rows_of(change_id, by_address)
    tx.save_compared(change_id, [_compared(row, by_address[row.address.lower()]) for row in rows])


def _compared(row: ImportRow, state: UserState) -> ImportRow:
    if not differences(state.fields, row.fields):
        return replace(row, api_fields=None, status=RowStatus.UNCHANGED)
    fields = {name: value for name, value in state.fields.items() if name not in FLAGS}
    return replace(row, api_fields={**fields, "user": state.address}, status=RowStatus.CHANGED)
