"""The audit trail's rows: appended, sealed to the one before, never touched again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import inf

from bot.domain.audit.chain import GENESIS, AuditEntry, Record, canonical, hash_entry
from bot.domain.audit.change_history import PROPOSED
from bot.domain.audit.change_story import STORY_KINDS
from bot.domain.audit.configuration_history import CONFIGURED, UNCONFIGURED
from bot.domain.audit.row_digests import DIGESTS_KEY, IMPORT_DIGEST_KEY
from bot.domain.change import Change
from bot.errors import StoreUnusable
from bot.ports import AuditFilter
from bot.store.tables.change_codec import seal_of, write_change
from bot.store.tables.import_rows import import_digest
from bot.store.tables.index_conditions import (
    ON_CONTRADICTION,
    ON_IDS,
    ON_POLICY,
    ON_QUESTIONS,
    ON_ROLES,
)
from bot.store.tables.rows import Rows, among, marks, without_zero
from bot.store.times import as_optional_time, as_text, as_time, in_utc

_COLUMNS = "seq, at, kind, actor, actor_name, customer, change_id, channel, detail, previous, hash"
# Of the first change of a batch, and of all its changes.
_OF_BATCH = "change_id IN (SELECT CAST(? AS TEXT) UNION ALL SELECT id FROM changes WHERE batch = ?)"
_TEXTS = ("actor", "actor_name", "customer", "change_id", "channel")
# Read from the JSON of the entries that have it alone.
_READER = json.JSONDecoder()


class AuditRows(Rows):
    """The table ``audit``; its triggers refuse everything but the entry that follows the last."""

    def record(self, record: Record, change: Change | None = None) -> AuditEntry:
        """Append an entry: number = last + 1, sealed to the one before.

        ``change`` is the change as this step leaves it: its row's seal becomes part of the entry. The
        entry is sealed as it will be read back: time in UTC, detail as plain JSON, texts as either
        store holds them.
        """
        plain = json.loads(canonical(record.detail))
        if change is not None and (row := seal_of(write_change(change))):
            plain[DIGESTS_KEY] = row.detail()
            if record.kind == PROPOSED and (rows := import_digest(self._connection, change.id)):
                plain[DIGESTS_KEY][IMPORT_DIGEST_KEY] = rows
        texts = {name: without_zero(getattr(record, name)) for name in _TEXTS}
        record = replace(record, at=in_utc(record.at), detail=plain, **texts)
        last = self._first("SELECT seq, hash FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)")
        entry = (
            hash_entry(last["seq"] + 1, record, last["hash"])
            if last
            else hash_entry(1, record, GENESIS)
        )
        self._run(
            f"INSERT INTO audit ({_COLUMNS}) VALUES ({marks(11)})",  # noqa: S608  # only constants
            (
                entry.seq,
                as_text(record.at),
                record.kind,
                record.actor,
                record.actor_name,
                record.customer,
                record.change_id,
                record.channel,
                canonical(plain),
                entry.previous,
                entry.hash,
            ),
        )
        return entry

    def entries(
        self,
        *,
        customers: Collection[str] | None = None,
        change_id: str | None = None,
        limit: int | None = None,
    ) -> Sequence[AuditEntry]:
        return self.matching(AuditFilter(customers, change_id or ""), limit=limit)

    def matching(
        self, where: AuditFilter, *, limit: int | None = None, after: float | None = None
    ) -> Sequence[AuditEntry]:
        conditions, values = self._conditions(where)
        if after is not None:
            condition, number = _above(after)
            conditions.append(condition)
            values += number
        order = "DESC" if after is None else "ASC"
        rows = self._all(
            f"SELECT {_COLUMNS} FROM audit WHERE {' AND '.join(conditions)} "  # noqa: S608  # only constants and question marks
            f"ORDER BY seq {order} LIMIT ?",
            (*values, self._limited(limit)),
        )
        return [_entry(*row) for row in (reversed(rows) if after is None else rows)]

    def count_matching(self, where: AuditFilter) -> int:
        conditions, values = self._conditions(where)
        sql = f"SELECT COUNT(*) AS found FROM audit WHERE {' AND '.join(conditions)}"  # noqa: S608  # only constants and question marks
        row = self._first(sql, values)
        return int(row["found"]) if row else 0

    def story_entries(self, change_ids: Collection[str]) -> Sequence[AuditEntry]:
        where = f"{among('change_id', len(change_ids))} AND {among('kind', len(STORY_KINDS))}"
        return self._entries_where(where, (*change_ids, *STORY_KINDS))

    def first_entry(self, change_id: str) -> AuditEntry | None:
        found = self._entries_where("change_id = ?", (change_id,), limit=1)
        return found[0] if found else None

    def actor_names(self) -> Mapping[str, str]:
        rows = self._all(
            "SELECT actor, actor_name FROM audit WHERE seq IN "
            "(SELECT MAX(seq) FROM audit WHERE actor_name <> '' GROUP BY actor)"
        )
        return {row["actor"]: row["actor_name"] for row in rows}

    def role_entries(self, subject: str, customers: Collection[str]) -> Sequence[AuditEntry]:
        where = (
            f"{ON_ROLES} AND {self._dialect.subject} = ? AND {among('customer', len(customers))}"
        )
        return self._entries_where(where, (subject, *customers))

    def policy_entries(self, customers: Collection[str]) -> Sequence[AuditEntry]:
        where = f"{ON_POLICY} AND {among('customer', len(customers))}"
        return self._entries_where(where, (*customers,))

    def configuration_entries(self, customer: str) -> Sequence[AuditEntry]:
        where = "customer = ? AND kind IN (?, ?)"
        return self._entries_where(where, (customer, CONFIGURED, UNCONFIGURED))

    def ids_entries(self, user_id: str) -> Sequence[AuditEntry]:
        return self._entries_where(
            f"{ON_IDS} AND {self._dialect.find}(detail, ?) > 0", (f'"{user_id}"',)
        )

    def questions(
        self, people: Collection[str], customer: str, since: datetime
    ) -> Sequence[AuditEntry]:
        where = f"{ON_QUESTIONS} AND {among('actor', len(people))} AND customer = ? AND at >= ?"
        return self._entries_where(where, (*people, customer, as_text(since)))

    def contradicted_at(self) -> datetime | None:
        """Return when a change was stopped last because the trail contradicted its rows."""
        row = self._first(
            f"SELECT at FROM audit WHERE {ON_CONTRADICTION} ORDER BY seq DESC LIMIT 1"  # noqa: S608  # only constants
        )
        return as_optional_time(row["at"]) if row else None

    def changes_without_row(self) -> Sequence[str]:
        rows = self._all("SELECT DISTINCT change_id FROM audit EXCEPT SELECT id FROM changes")
        return [row["change_id"] for row in rows if row["change_id"]]

    def entries_after(self, seq: float, limit: int) -> Sequence[AuditEntry]:
        return self._entries_where(*_above(seq), limit=limit)

    def _entries_where(
        self, where: str, values: Sequence[object], limit: int | None = None
    ) -> list[AuditEntry]:
        rows = self._all(
            f"SELECT {_COLUMNS} FROM audit WHERE {where} ORDER BY seq LIMIT ?",  # noqa: S608  # only constants and question marks
            (*values, self._limited(limit)),
        )
        return [_entry(*row) for row in rows]

    def _conditions(self, where: AuditFilter) -> tuple[list[str], list[object]]:
        conditions, values = ["TRUE"], list[object]()
        if where.customers is not None:
            conditions.append(among("customer", len(where.customers)))
            values += where.customers
        if where.change_id:
            conditions.append(_OF_BATCH if where.whole_batch else "change_id = ?")
            values += [where.change_id] * (2 if where.whole_batch else 1)
        if where.people is not None:
            acted = among("actor", len(where.people))
            on_behalf = among(self._dialect.behalf, len(where.people))
            conditions.append(f"({acted} OR {on_behalf})")
            values += [*where.people, *where.people]
        if where.since is not None:
            conditions.append("at >= ?")
            values.append(as_text(where.since))
        if where.until is not None:
            conditions.append("at < ?")
            values.append(as_text(where.until))
        return conditions, values


def _above(after: float) -> tuple[str, tuple[int, ...]]:
    """Return the condition that an entry's number is above; a forged entry may have the lowest."""
    return ("TRUE", ()) if after == -inf else ("seq > ?", (int(after),))


def _entry(
    seq: int,
    at: str,
    kind: str,
    actor: str,
    actor_name: str,
    customer: str,
    change_id: str,
    channel: str,
    detail: str,
    previous: str,
    digest: str,
) -> AuditEntry:
    """Return the entry of a row of ``_COLUMNS``; a hundred thousand are read when a trail is verified."""
    try:
        when, (plain, _) = as_time(at), _READER.raw_decode(detail)
        # The seal is over the values: another spelling, or a key given twice, would keep it whole.
        if canonical(plain) != detail or as_text(when) != at:
            raise ValueError("not as the bot writes it")
    except (ValueError, TypeError, RecursionError) as error:
        raise StoreUnusable(
            f"Audit entry {seq} cannot be read: it was altered or the database is damaged."
        ) from error
    record = Record(when, kind, actor, actor_name, customer, change_id, channel, plain)
    return AuditEntry(seq, record, previous, digest)
