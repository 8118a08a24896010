"""The views for auditors: who, what, for which customer, when, in plain English and without our JSON."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.actions import (
    Action,
    DeleteUser,
    EditUser,
    ImportUsers,
    MakeToken,
    PurgeUsers,
    SetFlag,
)
from bot.domain.change import State
from bot.domain.mail_user import FieldChange
from bot.domain.roles import Role
from bot.domain.scope import Everyone, FileUsers, Filters, Flag, Groups, Scope, Users
from bot.ports import Transaction
from bot.store.sqlite.auditor_views import VERBS
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock
from tests.builders import a_change, a_finished_change, a_grant, a_record

CODE = Path(__file__).parents[3] / "bot"
VIEWS = ("changes_plain", "audit_sentences", "roles_now")


async def rows(sqlite: SqliteStore, sql: str) -> list[dict[str, Any]]:
    """Return what a view shows, as somebody with a SQLite shell sees it."""
    return await sqlite._on_thread(
        lambda: [dict(row) for row in sqlite._db.conn.execute(sql).fetchall()]
    )


async def sentences(sqlite: SqliteStore) -> list[str]:
    found = await rows(sqlite, "SELECT sentence FROM audit_sentences ORDER BY seq")
    return [one["sentence"] for one in found]


async def test_a_change_is_one_plain_row(sqlite: SqliteStore) -> None:
    def step(tx: Transaction) -> None:
        tx.add_change(a_finished_change())
        tx.name_customer("44444", "Acme GmbH")

    await sqlite.write(step)
    assert await rows(sqlite, "SELECT * FROM changes_plain") == [
        {
            "id": "C-7K3MX",
            "customer": "44444",
            "customer_name": "Acme GmbH",
            "what": "failover on",
            "for_whom": "every user",
            "state": "applied",
            "proposed_by": "U0OPERATOR",
            "proposed_at": "2026-03-14 03:04:05 UTC",
            "reason": "Exchange down",
            "approved_by": "U0APPROVER",
            "decided_by": "U0ADMIN",
            "decision_reason": "go",
            "last_attempt_at": "2026-03-14 03:09:05 UTC",
            "ended_at": "2026-03-14 03:09:09 UTC",
            "api_id": "20260314-1",
            "api_timestamp": "2026-03-14T03:09:12Z",
            "users_affected": 1284,
            "users_read_back": 1284,
            "outcome": "",
            "sentence": "U0OPERATOR proposed failover on for every user of Acme GmbH (44444): applied.",
        }
    ]


@pytest.mark.parametrize(
    ("action", "scope", "expected"),
    [
        (SetFlag(Flag.ACCESS, on=False), Everyone(), ("access off", "every user")),
        (
            SetFlag(Flag.FAILOVER, on=True),
            Groups(("emea", "apac")),
            ("failover on", "the users in any of the groups emea, apac"),
        ),
        (
            SetFlag(Flag.FAILOVER, on=True),
            Users(("jo@example.com", "al@example.com")),
            ("failover on", "2 named users"),
        ),
        (
            EditUser((FieldChange("language", "de_DE", "en_GB"),)),
            Users(("jo@example.com",)),
            ("edit of language", "jo@example.com"),
        ),
        (DeleteUser(), Users(("jo@example.com",)), ("deletion", "jo@example.com")),
        (
            ImportUsers("users.csv"),
            FileUsers(9214, "0" * 64),
            ("import of users.csv", "9214 users of a file"),
        ),
        (PurgeUsers(), Filters(), ("deletion in bulk", "every user")),
        (
            PurgeUsers(),
            Filters(("emea",), failover=False, access=True),
            ("deletion in bulk", "every user, failover off, access on, in any of the groups emea"),
        ),
        (
            MakeToken(notify=True),
            Users(("jo@example.com",)),
            ("activation token", "jo@example.com"),
        ),
    ],
)
async def test_each_kind_of_change_says_what_and_for_whom(
    sqlite: SqliteStore, action: Action, scope: Scope, expected: tuple[str, str]
) -> None:
    await sqlite.write(lambda tx: tx.add_change(a_change(action=action, scope=scope)))
    [row] = await rows(sqlite, "SELECT what, for_whom, state FROM changes_plain")
    assert (row["what"], row["for_whom"]) == expected
    assert row["state"] == State.AWAITING_APPROVAL.replace("_", " ")


async def test_a_change_of_the_time_before_there_were_other_kinds_is_plain_too(
    sqlite: SqliteStore,
) -> None:
    await sqlite.write(lambda tx: tx.add_change(a_change(on=False)))
    await rows(
        sqlite,
        "UPDATE changes SET created_at = '2026-03-14T03:04:05Z', body = json_remove(json_set(body, "
        "'$.flag', 'failover', '$.on', json('false')), '$.action')",
    )
    [row] = await rows(sqlite, "SELECT what, proposed_at FROM changes_plain")
    assert row == {"what": "failover off", "proposed_at": "2026-03-14 03:04:05 UTC"}


async def test_an_entry_is_a_sentence_with_the_apis_id(sqlite: SqliteStore) -> None:
    applied = {"api_id": "20260314-1", "api_timestamp": "2026-03-14T03:09:12Z", "sentence": ""}

    def step(tx: Transaction) -> str:
        tx.add_change(a_change())
        tx.name_customer("44444", "Acme GmbH")
        return tx.record(
            a_record("change.applied", actor="bot", actor_name="", channel="", detail=applied)
        ).hash

    entry_hash = await sqlite.write(step)
    assert await rows(sqlite, "SELECT * FROM audit_sentences") == [
        {
            "seq": 1,
            "at": "2026-03-14 03:04:05 UTC",
            "who": "The bot",
            "customer": "44444",
            "customer_name": "Acme GmbH",
            "change_id": "C-7K3MX",
            "channel": "",
            "sentence": "The bot applied C-7K3MX (failover on for every user of Acme GmbH (44444)).",
            "api_id": "20260314-1",
            "api_timestamp": "2026-03-14T03:09:12Z",
            "hash": entry_hash,
        }
    ]


BY = "U0OPERATOR (on call)"


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (
            "change.proposed",
            {"detail": {"reason": "Exchange down"}},
            f"{BY} proposed C-7K3MX (failover on for every user of customer 44444). Exchange down",
        ),
        (
            "change.approved",
            {"actor": "jo@jump", "actor_name": "", "detail": {"on_behalf_of": "U0APPROVER"}},
            "jo@jump, for U0APPROVER, approved C-7K3MX (failover on for every user of customer 44444).",
        ),
        (
            "change.denied",
            {"change_id": "C-00000", "detail": {"why": "Not now."}},
            f"{BY} denied C-00000. Not now.",
        ),
        (
            "role.granted",
            {
                "change_id": "",
                "customer": "*",
                "detail": {"subject": "U0X", "role": "viewer", "expires_at": None},
            },
            f"{BY} granted the role viewer to U0X for every customer.",
        ),
        (
            "role.revoked",
            {
                "change_id": "",
                "detail": {
                    "subject": "U0X",
                    "role": "viewer",
                    "expires_at": "2026-04-01T00:00:00+00:00",
                },
            },
            f"{BY} revoked the role viewer of U0X for customer 44444 until 2026-04-01 00:00:00 UTC.",
        ),
        (
            "policy.set",
            {
                "change_id": "",
                "detail": {"flag": "failover", "scope": "everyone", "approvals": 2},
            },
            f"{BY} set the policy for failover of everyone for customer 44444: approvals needed 2.",
        ),
        (
            "customer.named",
            {"change_id": "", "detail": {"name": "Acme", "before": ""}},
            f"{BY} named the customer 44444: Acme.",
        ),
        (
            "person.ids_told",
            {
                "change_id": "",
                "customer": "",
                "actor": "bot",
                "actor_name": "",
                "detail": {"person": "W1", "others": ["U1", "U2"]},
            },
            "The bot learned that these ids are one person: W1, U1, U2.",
        ),
        (
            "refused",
            {"change_id": "", "detail": {"why": "You may not propose."}},
            f"{BY} was refused for customer 44444. You may not propose.",
        ),
        (
            "user.shown",
            {"change_id": "", "detail": {"user": "jo@example.com"}},
            f"{BY} looked at the user jo@example.com of customer 44444.",
        ),
        (
            "password.set",
            {"change_id": "", "customer": "", "detail": {"user": "jo@example.com"}},
            f"{BY} set the password of jo@example.com.",
        ),
        (
            "users.exported",
            {"change_id": "", "detail": {"total": 9}},
            f"{BY} exported users of customer 44444.",
        ),
        (
            "backup.made",
            {"change_id": "", "customer": "", "detail": {"file": "/b/a.db"}},
            f"{BY} made a backup /b/a.db.",
        ),
        (
            "something.of_a_later_version",
            {"change_id": "", "customer": "", "detail": {}},
            f"{BY} something of a later version.",
        ),
    ],
)
async def test_each_kind_of_entry_is_a_sentence(
    sqlite: SqliteStore, kind: str, fields: dict[str, Any], expected: str
) -> None:
    def step(tx: Transaction) -> None:
        tx.add_change(a_change())
        tx.record(a_record(kind, **fields))

    await sqlite.write(step)
    assert await sentences(sqlite) == [expected]


def test_every_kind_of_entry_that_the_code_writes_has_words() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in CODE.rglob("*.py"))
    found = re.findall(
        r"\"((?:change|role|policy|person|customer|users?|password|backup|trail|slack|audit|others)\.[a-z_]+)\"",
        text,
    )
    log_events = re.findall(r"log\.\w+\(\s*\"([a-z_.]+)\"", text)
    ends = {f"change.{one}" for one in ("applied", "partial", "failed", "unknown", "accepted")}
    kinds = {*found, *ends, "refused"} - {*log_events, "password.not_told", "slack.com"}
    assert kinds >= {"change.proposed", "role.granted", "password.set", "slack.silent"}
    assert kinds - VERBS.keys() == set()


async def test_the_roles_of_now_are_those_in_force(sqlite: SqliteStore) -> None:
    now = SystemClock().now()

    def step(tx: Transaction) -> None:
        tx.name_customer("44444", "Acme GmbH")
        tx.put_grant(a_grant("U0A"))
        tx.put_grant(a_grant("S0B", Role.VIEWER, customer="*", expires_at=now + timedelta(days=1)))
        tx.put_grant(a_grant("U0C", expires_at=now - timedelta(seconds=1)))
        tx.put_grant(a_grant("C0D", Role.INCIDENT, customer="55555"))

    await sqlite.write(step)
    found = await rows(sqlite, "SELECT * FROM roles_now ORDER BY subject DESC")
    until = f"{now + timedelta(days=1):%Y-%m-%d %H:%M:%S} UTC"
    assert found[0] == {
        "subject": "U0A",
        "subject_is": "person",
        "role": "operator",
        "customer": "44444",
        "customer_name": "Acme GmbH",
        "granted_by": "U0ADMIN",
        "granted_at": "2026-03-14 03:04:05 UTC",
        "expires_at": "",
        "sentence": "U0A is operator for Acme GmbH (44444), granted by U0ADMIN at "
        "2026-03-14 03:04:05 UTC.",
    }
    assert [one["sentence"].partition(", granted")[0] for one in found[1:]] == [
        "S0B is viewer for every customer",
        "C0D is incident for customer 55555",
    ]
    assert [one["subject_is"] for one in found[1:]] == ["user group", "channel"]
    assert found[1]["sentence"].endswith(f", until {until}.")


async def test_no_view_shows_requests_role_rows_or_the_values_of_users(
    sqlite: SqliteStore,
) -> None:
    canary = "canary-value"
    detail = {
        "requests": [canary],
        "rows": canary,
        "command": canary,
        "fields": {"language": [canary, canary]},
        "remarks": [canary],
    }
    edit = EditUser((FieldChange("language", canary, canary),))

    def step(tx: Transaction) -> None:
        tx.add_change(a_change(action=edit, scope=Users(("jo@example.com",)), remarks=(canary,)))
        tx.record(a_record(detail=detail))

    await sqlite.write(step)
    shown = [await rows(sqlite, f"SELECT * FROM {view}") for view in VIEWS]  # noqa: S608  # the list above
    assert "edit of language" in json.dumps(shown)
    assert canary not in json.dumps(shown)


async def test_what_cannot_be_read_does_not_break_a_view(sqlite: SqliteStore) -> None:
    await sqlite.write(lambda tx: tx.add_change(a_change()))
    await rows(sqlite, "UPDATE changes SET body = 'no json'")
    await sqlite.write(lambda tx: tx.record(a_record()))
    await rows(sqlite, "DROP TRIGGER audit_no_update")
    await rows(sqlite, "UPDATE audit SET detail = 'no json'")
    [change] = await rows(sqlite, "SELECT id, state, reason FROM changes_plain")
    assert change == {"id": "C-7K3MX", "state": "awaiting approval", "reason": ""}
    assert len(await sentences(sqlite)) == 1


def test_an_older_sqlite_reads_them(path: Path) -> None:
    """That of this Python, in a process of its own: as an auditor's tool has it."""
    store = SqliteStore.open(path)
    store._submit(store._db.close).result()
    store._thread.shutdown()
    code = (
        "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); "
        "[connection.execute(f'SELECT * FROM {view}').fetchall() for view in sys.argv[2:]]"
    )
    words: Sequence[str] = (sys.executable, "-c", code, str(path), *VIEWS)
    ended = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  # our own words
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        ("DROP VIEW roles_now", "the view roles_now is missing"),
        ("CREATE VIEW mine AS SELECT 1", "the view mine is not the bot's"),
    ],
)
async def test_a_view_that_is_missing_or_not_the_bots_is_a_difference(
    sqlite: SqliteStore, statement: str, difference: str
) -> None:
    assert await sqlite.read(lambda tx: tx.schema_differences()) == []
    await rows(sqlite, statement)
    assert await sqlite.read(lambda tx: tx.schema_differences()) == [difference]


async def test_a_view_that_says_something_else_is_a_difference(sqlite: SqliteStore) -> None:
    await rows(sqlite, "DROP VIEW roles_now")
    await rows(sqlite, "CREATE VIEW roles_now AS SELECT 'nobody' AS subject")
    assert await sqlite.read(lambda tx: tx.schema_differences()) == [
        "the view roles_now is not as the bot made it"
    ]
