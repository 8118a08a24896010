"""Fill a database as years of use would: the triggers accept it, and the audit chain is whole."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.participants import CHANNELS, CUSTOMER, OPERATOR, USERGROUPS
from bot.database_address import PostgresUrl
from bot.domain.actions import SetFlag
from bot.domain.audit.chain import Record, hash_entry
from bot.domain.change import ID_ALPHABET, Change
from bot.domain.change_state import State
from bot.domain.preview import Preview
from bot.domain.scope import Everyone, Flag, Scope, Users
from bot.store.postgresql.filling import filling
from bot.store.sqlite.sqlite_library import preferred_journal, sqlite3
from bot.store.tables.change_codec import write_change
from bot.store.times import as_text
from bot.terminal.copying import copy_rows

_CUSTOMERS = tuple(str(50000 + number) for number in range(10_000))
_ENTRIES_OF_A_CHANGE = ("proposed", "previewed", "approved", "executing", "applied")
_DETAIL = {
    "command": "failover on 50000",
    "reason": "Exchange is down",
    "rows": "U0OPERATOR operator * granted by admin@jump; C0INCIDENT00 incident * granted by U0ADMIN",
    "policy": "default: one approval by somebody else",
}


@dataclass(frozen=True, slots=True)
class GrownSize:
    """Numbers of rows."""

    entries: int = 1_000_000  # of the audit log
    grants: int = 100_000
    open_changes: int = 10_000


def fill_database(database: Path, size: GrownSize) -> None:
    """Fill a database that ``prepare_database`` created; about 20 s for a million entries."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for pragma in ("synchronous = OFF", "journal_mode = MEMORY", "cache_size = -400000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        _fill(connection, "audit", _entries(connection, size.entries))
        _fill(connection, "roles", _grants(size.grants))
        changes = list(_open_changes(size.open_changes))
        _fill(connection, "changes", map(_change_row, changes))
        _fill(connection, "messages", _messages(changes))
        connection.execute("COMMIT")
        connection.execute(f"PRAGMA journal_mode = {preferred_journal()}")


def copy_to_postgresql(database: Path, target: PostgresUrl) -> None:
    """Copy a filled database into an empty one on PostgreSQL, as `copy` does, without its checks:
    the open changes here have no entries."""
    with filling(target) as filled:
        copy_rows(database, filled)
        filled.commit()


def _fill(connection: sqlite3.Connection, table: str, rows: Iterator[dict[str, object]]) -> None:
    first = next(rows, None)
    if first is None:
        return
    marks = ", ".join(f":{column}" for column in first)
    sql = f"INSERT INTO {table} ({', '.join(first)}) VALUES ({marks})"  # noqa: S608  # our own names
    connection.executemany(sql, itertools.chain([first], rows))


def _entries(connection: sqlite3.Connection, total: int) -> Iterator[dict[str, object]]:
    """Yield entries to follow those that exist: five per change, every hundredth change of
    CUSTOMER."""
    seq, previous = connection.execute(
        "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    detail = json.dumps(_DETAIL, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    began = datetime.now(UTC) - timedelta(days=1000)
    for number in range(total - seq):
        change, step = divmod(number, len(_ENTRIES_OF_A_CHANGE))
        record = Record(
            at=began + timedelta(seconds=number),
            kind=f"change.{_ENTRIES_OF_A_CHANGE[step]}",
            actor=OPERATOR,
            actor_name="operator",
            customer=CUSTOMER if change % 100 == 0 else _CUSTOMERS[change % len(_CUSTOMERS)],
            change_id=_id(change + 500_000),
            channel=CHANNELS[0],
            detail=_DETAIL,
        )
        entry = hash_entry(seq + number + 1, record, previous)
        previous = entry.hash
        yield {
            "seq": entry.seq,
            "at": as_text(record.at),
            "kind": record.kind,
            "actor": record.actor,
            "actor_name": record.actor_name,
            "customer": record.customer,
            "change_id": record.change_id,
            "channel": record.channel,
            "detail": detail,
            "previous": entry.previous,
            "hash": entry.hash,
        }


def _grants(total: int) -> Iterator[dict[str, object]]:
    """Yield role rows by customer: 90% of people, 5% of user groups, 5% of channels."""
    at = as_text(datetime.now(UTC))
    for number in range(total):
        kind, subject, role = "user", f"U{number // 5:07}", "operator"
        place = number // 5 - number % 5
        if number % 20 < 2:
            place = number // 20
        if number % 20 == 0:
            kind, subject = "usergroup", USERGROUPS[place % len(USERGROUPS)]
        elif number % 20 == 1:
            kind, subject, role = "channel", f"C{place // 5:07}", "incident"
        yield {
            "subject_kind": kind,
            "subject_id": subject,
            "role": role,
            "customer": _CUSTOMERS[place % len(_CUSTOMERS)],
            "granted_by": "admin@jump",
            "granted_at": at,
        }


def _open_changes(total: int) -> Iterator[Change]:
    """Yield changes that wait for an approval, each of another customer; every thousandth of
    CUSTOMER."""
    now = datetime.now(UTC)
    for number in range(total):
        asked = number % 1000 == 0
        scope: Scope = Users((f"user{number:05}@example.com",)) if asked else Everyone()
        created = now - timedelta(minutes=20, milliseconds=number)
        yield Change(
            id=_id(number),
            customer=CUSTOMER if asked else _CUSTOMERS[number % len(_CUSTOMERS)],
            action=SetFlag(Flag.FAILOVER, on=True),
            scope=scope,
            reason="Exchange is down",
            requester=f"U{number:07}",
            requester_usergroups=(),
            channel=CHANNELS[number % len(CHANNELS)],
            state=State.AWAITING_APPROVAL,
            created_at=created,
            deadline=now + timedelta(days=1),  # they do not expire while the bench runs
            approvals_needed=1,
            policy=_DETAIL["policy"],
            revision=2,
            preview=Preview(created, total=1284, already=0, access_off=1240, not_activated=31),
            preview_revision=1,
        )


def _change_row(change: Change) -> dict[str, object]:
    return {
        "id": change.id,
        "revision": change.revision,
        "customer": change.customer,
        "flag": change.action.topic,
        "state": change.state.value,
        "requester": change.requester,
        "created_at": as_text(change.created_at),
        "deadline": as_text(change.deadline),
        "scope_kind": change.scope.kind,
        "users": len(change.scope.addresses) if isinstance(change.scope, Users) else None,
        "previewed": change.preview is not None,
        "body": write_change(change),
    }


def _messages(changes: list[Change]) -> Iterator[dict[str, object]]:
    """Yield the card and the timeline of each change, as delivered."""
    kinds = [(change, kind) for change in changes for kind in ("card", "timeline")]
    for number, (change, kind) in enumerate(kinds, start=1):
        yield {
            "key": f"{kind}:{change.id}",
            "kind": kind,
            "change_id": change.id,
            "channel": change.channel,
            "wanted": change.revision,
            "shown": change.revision,
            "ts": f"1700000000.{number:06}",
            "tries": 0,
            "error": "",
            "asked": number,
            "after_card": change.revision,
        }


def _id(number: int) -> str:
    letters = ""
    for _ in range(5):
        number, place = divmod(number, len(ID_ALPHABET))
        letters = ID_ALPHABET[place] + letters
    return f"C-{letters}"
