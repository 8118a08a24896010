"""The views for auditors: who, what, for which customer, when, in plain English and without our JSON."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from bot.domain.actions import (
    Action,
    Activate,
    DeleteUser,
    EditUser,
    ImportUsers,
    MakeToken,
    PurgeUsers,
    Restore,
    SetFlag,
)
from bot.domain.change_state import State
from bot.domain.emergency import Emergency
from bot.domain.mail_user import FieldChange
from bot.domain.review import Review, ReviewState
from bot.domain.roles import Role
from bot.domain.scope import Everyone, FileUsers, Filters, Flag, Groups, Scope, Users
from bot.domain.time_limit import TimeLimit
from bot.ports import Store, Transaction
from bot.store.auditor_views import VERBS
from bot.store.postgresql.store import PostgresStore
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock
from tests.builders import NOW, a_change, a_finished_change, a_grant, a_record

CODE = Path(__file__).parents[2] / "bot"
VIEWS = ("changes_plain", "audit_sentences", "roles_now")


async def rows(store: Store, sql: str) -> list[dict[str, Any]]:
    """Return what a view shows, as somebody with a shell of the database sees it."""
    if isinstance(store, SqliteStore):
        return await store._on_thread(
            lambda: [dict(row) for row in store._db.conn.execute(sql).fetchall()]
        )
    assert isinstance(store, PostgresStore)
    async with await psycopg.AsyncConnection.connect(
        store._url.reveal(), autocommit=True, row_factory=dict_row
    ) as connection:
        cursor = await connection.execute(sql.encode())
        return await cursor.fetchall() if cursor.description else []


async def sentences(store: Store) -> list[str]:
    found = await rows(store, "SELECT sentence FROM audit_sentences ORDER BY seq")
    return [one["sentence"] for one in found]


async def test_a_change_is_one_plain_row(store: Store) -> None:
    def step(tx: Transaction) -> None:
        tx.add_change(a_finished_change())
        tx.name_customer("44444", "Acme GmbH")

    await store.write(step)
    assert await rows(store, "SELECT * FROM changes_plain") == [
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
            "decided_alone_by": "",
            "review": "",
            "reviewed_by": "",
            "batch": "",
            "drill": "",
        }
    ]


async def test_what_was_decided_alone_or_with_others_or_rehearsed_says_so(store: Store) -> None:
    change = a_finished_change(
        emergency=Emergency("U0COMMANDER", NOW, "Exchange down", "commander 44444 root@jump1"),
        review=Review(ReviewState.OBJECTED, "U0APPROVER", NOW, "not needed"),
        batch="C-00001",
        drill=True,
    )
    await store.write(lambda tx: tx.add_change(change))
    names = "decided_alone_by, review, reviewed_by, batch, drill"
    [row] = await rows(store, f"SELECT {names} FROM changes_plain")  # noqa: S608  # constants
    assert [*row.values()] == ["U0COMMANDER", "objected", "U0APPROVER", "C-00001", "drill"]


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
        (Activate(), Everyone(), ("access on, then failover on", "every user")),
        (Restore(), Everyone(), ("failover off", "every user")),
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
    store: Store, action: Action, scope: Scope, expected: tuple[str, str]
) -> None:
    await store.write(lambda tx: tx.add_change(a_change(action=action, scope=scope)))
    [row] = await rows(store, "SELECT what, for_whom, state FROM changes_plain")
    assert (row["what"], row["for_whom"]) == expected
    assert row["state"] == State.AWAITING_APPROVAL.replace("_", " ")


async def test_a_restore_says_that_access_goes_off_later(store: Store) -> None:
    limit = TimeLimit(lasts=timedelta(hours=48))
    await store.write(lambda tx: tx.add_change(a_change(action=Restore(), time_limit=limit)))
    [row] = await rows(store, "SELECT what FROM changes_plain")
    assert row["what"] == "failover off, later access off"


async def test_a_change_of_the_time_before_there_were_other_kinds_is_plain_too(
    store: Store,
) -> None:
    await store.write(lambda tx: tx.add_change(a_change(on=False)))
    [stored] = await rows(store, "SELECT body FROM changes")
    body = {**json.loads(stored["body"]), "flag": "failover", "on": False}
    del body["action"]
    await rows(
        store,
        f"UPDATE changes SET created_at = '2026-03-14T03:04:05Z', body = '{json.dumps(body)}'",  # noqa: S608  # our own
    )
    [row] = await rows(store, "SELECT what, proposed_at FROM changes_plain")
    assert row == {"what": "failover off", "proposed_at": "2026-03-14 03:04:05 UTC"}


async def test_an_entry_is_a_sentence_with_the_apis_id(store: Store) -> None:
    applied = {"api_id": "20260314-1", "api_timestamp": "2026-03-14T03:09:12Z", "sentence": ""}

    def step(tx: Transaction) -> str:
        tx.add_change(a_change())
        tx.name_customer("44444", "Acme GmbH")
        return tx.record(
            a_record("change.applied", actor="bot", actor_name="", channel="", detail=applied)
        ).hash

    entry_hash = await store.write(step)
    assert await rows(store, "SELECT * FROM audit_sentences") == [
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
    store: Store, kind: str, fields: dict[str, Any], expected: str
) -> None:
    def step(tx: Transaction) -> None:
        tx.add_change(a_change())
        tx.record(a_record(kind, **fields))

    await store.write(step)
    assert await sentences(store) == [expected]


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


async def test_the_roles_of_now_are_those_in_force(store: Store) -> None:
    now = SystemClock().now()

    def step(tx: Transaction) -> None:
        tx.name_customer("44444", "Acme GmbH")
        tx.put_grant(a_grant("U0A"))
        tx.put_grant(a_grant("S0B", Role.VIEWER, customer="*", expires_at=now + timedelta(days=1)))
        tx.put_grant(a_grant("U0C", expires_at=now - timedelta(seconds=1)))
        tx.put_grant(a_grant("C0D", Role.INCIDENT, customer="55555"))

    await store.write(step)
    found = await rows(store, "SELECT * FROM roles_now ORDER BY subject DESC")
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
    store: Store,
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

    await store.write(step)
    shown = [await rows(store, f"SELECT * FROM {view}") for view in VIEWS]  # noqa: S608  # the list above
    assert "edit of language" in json.dumps(shown)
    assert canary not in json.dumps(shown)


async def test_what_cannot_be_read_does_not_break_a_view(store: Store) -> None:
    await store.write(lambda tx: tx.add_change(a_change()))
    await rows(store, "UPDATE changes SET body = 'no json'")
    await store.write(lambda tx: tx.record(a_record()))
    on_table = " ON audit" if isinstance(store, PostgresStore) else ""
    await rows(store, f"DROP TRIGGER audit_no_update{on_table}")
    await rows(store, "UPDATE audit SET detail = 'no json'")
    [change] = await rows(store, "SELECT id, state, reason FROM changes_plain")
    assert change == {"id": "C-7K3MX", "state": "awaiting approval", "reason": ""}
    assert len(await sentences(store)) == 1


async def test_a_detail_with_a_character_that_jsonb_refuses_is_still_a_sentence(
    store: Store,
) -> None:
    """A JSON text may hold the character 0; the rest of the entry must stay readable."""
    detail = {"reason": "Exchange\x00down \\u0000"}
    await store.write(lambda tx: tx.record(a_record("refused", change_id="", detail=detail)))
    [found] = await sentences(store)
    assert found.startswith(f"{BY} was refused for customer 44444. Exchange")
    if isinstance(store, PostgresStore):
        assert found.endswith("Exchange\ufffddown \\u0000")
