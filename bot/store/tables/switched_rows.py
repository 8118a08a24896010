"""What was switched and may still hold: read by an index, customer by customer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.domain.actions import topics_that_switch
from bot.domain.change import Change
from bot.domain.change_state import TOOK_EFFECT
from bot.domain.scope import Flag
from bot.store.tables.change_rows import ChangeRows
from bot.store.tables.rows import among
from bot.store.times import as_text

# Of one statement.
MAX_ADDRESSES = 500

# The numbers of all customers, each found behind the one before.
_ALL_CUSTOMERS = """
    SELECT MIN(customer) FROM changes
    UNION ALL
    SELECT (SELECT MIN(customer) FROM changes WHERE customer > known.customer)
    FROM known WHERE known.customer IS NOT NULL
"""
# Which changes switch a flag, and which of them, applied for everyone, leave nothing of what was before.
# An activate leaves it where a step was skipped, and a drill leaves what is on at the real API.
_TOPICS = ", ".join(f"('{flag}', '{topic}')" for flag in Flag for topic in topics_that_switch(flag))
_ENDS = "('failover', 'failover'), ('failover', 'restore'), ('access', 'access')"
# For each customer, kind of change and kind of scope: since when changes count, and the oldest that is read.
# Most customers have nothing on: the change that switched it off for everyone is not parsed, where none
# before it counts for the other flag. In a body, quotes in a text are escaped, so that the key stands for
# itself.
_SWITCHED = """
    WITH RECURSIVE known (customer) AS ({known}),
    topics (flag, topic) AS (VALUES {topics}),
    ends (flag, topic) AS (VALUES {ends}),
    kinds (kind) AS (VALUES ('everyone'), ('groups'), ('users')),
    ended (customer, flag, at) AS (
      SELECT customer, flag, COALESCE((
        SELECT CASE {find}(one.body, '"drill":true') WHEN 0 THEN one.started_at END FROM changes AS one
        WHERE one.customer = known.customer AND one.flag = ends.topic
          AND one.scope_kind = 'everyone' AND one.started_at IS NOT NULL AND one.state = 'applied'
        ORDER BY one.started_at DESC LIMIT 1), '')
      FROM known CROSS JOIN ends WHERE known.customer IS NOT NULL),
    latest (customer, flag, at) AS (
      SELECT customer, flag, MAX(at) FROM ended GROUP BY customer, flag),
    since (customer, topic, at) AS (
      SELECT latest.customer, topics.topic, MIN(latest.at)
      FROM latest JOIN topics ON topics.flag = latest.flag
      GROUP BY latest.customer, topics.topic),
    part (customer, topic, kind, at) AS (
      SELECT customer, topic, kind, COALESCE((
        SELECT one.started_at FROM changes AS one
        WHERE one.customer = since.customer AND one.flag = since.topic
          AND one.scope_kind = kinds.kind AND one.started_at >= since.at
        ORDER BY one.started_at DESC LIMIT 1 OFFSET ?), since.at)
      FROM since CROSS JOIN kinds)
    SELECT found.id, found.body FROM part {changes_of_part}
    WHERE NOT (found.scope_kind = 'everyone' AND found.state = 'applied'
      AND {find}(found.body, '"on":false') > 0
      AND NOT EXISTS (
        SELECT 1 FROM changes AS several
        WHERE several.customer = found.customer AND several.flag = 'activate'))
    ORDER BY found.started_at, found.rowid
"""
_OF_PART = (
    "found.customer = part.customer AND found.flag = part.topic "
    "AND found.scope_kind = part.kind AND found.started_at >= part.at"
)


class SwitchedRows(ChangeRows):
    """Further queries of the table ``changes``."""

    def switched(self, customers: Collection[str] | None = None, *, limit: int) -> Sequence[Change]:
        if customers is not None and not customers:
            return []
        known = _ALL_CUSTOMERS
        if customers is not None:
            known = f"VALUES {', '.join(['(?)'] * len(customers))}"
        changes = self._dialect.for_each.format(table="changes", name="found", condition=_OF_PART)
        find = self._dialect.find
        sql = _SWITCHED.format(
            known=known, topics=_TOPICS, ends=_ENDS, changes_of_part=changes, find=find
        )
        return self._readable(self._all(sql, (*(customers or ()), limit - 1)))

    def timed_changes(self) -> Sequence[Change]:
        rows = self._all(
            f"SELECT id, body FROM changes WHERE {among('state', len(TOOK_EFFECT))} "  # noqa: S608  # only question marks
            f'AND {self._dialect.find}(body, \'"ends_at":"\') > 0 ORDER BY created_at, rowid',
            sorted(TOOK_EFFECT),
        )
        return self._readable(rows)

    def deletions_since(
        self, customers: Collection[str], since: datetime, *, limit: int
    ) -> Sequence[Change]:
        rows = self._all(
            f"SELECT id, body FROM changes WHERE {among('customer', len(customers))} "  # noqa: S608  # only question marks
            "AND flag IN ('delete', 'purge') AND scope_kind IN ('users', 'filters') "
            "AND started_at >= ? ORDER BY started_at DESC, rowid DESC LIMIT ?",
            (*customers, as_text(since), limit),
        )
        return self._readable(rows)

    def deleted_among(self, change_id: str, addresses: Collection[str]) -> Collection[str]:
        spelled = sorted({*addresses, *(one.lower() for one in addresses)})
        found = set[str]()
        for at in range(0, len(spelled), MAX_ADDRESSES):
            part = spelled[at : at + MAX_ADDRESSES]
            rows = self._all(
                "SELECT address FROM user_outcomes WHERE change_id = ? AND status = 'applied' "  # noqa: S608  # only question marks
                f"AND {among('address', len(part))}",
                (change_id, *part),
            )
            found |= {row["address"].lower() for row in rows}
        return found
