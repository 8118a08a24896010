"""The data of the users who are about to be deleted: listed, checked, and brought to the requester."""

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

MORE_COLUMN = "more"  # the column for what the API tells besides, as JSON: nothing may be lost
MAX_EXPORT_SECONDS = (
    900.0  # seconds until the file is with the requester: a list that drips must end, too
)


async def export(ctx: Context, change: Change, filters: Filters) -> list[str]:
    """Bring a CSV file of the matching users to the requester; return their addresses.

    Raises Refused where the list is not the approved number of users, or names one who does not
    match: who ignores a filter here could ignore it there. Raises BotError and OSError also where the
    file did not arrive.
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


def mismatches(customer: str, filters: Filters, told: UserState) -> list[str]:
    """Return by what the API does not tell that this user is one of those that were asked for."""
    wrong = [
        name
        for name in FLAG_NAMES
        if getattr(filters, name) is not None and getattr(told, name) is not getattr(filters, name)
    ]
    groups = told.fields.get(GROUPS)
    own = {str(one).casefold() for one in groups} if isinstance(groups, list | tuple) else set()
    if filters.groups and not own & {one.casefold() for one in filters.groups}:
        wrong.append("group")
    if told.fields.get("customer", customer) != customer:
        wrong.append("customer")
    return wrong


def nothing_deleted(change: Change) -> str:
    """`Nothing was deleted`, as far as that is known: an attempt before may have deleted some."""
    return f"Nothing {'more ' if change.attempts > 1 else ''}was deleted"


def not_exported(change: Change, error: Exception) -> ContinuityError:
    """Return the error for data that did not get to the requester: a silent API is asked again later."""
    if isinstance(error, NotSent | Ambiguous):
        return not_checked(error, "The users could not be listed")
    return Refused(f"{nothing_deleted(change)}. {error}")


async def _rows(
    ctx: Context, change: Change, filters: Filters, found: dict[str, str]
) -> AsyncIterator[list[CsvRow]]:
    then = (change.preview.total if change.preview else None) or 0
    most = 2 * then + 1000  # up to there both numbers are told
    async with aclosing(ctx.api.users(change.customer, filters)) as users:
        async for told in users:
            _check_match(change.customer, filters, told)
            if told.address.lower() in found:
                raise Refused(f"The API lists {told.address} twice.")
            if len(found) > most:  # never ends, perhaps: memory and disk do
                raise Refused(
                    f"{then:,} users when it was decided, more than {most:,} are listed now."
                )
            found[told.address.lower()] = told.address
            yield [_row(told)]
    check_number(change, len(found))


def _row(told: UserState) -> CsvRow:
    row = told.csv_row()
    more = {name: value for name, value in row.items() if name not in EXPORT_COLUMNS}
    return {**row, MORE_COLUMN: json.dumps(more, ensure_ascii=False) if more else ""}


def _check_match(customer: str, filters: Filters, told: UserState) -> None:
    if wrong := mismatches(customer, filters, told):
        raise Refused(
            f"The API lists {told.address}, and does not tell that they match by "
            f"{' and '.join(wrong)}: its filters are not to be trusted with a deletion."
        )
