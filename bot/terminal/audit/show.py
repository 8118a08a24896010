"""`audit show`: an entry as a line for a terminal."""

from __future__ import annotations

from bot.ports import AuditFilter, Store
from bot.service.queries.audit import names_of, page_of
from bot.slack.views.audit.sentence import sentence
from bot.slack.views.audit.told import PLAIN
from bot.terminal.output import inert


async def last_lines(store: Store, change_id: str | None, limit: int) -> list[str]:
    """Return a line for each of the last entries, of one change or of all: its number, its time in
    UTC, its kind, its sentence and its change."""
    where = AuditFilter(change_id=change_id or "", whole_batch=True)
    page = await store.read(lambda tx: page_of(tx, tx.matching(where, limit=limit), names_of(tx)))
    lines = []
    for entry in page.entries:
        record = entry.record
        told = sentence(entry, page.story(entry), page.known, PLAIN)
        parts = (entry.seq, f"{record.at:%Y-%m-%d %H:%M:%S}", record.kind, told, record.change_id)
        lines.append(inert(" ".join(str(part) for part in parts if part)))
    return lines
