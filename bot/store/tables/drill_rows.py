"""Drills: the score sheet as JSON, `{}` while one runs."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from functools import cache

from pydantic import TypeAdapter

from bot.domain.drill import Drill, Scenario, Score
from bot.store.tables.rows import Row, Rows, among
from bot.store.times import as_optional_text, as_optional_time, as_text, as_time, in_utc


class DrillRows(Rows):
    """The table ``drills``."""

    def put_drill(self, drill: Drill) -> None:
        score = drill.score.as_json() if drill.score else {}
        self._run(
            "INSERT INTO drills (id, customer, scenario, channel, started_by, started_at, ended_at, "
            "score) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            "ended_at = excluded.ended_at, score = excluded.score",
            (
                drill.id,
                drill.customer,
                drill.scenario.value,
                drill.channel,
                drill.started_by,
                as_text(drill.started_at),
                as_optional_text(drill.ended_at),
                json.dumps(score, ensure_ascii=False),
            ),
        )

    def drill(self, drill_id: str) -> Drill | None:
        return next((one for _, one in self._drills("id = ?", [drill_id])), None)

    def running_drill(self, customer: str) -> Drill | None:
        rows = self._drills("customer = ? AND ended_at IS NULL", [customer])
        return next((one for _, one in rows if one), None)

    def drills(
        self, customers: Collection[str] | None = None, limit: int | None = None
    ) -> Sequence[Drill]:
        if customers is not None and not customers:
            return []
        names = sorted(customers or ())
        where = among("customer", len(names)) if names else "TRUE"
        return [one for _, one in self._drills(where, names, limit) if one]

    def unreadable_drills(self) -> Sequence[str]:
        return [drill_id for drill_id, one in self._drills() if one is None]

    def _drills(
        self, where: str = "TRUE", values: Sequence[str] = (), limit: int | None = None
    ) -> list[tuple[str, Drill | None]]:
        rows = self._all(
            f"SELECT * FROM drills WHERE {where} ORDER BY started_at DESC, id LIMIT ?",  # noqa: S608  # our own conditions
            (*values, self._dialect.no_limit if limit is None else limit),
        )
        return [(row["id"], _drill(row)) for row in rows]


def _drill(row: Row) -> Drill | None:
    try:
        ended_at = as_optional_time(row["ended_at"])
        return Drill(
            row["id"],
            row["customer"],
            Scenario(row["scenario"]),
            row["channel"],
            row["started_by"],
            in_utc(as_time(row["started_at"])),
            in_utc(ended_at) if ended_at else None,
            _score(row["score"]),
        )
    except (LookupError, TypeError, ValueError, RecursionError):
        return None


def _score(text: str) -> Score | None:
    held = json.loads(text)
    return _reader().validate_python(held) if held else None


@cache
def _reader() -> TypeAdapter[Score]:
    return TypeAdapter(Score)
