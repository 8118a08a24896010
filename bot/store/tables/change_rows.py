"""Changes."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from bot.domain.actions import MoveEnd
from bot.domain.change import Change
from bot.domain.change_state import AWAITING, OPEN, State
from bot.domain.scope import Users
from bot.errors import Conflict, StoreUnusable
from bot.ports import Clock, StoredChange
from bot.store.tables.change_codec import read_change, seal_of, write_change
from bot.store.tables.import_rows import import_digest
from bot.store.tables.rows import Connection, Dialect, Row, Rows, among, marks
from bot.store.times import as_optional_text, as_optional_time, as_text, as_time

MOVING = 8  # of the columns, the first ones; the others stay as it was proposed
_OPEN = (*sorted(OPEN), State.NEEDS_OPERATOR)

# 5,000 addresses are not parsed where a search in the text does not find the one.
_OF_USER = """
    SELECT id, body FROM changes WHERE rowid IN (
      SELECT rowid FROM changes WHERE rowid IN (
        SELECT rowid FROM changes WHERE customer = ?
        ORDER BY created_at DESC, rowid DESC LIMIT ?)
      AND CASE scope_kind
        WHEN 'everyone' THEN TRUE
        WHEN 'users' THEN {find}(lower(body), ?) > 0 AND EXISTS (
          SELECT 1 FROM {addresses} AS address WHERE lower(address.value) = ?)
        WHEN 'groups' THEN EXISTS (SELECT 1 FROM {names} AS name WHERE {in_groups})
        ELSE EXISTS (
          SELECT 1 FROM user_outcomes AS outcome
          WHERE outcome.change_id = changes.id AND outcome.address IN (?, ?))
        END
      ORDER BY created_at DESC, rowid DESC LIMIT ?)
    ORDER BY created_at DESC, rowid DESC
"""


class ChangeRows(Rows):
    """The table ``changes``."""

    def __init__(self, connection: Connection, dialect: Dialect, clock: Clock) -> None:
        super().__init__(connection, dialect, clock)
        self._unreadable: dict[str, str] = {}

    def change(self, change_id: str) -> Change | None:
        row = self._first("SELECT body FROM changes WHERE id = ?", (change_id,))
        return self._read(change_id, row["body"]) if row else None

    def stored_changes(
        self, *, after: str = "", limit: int | None = None
    ) -> Sequence[StoredChange]:
        rows = self._all(
            "SELECT * FROM changes WHERE id > ? ORDER BY id LIMIT ?", (after, self._limited(limit))
        )
        return [self._stored(row) for row in rows]

    def stored_change(self, change_id: str) -> StoredChange | None:
        row = self._first("SELECT * FROM changes WHERE id = ?", (change_id,))
        return self._stored(row) if row else None

    def _stored(self, row: Row) -> StoredChange:
        change, columns = None, dict[str, object]()
        with contextlib.suppress(StoreUnusable):
            change = self._read(row["id"], row["body"])
            columns = _columns(change)
        unlike = tuple(name for name, value in columns.items() if not _same(row[name], value))
        rows = import_digest(self._connection, row["id"]) if row["scope_kind"] == "file" else ""
        return StoredChange(row["id"], change, seal_of(row["body"]), unlike, rows)

    @property
    def unreadable(self) -> dict[str, str]:
        return self._unreadable

    def add_change(self, change: Change) -> None:
        row = {**_columns(change), "body": write_change(change)}
        written = self._run(
            f"INSERT INTO changes ({', '.join(row)}) VALUES ({marks(len(row))}) "  # noqa: S608  # our own names
            "ON CONFLICT (id) DO NOTHING",
            tuple(row.values()),
        )
        if not written:
            raise Conflict(f"There is a change {change.id} already.")

    def save_change(self, change: Change) -> None:
        moving = itertools.islice(_columns(change).values(), MOVING)
        written = self._run(
            "UPDATE changes SET revision = ?, state = ?, deadline = ?, ambiguous_at = ?, begun_at = ?, "
            "started_at = ?, previewed = ?, review = ?, body = ? WHERE id = ? AND revision = ?",
            (*moving, write_change(change), change.id, change.revision - 1),
        )
        if not written:
            raise Conflict(f"{change.id} has moved on meanwhile; look at its card.")

    def changes(
        self,
        *,
        states: Collection[State] | None = None,
        customer: str | None = None,
        customers: Collection[str] | None = None,
        topics: Collection[str] | None = None,
        scopes: Collection[str] | None = None,
        requesters: Collection[str] | None = None,
        limit: int | None = None,
        oldest: bool = False,
    ) -> Sequence[Change]:
        where, values = _where(
            states,
            [customer] if customer is not None else customers,
            topics,
            scopes,
            requesters,
        )
        # They are found by an index alone, not by sorting the bodies of all that are open.
        way = "ASC" if oldest else "DESC"
        order = f"ORDER BY created_at {way}, rowid {way}"
        rows = self._all(
            "SELECT id, body FROM changes WHERE rowid IN "  # noqa: S608  # only constants and question marks
            f"(SELECT rowid FROM changes WHERE {where} {order} LIMIT ?) {order}",
            (*values, self._limited(limit)),
        )
        return self._readable(rows)

    def changes_of_batch(self, batch: str) -> Sequence[Change]:
        rows = self._all(
            "SELECT id, body FROM changes WHERE batch = ? ORDER BY id <> batch, created_at, rowid",
            (batch,),
        )
        return self._readable(rows)

    def changes_of_user(
        self, customer: str, address: str, groups: Collection[str], *, searched: int, limit: int
    ) -> Sequence[Change]:
        key = address.lower()
        sql = _OF_USER.format(
            find=self._dialect.find,
            addresses=self._elements("body", "scope.addresses"),
            names=self._elements("body", "scope.names"),
            in_groups=among("name.value", len(groups)),
        )
        values = (customer, searched, f'"{key}"', key, *groups, address, key, limit)
        return self._readable(self._all(sql, values))

    def count_changes(
        self,
        states: Collection[State],
        *,
        customers: Collection[str] | None = None,
        topic: str | None = None,
    ) -> int:
        where, values = _where(states, customers, [topic] if topic is not None else None)
        row = self._first(f"SELECT COUNT(*) AS changes FROM changes WHERE {where}", values)  # noqa: S608  # only constants and question marks
        return int(row["changes"]) if row else 0

    def change_ids(self, states: Collection[State]) -> Sequence[str]:
        rows = self._all(
            f"SELECT id FROM changes WHERE {among('state', len(states))} "  # noqa: S608  # only question marks
            "ORDER BY created_at, rowid",
            [state.value for state in states],
        )
        return [row["id"] for row in rows]

    def reviews_owed(
        self, customers: Collection[str] | None = None, limit: int | None = None
    ) -> Sequence[Change]:
        among_them = "TRUE" if customers is None else among("customer", len(customers))
        rows = self._all(
            f"SELECT id, body FROM changes WHERE review = 'owed' AND {among_them} "  # noqa: S608  # only constants and question marks
            "ORDER BY created_at, rowid LIMIT ?",
            (*(customers or ()), self._limited(limit)),
        )
        return self._readable(rows)

    def count_reviews_owed(self) -> tuple[int, datetime | None]:
        row = self._first(
            "SELECT COUNT(*) AS number, MIN(created_at) AS oldest FROM changes WHERE review = 'owed'"
        )
        return (int(row["number"]), as_optional_time(row["oldest"])) if row else (0, None)

    def changes_without_preview(self) -> Sequence[str]:
        rows = self._all(
            f"SELECT id FROM changes WHERE state IN ({marks(len(AWAITING))}) "  # noqa: S608  # only question marks
            "AND previewed = 0 ORDER BY created_at, rowid",
            [state.value for state in AWAITING],
        )
        return [row["id"] for row in rows]

    def overdue_changes(self, now: datetime) -> Sequence[Change]:
        states = AWAITING | {State.APPROVED}
        rows = self._all(
            f"SELECT id, body FROM changes WHERE state IN ({marks(len(states))}) "  # noqa: S608  # only question marks
            "AND deadline <= ? ORDER BY deadline, rowid",
            (*(state.value for state in states), as_text(now)),
        )
        return self._readable(rows)

    def ambiguous_since(self, customer: str, since: datetime) -> Sequence[Change]:
        rows = self._all(
            "SELECT id, body FROM changes WHERE customer = ? AND ambiguous_at > ? "
            "ORDER BY ambiguous_at DESC",
            (customer, as_text(since)),
        )
        return self._readable(rows)

    def begun_since(self, customer: str, since: datetime) -> Sequence[Change]:
        rows = self._all(
            "SELECT id, body FROM changes WHERE customer = ? AND begun_at > ? ORDER BY begun_at",
            (customer, as_text(since)),
        )
        return self._readable(rows)

    def users_sent(
        self,
        requesters: Collection[str],
        since: datetime,
        *,
        also_in_states: Collection[State] = (),
        except_id: str = "",
    ) -> int:
        """Return how many users are named, added up, by the changes of this person (by whichever of
        their ids) whose last attempt began since then, or that are ``also_in_states`` in these states; all
        ``except_id`` the one with this id."""
        row = self._first(
            "SELECT COALESCE(SUM(users), 0) AS users FROM changes "  # noqa: S608  # only question marks
            f"WHERE {among('requester', len(requesters))} AND id <> ? AND users IS NOT NULL "
            f"AND (started_at >= ? OR {among('state', len(also_in_states))})",
            (*requesters, except_id, as_text(since), *(state.value for state in also_in_states)),
        )
        return int(row["users"]) if row else 0

    def open_changes(self) -> dict[State, int]:
        """Return how many changes are in each state that is not an end, 0 included."""
        rows = self._all(
            f"SELECT state, COUNT(*) AS number FROM changes WHERE state IN ({marks(len(_OPEN))}) "  # noqa: S608  # only question marks
            "GROUP BY state",
            [state.value for state in _OPEN],
        )
        return dict.fromkeys(_OPEN, 0) | {State(row["state"]): row["number"] for row in rows}

    def executing_since(self) -> datetime | None:
        """Return when the oldest executing change was claimed."""
        row = self._first(
            "SELECT MIN(started_at) AS since FROM changes WHERE state = ?", (State.EXECUTING.value,)
        )
        return as_optional_time(row["since"]) if row else None

    def _readable(self, rows: Iterable[Row]) -> list[Change]:
        """Return the changes of these rows; one that cannot be read must not hold up the others."""
        found = []
        for row in rows:
            with contextlib.suppress(StoreUnusable):
                found.append(self._read(row["id"], row["body"]))
        return found

    def _read(self, change_id: str, body: str) -> Change:
        try:
            return read_change(change_id, body)
        except StoreUnusable as error:
            self._unreadable[change_id] = str(error)
            raise


def _where(
    states: Collection[State] | None,
    customers: Collection[str] | None,
    topics: Collection[str] | None = None,
    scopes: Collection[str] | None = None,
    requesters: Collection[str] | None = None,
) -> tuple[str, list[str]]:
    """Return a condition made of constants and question marks, and its values."""
    conditions, values = ["TRUE"], list[str]()
    for column, wanted in (
        ("state", None if states is None else [state.value for state in states]),
        ("customer", customers),
        ("flag", topics),
        ("scope_kind", scopes),
        ("requester", requesters),
    ):
        if wanted is not None:
            conditions.append(among(column, len(wanted)))
            values += wanted
    return " AND ".join(conditions), values


def _columns(change: Change) -> dict[str, object]:
    """Return the columns beside the body, which is what counts: they are for searching."""
    return {
        "revision": change.revision,
        "state": change.state.value,
        "deadline": as_text(change.deadline),
        "ambiguous_at": as_optional_text(change.ambiguous_at),
        "begun_at": as_optional_text(change.begun_at),
        "started_at": as_optional_text(change.started_at),
        "previewed": int(change.preview is not None),
        "review": change.review.state.value if change.review else None,
        "id": change.id,
        "customer": change.customer,
        # By its flag a change is found that switched it.
        "flag": change.action.kind if isinstance(change.action, MoveEnd) else change.action.topic,
        "requester": change.requester,
        "created_at": as_text(change.created_at),
        "scope_kind": change.scope.kind,
        "users": _users(change),
        "batch": change.batch or None,
    }


def _users(change: Change) -> int | None:
    """Return how many users it is for by name; none are changed by what sends nothing."""
    named = isinstance(change.scope, Users) and not isinstance(change.action, MoveEnd)
    return len(change.scope.addresses) if named and isinstance(change.scope, Users) else None


def _same(here: object, told: object) -> bool:
    """Whether two values of a column are the same; earlier migrations wrote times in another form."""
    if here == told:
        return True
    try:
        return as_time(str(here)) == as_time(str(told))
    except ValueError:
        return False
