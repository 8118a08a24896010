"""What became of the named users of changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.domain.outcome import Cause, FailedUsers, UserOutcome, UserStatus
from bot.store.tables.index_conditions import NOT_APPLIED
from bot.store.tables.rows import Rows

MAX_REASONS = 100  # lines of a card; more have no room in 3,000 characters
MAX_ADDRESSES = 5  # of one reason
_NOT_APPLIED = [one for one in UserStatus if one is not UserStatus.APPLIED]
_RANK = " ".join(f"WHEN '{one}' THEN {number}" for number, one in enumerate(_NOT_APPLIED))


class OutcomeRows(Rows):
    """The table ``user_outcomes``."""

    def put_user_outcomes(self, change_id: str, outcomes: Iterable[UserOutcome]) -> None:
        self._connection.executemany(
            "INSERT INTO user_outcomes "
            "(change_id, address, status, reason, api_id, api_timestamp, cause) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (change_id, address) DO UPDATE SET "
            "status = excluded.status, reason = excluded.reason, api_id = excluded.api_id, "
            "api_timestamp = excluded.api_timestamp, cause = excluded.cause",
            (
                (
                    change_id,
                    one.address,
                    one.status.value,
                    one.reason,
                    one.api_id,
                    one.api_timestamp,
                    one.cause,
                )
                for one in outcomes
            ),
        )

    def user_outcomes(
        self,
        change_id: str,
        *,
        status: UserStatus | None = None,
        after: str = "",
        limit: int | None = None,
    ) -> Sequence[UserOutcome]:
        statuses = [] if status is None else [status.value]
        with_status = "AND status = ? " if statuses else ""
        rows = self._all(
            "SELECT address, status, reason, api_id, api_timestamp, cause FROM user_outcomes "  # noqa: S608  # only constants
            f"WHERE change_id = ? AND address > ? {with_status}ORDER BY address LIMIT ?",
            (change_id, after, *statuses, self._limited(limit)),
        )
        return [
            UserOutcome(
                row["address"],
                UserStatus(row["status"]),
                row["reason"],
                row["api_id"],
                row["api_timestamp"],
                Cause(row["cause"]) if row["cause"] else None,
            )
            for row in rows
        ]

    def delete_user_outcomes(self, change_id: str, status: UserStatus) -> None:
        self._run(
            "DELETE FROM user_outcomes WHERE change_id = ? AND status = ?",
            (change_id, status.value),
        )

    def failures(self, change_id: str) -> tuple[Sequence[FailedUsers], int]:
        rows = self._all(
            "SELECT reason, COUNT(*) AS users, COUNT(*) OVER () AS reasons, "  # noqa: S608  # only constants
            f"MIN(CASE status {_RANK} END || address) AS first FROM user_outcomes "
            f"WHERE change_id = ? AND {NOT_APPLIED} GROUP BY reason ORDER BY first LIMIT ?",
            (change_id, MAX_REASONS),
        )
        shown = [
            FailedUsers(row["reason"], row["users"], self._first_failed(change_id, row["reason"]))
            for row in rows
        ]
        return shown, rows[0]["reasons"] - len(shown) if rows else 0

    def _first_failed(self, change_id: str, reason: str) -> tuple[str, ...]:
        found = list[str]()
        for status in _NOT_APPLIED:
            rows = self._all(
                f"SELECT address FROM user_outcomes WHERE {NOT_APPLIED} AND change_id = ? "  # noqa: S608  # only constants
                "AND reason = ? AND status = ? ORDER BY address LIMIT ?",
                (change_id, reason, status.value, MAX_ADDRESSES - len(found)),
            )
            found += [row["address"] for row in rows]
        return tuple(found)

    def count_user_outcomes(self, change_id: str) -> dict[UserStatus, int]:
        rows = self._all(
            "SELECT status, COUNT(*) AS users FROM user_outcomes WHERE change_id = ? GROUP BY status",
            (change_id,),
        )
        counted = {UserStatus(row["status"]): int(row["users"]) for row in rows}
        return dict.fromkeys(UserStatus, 0) | counted
