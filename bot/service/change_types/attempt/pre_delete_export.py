"""Export the users who are about to be deleted: listed, checked, and sent to the requester."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from hashlib import sha256

from bot.domain.change import Change
from bot.domain.mail_user import FLAG_NAMES, GROUPS
from bot.domain.scope import Filters
from bot.domain.user_files.csv_format import EXPORT_COLUMNS, CsvRow, csv_chunks
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import UserState
from bot.service.change_types.attempt.send import not_checked
from bot.service.context import Context, record_event

# The column for all other fields of the API's user object, as JSON.
MORE_COLUMN = "more"
# Until the file is with the requester: a slow list must end, too.
MAX_EXPORT_SECONDS = 900.0


async def export(ctx: Context, change: Change, filters: Filters) -> list[str]:
    """Send a CSV file of the matching users to the requester; return their addresses.

    Raises Refused where the list has another number of users than approved, or holds a user who
    does not match: an API that ignores a filter here may ignore it in the deletion. Raises BotError
    and OSError also where the file did not arrive.
    """
    found: dict[str, str] = {}
    digest = sha256()

    async def content() -> AsyncIterator[bytes]:
        rows = _rows(ctx, change, filters, found)
        async for piece in csv_chunks(rows, (*EXPORT_COLUMNS, MORE_COLUMN)):
            digest.update(piece)
            yield piece

    try:
        async with asyncio.timeout(MAX_EXPORT_SECONDS):
            where = await ctx.export_sink.save_export(change, content())
    except TimeoutError:
        raise Refused("They were not listed and brought to the requester in time.") from None
    detail = {"users": len(found), "file": where, "sha256": digest.hexdigest()}
    await ctx.store.write(
        partial(record_event, clock=ctx.clock, change=change, kind="change.exported", detail=detail)
    )
    return list(found.values())


def check_number(change: Change, now: int) -> None:
    """Raise Refused, with both numbers, where ``now`` is not what was approved."""
    then = change.preview.total if change.preview else None
    if then is None:
        raise Refused("The number of users was not known when it was decided.")
    if now != then:
        next_step = "Look who they are, then give the command again."
        raise Refused(f"{then:,} users when it was decided, {now:,} now. {next_step}")


def mismatches(customer: str, filters: Filters, user_state: UserState) -> list[str]:
    """Return the names of the filters that the API's answer for this user does not confirm."""
    wrong = [
        name
        for name in FLAG_NAMES
        if getattr(filters, name) is not None
        and getattr(user_state, name) is not getattr(filters, name)
    ]
    groups = user_state.fields.get(GROUPS)
    own = {str(one).casefold() for one in groups} if isinstance(groups, list | tuple) else set()
    if filters.groups and not own & {one.casefold() for one in filters.groups}:
        wrong.append("group")
    if user_state.fields.get("customer", customer) != customer:
        wrong.append("customer")
    return wrong


def nothing_deleted(change: Change) -> str:
    """Return `Nothing was deleted`, or `Nothing more …` after an attempt before."""
    return f"Nothing {'more ' if change.attempts > 1 else ''}was deleted"


def not_exported(change: Change, error: Exception) -> ContinuityError:
    """Return the error for a failed export: NotSent, tried again later, where the API did not
    answer.
    """
    if isinstance(error, NotSent | Ambiguous):
        return not_checked(error, "The users could not be listed")
    return Refused(f"{nothing_deleted(change)}. {error}")


async def _rows(
    ctx: Context, change: Change, filters: Filters, found: dict[str, str]
) -> AsyncIterator[list[CsvRow]]:
    then = (change.preview.total if change.preview else None) or 0
    # A list that never ends must not fill memory and disk.
    most = 2 * then + 1000
    async with aclosing(ctx.api.users(change.customer, filters)) as users:
        async for user_state in users:
            _check_match(change.customer, filters, user_state)
            if user_state.address.lower() in found:
                raise Refused(f"The API lists {user_state.address} twice.")
            if len(found) > most:
                raise Refused(
                    f"{then:,} users when it was decided, more than {most:,} are listed now."
                )
            found[user_state.address.lower()] = user_state.address
            yield [_row(user_state)]
    check_number(change, len(found))


def _row(user_state: UserState) -> CsvRow:
    row = user_state.csv_row()
    more = {name: value for name, value in row.items() if name not in EXPORT_COLUMNS}
    return {**row, MORE_COLUMN: json.dumps(more, ensure_ascii=False) if more else ""}


def _check_match(customer: str, filters: Filters, user_state: UserState) -> None:
    if wrong := mismatches(customer, filters, user_state):
        raise Refused(
            f"The API lists {user_state.address}, and does not tell that they match by "
            f"{' and '.join(wrong)}: its filters are not to be trusted with a deletion."
        )
