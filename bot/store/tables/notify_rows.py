"""Who is told of a change that waits, per customer."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.domain.notify import NotifyRule
from bot.domain.notify_terms import rule_of, terms_of
from bot.errors import InvalidInput
from bot.store.tables.rows import Row, Rows
from bot.store.times import as_text, as_time, in_utc


class NotifyRows(Rows):
    """The table ``notify_rules``."""

    def notify_rules(self) -> Sequence[NotifyRule]:
        return [rule for _, rule in self._notify_rows() if rule is not None]

    def unreadable_notify_rules(self) -> Sequence[str]:
        return [customer for customer, rule in self._notify_rows() if rule is None]

    def put_notify_rule(self, rule: NotifyRule) -> None:
        self._run(
            "INSERT INTO notify_rules (customer, terms, set_by, set_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (customer) DO UPDATE SET terms = excluded.terms, "
            "set_by = excluded.set_by, set_at = excluded.set_at",
            (
                rule.customer,
                json.dumps(terms_of(rule), ensure_ascii=False),
                rule.set_by,
                as_text(rule.set_at),
            ),
        )

    def remove_notify_rule(self, customer: str) -> bool:
        return bool(self._run("DELETE FROM notify_rules WHERE customer = ?", (customer,)))

    def _notify_rows(self) -> list[tuple[str, NotifyRule | None]]:
        rows = self._all("SELECT * FROM notify_rules ORDER BY customer")
        return [(row["customer"], _rule(row)) for row in rows]


def _rule(row: Row) -> NotifyRule | None:
    try:
        terms, set_at = json.loads(row["terms"]), in_utc(as_time(row["set_at"]))
        return rule_of(row["customer"], terms, row["set_by"], set_at)
    except (LookupError, TypeError, ValueError, RecursionError, InvalidInput):
        return None
