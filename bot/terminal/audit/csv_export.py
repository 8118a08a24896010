"""The audit trail as csv, for people and spreadsheets: sentences, columns and hashes."""

from __future__ import annotations

from contextlib import aclosing
from typing import TextIO

from bot.domain.user_files.csv_format import csv_lines
from bot.ports import AuditFilter, Store
from bot.service.queries.audit import audit_pages
from bot.slack.views.audit.file import COLUMNS, csv_row


async def export_csv(store: Store, out: TextIO) -> None:
    """Write every entry, with a header; the columns are those of `/continuity audit --file`."""
    out.writelines(csv_lines((), COLUMNS))
    async with aclosing(audit_pages(store, AuditFilter())) as pages:
        async for page in pages:
            rows = (csv_row(one, page.story(one), page.known) for one in page.entries)
            out.writelines(csv_lines(rows, COLUMNS, header=False))
    out.flush()  # a closed pipe is noticed here and not at exit
