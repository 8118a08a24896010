"""Bring audit entries to one person as two files, CSV and JSON, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from bot.domain.user_files.csv_format import CsvRow, csv_chunks
from bot.errors import BotError, SlackError
from bot.service.queries.audit import AuditRequest, audit_pages, record_audit_export
from bot.slack.api.files import upload
from bot.slack.features.base.context import FeatureContext
from bot.slack.views.audit import answer
from bot.slack.views.audit.file import COLUMNS, csv_row, json_chunks
from bot.slack.views.texts import audit as texts

MAX_EXPORT_SECONDS = 900.0


async def export_audit(deps: FeatureContext, request: AuditRequest) -> str:
    """Send the files and return what the person alone reads. Raises BotError.

    That they are made is recorded first: nothing leaves that is not recorded.
    """
    count, last = await record_audit_export(deps.ctx, request)
    if not count:
        return texts.NONE
    try:
        async with asyncio.timeout(MAX_EXPORT_SECONDS):
            await _send(deps, request, count, last)
    except (SlackError, OSError, TimeoutError) as error:
        raise BotError(answer.files_failed(error)) from None
    return texts.FILES_SENT.format(count)


async def _send(deps: FeatureContext, request: AuditRequest, count: int, last: int) -> None:
    now = deps.ctx.clock.now()
    name = "-".join(
        filter(
            None,
            ("audit", request.command.customer, request.where.change_id, f"{now:%Y%m%d-%H%M%S}"),
        )
    )
    title, comment = answer.file_title(request), answer.file_comment(request, count)
    to = request.actor.user
    rows = csv_chunks(_rows(deps, request, last), COLUMNS)
    await upload(
        deps.client, channel=to, name=f"{name}.csv", title=title, chunks=rows, comment=comment
    )
    lines = json_chunks(audit_pages(deps.ctx.store, request.where, last))
    await upload(deps.client, channel=to, name=f"{name}.json", title=title, chunks=lines)


async def _rows(
    deps: FeatureContext, request: AuditRequest, last: int
) -> AsyncIterator[Iterable[CsvRow]]:
    async for page in audit_pages(deps.ctx.store, request.where, last):
        yield [csv_row(entry, page.story(entry), page.known) for entry in page.entries]
