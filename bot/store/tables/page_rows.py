"""What each pager has to show of a change, and what it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from bot.domain.change import Change
from bot.domain.page import PageState
from bot.ports.page_rows import PageRow
from bot.store.tables.rows import Row, Rows, among
from bot.store.times import as_optional_text, as_optional_time, as_text, as_time

_BEFORE = {
    PageState.ACKNOWLEDGED: (PageState.TRIGGERED,),
    PageState.RESOLVED: (PageState.TRIGGERED, PageState.ACKNOWLEDGED),
}
_STATES = tuple(one.value for one in PageState)
# So many are read at once; the others are due later.
_MAX_DUE = 100


class PageRows(Rows):
    """The table ``pages``.

    A row that this version cannot read, as one of a state that a later version put, is left alone and
    holds up no other.
    """

    def want_page(self, change: Change, state: PageState, pagers: Collection[str] = ()) -> None:
        now = as_text(self._clock.now())
        if state is PageState.TRIGGERED:
            for pager in pagers:
                self._run(
                    "INSERT INTO pages (change_id, pager, wanted, shown, tries, error, asked_at) "
                    "VALUES (?, ?, ?, '', 0, '', ?) ON CONFLICT (change_id, pager) DO NOTHING",
                    (change.id, pager, state.value, now),
                )
            return
        before = [one.value for one in _BEFORE[state]]
        self._run(
            "UPDATE pages SET asked_at = CASE WHEN shown = wanted THEN ? ELSE asked_at END, "  # noqa: S608  # only marks
            f"wanted = ?, due_at = NULL WHERE change_id = ? AND {among('wanted', len(before))}",
            (now, state.value, change.id, *before),
        )

    def pages(self, change_id: str) -> Sequence[PageRow]:
        rows = self._all("SELECT * FROM pages WHERE change_id = ? ORDER BY pager", (change_id,))
        return _readable(rows)

    def due_pages(self, pager: str, now: datetime, at_most: datetime) -> Sequence[PageRow]:
        rows = self._all(
            f"SELECT * FROM pages WHERE shown <> wanted AND pager = ? AND {among('wanted', len(_STATES))} "  # noqa: S608  # only marks
            "AND (due_at IS NULL OR due_at <= ? OR due_at > ?) "
            "ORDER BY asked_at, change_id LIMIT ?",
            (pager, *_STATES, as_text(now), as_text(at_most), _MAX_DUE),
        )
        return _readable(rows)

    def save_page(self, row: PageRow) -> None:
        self._run(
            "UPDATE pages SET shown = ?, tries = ?, error = ?, due_at = ? "
            "WHERE change_id = ? AND pager = ?",
            (
                row.shown.value if row.shown else "",
                row.tries,
                row.error,
                as_optional_text(row.due_at),
                row.change_id,
                row.pager,
            ),
        )

    def failing_pages(self, pager: str) -> int:
        row = self._first(
            "SELECT COUNT(*) AS number FROM pages "
            "WHERE shown <> wanted AND pager = ? AND error <> ''",
            (pager,),
        )
        return int(row["number"]) if row else 0

    def pages_behind_since(self) -> datetime | None:
        row = self._first("SELECT MIN(asked_at) AS since FROM pages WHERE shown <> wanted")
        return as_optional_time(row["since"]) if row else None

    def forget_pages(self, pagers: Collection[str]) -> None:
        self._run(
            "UPDATE pages SET shown = wanted, error = '', due_at = NULL "  # noqa: S608  # only marks
            f"WHERE shown <> wanted AND NOT ({among('pager', len(pagers))})",
            (*pagers,),
        )


def _readable(rows: Iterable[Row]) -> list[PageRow]:
    found = list[PageRow]()
    for row in rows:
        with suppress(ValueError):
            found.append(_page_row(row))
    return found


def _page_row(row: Row) -> PageRow:
    return PageRow(
        row["change_id"],
        row["pager"],
        PageState(row["wanted"]),
        PageState(row["shown"]) if row["shown"] else None,
        as_time(row["asked_at"]),
        row["tries"],
        row["error"],
        as_optional_time(row["due_at"]),
    )
