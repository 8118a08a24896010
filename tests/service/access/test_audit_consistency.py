"""What no audit entry explains does not count: not for an execution, and `audit verify` finds it.

Whoever can write the database file adds rows of roles and policy, approvals and changes.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.domain.actor import Actor
from bot.domain.admin_commands import NameCustomerCommand
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.service.access import administer
from bot.service.changes import decide
from bot.service.changes.propose import propose
from bot.store.sqlite.store import SqliteTransaction
from bot.terminal.audit.verify import verify_trail
from tests.builders import ADMIN, APPROVER, CHANNEL, CUSTOMER, REQUESTER, a_policy_rule
from tests.service.execution.test_unknown import later, unknown
from tests.service.harness import SECOND, STRANGER, ServiceHarness, actor, request, users

# It tampers with rows and triggers in statements that SQLite alone knows.
pytestmark = pytest.mark.sqlite
TERMINAL = Actor("root@host", None, terminal="root@host")
APPROVAL = (
    f'{{"approver":"{SECOND}","at":"2026-03-14T03:05:00Z","preview_revision":1,"evidence":"x",'
    '"via":"clicked"}'
)
AT = "2026-01-01T00:00:00.000000+00:00"


def row(kind: str, subject: str, role: str) -> str:
    """Return a statement that writes a role row."""
    return (
        f"INSERT INTO roles VALUES ('{kind}', '{subject}', '{role}', '44444', 'root', '{AT}', NULL)"  # noqa: S608
    )


def body(path: str, value: str) -> str:
    """Return a statement that writes a value, given as JSON, into the row of a change."""
    return f"UPDATE changes SET body = json_set(body, '$.{path}', json('{value}'))"  # noqa: S608


async def tamper(harness: ServiceHarness, *statements: str) -> None:
    def step(tx: SqliteTransaction) -> None:
        for statement in statements:
            assert tx._run(statement) != 0, statement

    harness.rewritten = True
    await harness.store.write(cast("Any", step))


async def stopped(harness: ServiceHarness, change: Change) -> str:
    """Let the executor work; return why the change was not executed, as the trail tells it."""
    await harness.executor.run()
    assert harness.api.sent == []
    assert await harness.state(change.id) is State.CANCELLED
    [told] = await harness.details("trail.contradicted")
    assert (await harness.details("change.stopped"))[-1]["why"] == (
        f"Not executed: the audit trail contradicts the database: {told['why']}."
    )
    return str(told["why"])


WRITTEN = {
    "an approver replaced": (
        body("approvals", f"[{APPROVAL}]"),
        f"approved by {SECOND} in the table, by {APPROVER} in the entries",
    ),
    "an approval added": (
        body("approvals[#]", APPROVAL),
        f"approved by {APPROVER}, {SECOND} in the table, by {APPROVER} in the entries",
    ),
    "another flag": (
        body("action.flag", '"access"'),
        "“access on 44444” in the table, “failover on 44444” there",
    ),
    "the other direction": (body("action.on", "false"), "“failover off 44444” in the table"),
    "another scope": (
        body("scope", '{"kind":"groups","names":["emea"]}'),
        "“failover on 44444 --group emea” in the table",
    ),
    "user groups of the requester": (
        body("requester_usergroups", '["S0ELSE"]'),
        "what was asked for",
    ),
    "another requester": (
        body("requester", f'"{ADMIN}"'),
        f"the requester is {ADMIN} in the table",
    ),
    "fewer approvals needed": (
        body("approvals_needed", "0"),
        "approvals needed is none in the table",
    ),
    "another policy in words": (body("policy", '"none"'), "the decision (approvals"),
    "a later deadline": (body("deadline", '"2027-01-01T00:00:00Z"'), "the decision (approvals"),
    "another preview": (body("preview.total", "1"), "the preview is not as entry"),
    "an attempt": (body("attempts", "1"), "the course (attempts"),
}


@pytest.mark.parametrize(("statement", "said"), WRITTEN.values(), ids=WRITTEN)
async def test_a_row_that_was_written_to_is_not_executed_and_found(
    harness: ServiceHarness, statement: str, said: str
) -> None:
    change = await harness.released()
    await tamper(harness, statement)
    assert said in "\n".join((await verify_trail(harness.store)).differences.first)
    if "attempts" in statement:  # something may have been sent: a person decides
        await harness.executor.run()
        assert (await harness.state(change.id), harness.api.sent) == (State.NEEDS_OPERATOR, [])
        return
    assert said in await stopped(harness, change)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("applied", "the state is approved in the table, applied in entry"),
        ("denied", "the state is approved in the table, denied in entry"),
    ],
)
async def test_what_has_ended_is_not_executed_again(
    harness: ServiceHarness, state: str, said: str
) -> None:
    change = await harness.previewed()
    if state == "denied":
        await decide.deny(harness.ctx, actor(APPROVER), change.id, "no")
    else:
        await decide.approve(harness.ctx, actor(APPROVER), change.id, 1)
        await harness.executor.run()
    sent = list(harness.api.sent)
    await tamper(
        harness,
        "UPDATE changes SET state = 'approved', "
        "body = json_set(body, '$.state', 'approved', '$.finished_at', json('null'))",
    )
    assert said in "\n".join((await verify_trail(harness.store)).differences.first)
    await harness.executor.run()
    assert harness.api.sent == sent
    assert said in (await harness.details("trail.contradicted"))[0]["why"]


async def test_what_was_set_back_to_executing_is_not_sent_again(harness: ServiceHarness) -> None:
    """The executor finds it as lost, and reads it back: the way there is no step of a change."""
    change = await harness.executed()
    sent = list(harness.api.sent)
    for rows in harness.api.held.values():
        for user in rows.values():
            user.failover = False  # somebody switched it off since
    await tamper(
        harness,
        "UPDATE changes SET state = 'executing', "
        "body = json_set(body, '$.state', 'executing', '$.finished_at', json('null'), "
        "'$.accepted_at', json('null'))",
    )
    harness.clock.advance(seconds=5)
    await harness.executor.run()
    assert (harness.api.sent, await harness.state(change.id)) == (sent, State.NEEDS_OPERATOR)
    [told] = await harness.details("trail.contradicted")
    assert "applied in entry" in told["why"]
    assert "which no step leads to" in told["why"]


async def test_a_change_that_nobody_proposed_is_not_executed(harness: ServiceHarness) -> None:
    change = await harness.released()
    await tamper(
        harness,
        "CREATE TEMP TABLE copied AS SELECT * FROM changes",
        "UPDATE copied SET id = 'C-00000', "
        "body = json_set(body, '$.id', 'C-00000', '$.action.flag', 'access')",
        "INSERT INTO changes SELECT * FROM copied",
    )
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    assert await harness.state("C-00000") is State.CANCELLED
    [told] = await harness.details("trail.contradicted")
    assert told["why"] == "C-00000: in the table, and no entry proposed it"


async def test_an_approver_by_a_row_that_no_entry_granted(harness: ServiceHarness) -> None:
    change = await harness.previewed()
    await tamper(harness, row("user", STRANGER, "approver"))
    await decide.approve(harness.ctx, actor(STRANGER), change.id, 1)
    assert await stopped(harness, change) == (
        f"{STRANGER} approver 44444: in the table, and no entry granted it"
    )


async def test_a_channel_by_a_row_that_no_entry_granted(harness: ServiceHarness) -> None:
    await tamper(harness, row("channel", "C0EVIL", "incident"))
    change, _ = await propose(harness.ctx, actor(REQUESTER, "C0EVIL"), request(users("a")))
    await harness.executor.run()
    await decide.confirm(harness.ctx, actor(REQUESTER, "C0EVIL"), change.id, 1)
    assert "C0EVIL incident 44444: in the table, and no entry" in await stopped(harness, change)


async def test_a_row_that_was_made_to_last_does_not_count(harness: ServiceHarness) -> None:
    change = await harness.released()
    await tamper(
        harness, "UPDATE roles SET expires_at = '2099-01-01T00:00:00+00:00' WHERE role = 'operator'"
    )
    assert f"{REQUESTER} operator 44444: by" in await stopped(harness, change)


async def test_another_row_that_is_explained_allows_the_same(harness: ServiceHarness) -> None:
    """A row that is added takes nobody's right away."""
    change = await harness.released()
    await tamper(harness, row("user", REQUESTER, "admin"))
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_ids_that_no_entry_tells_are_another_person(harness: ServiceHarness) -> None:
    change = await harness.previewed()
    await tamper(harness, f"INSERT INTO person_ids VALUES ('{SECOND}', '{STRANGER}')")  # noqa: S608
    assert any(
        f"the person behind {SECOND}: “{STRANGER}” in the table, and no entry tells it" in one
        for one in (await verify_trail(harness.store)).differences.first
    )
    await tamper(harness, body("approvals", f"[{APPROVAL.replace(SECOND, STRANGER)}]"))
    assert (await harness.change(change.id)).approvals[0].approver == STRANGER


@pytest.mark.parametrize("lowered", [True, False], ids=["lowered", "added"])
async def test_a_policy_that_was_written_to_lets_nothing_through(
    harness: ServiceHarness, lowered: bool
) -> None:
    if lowered:
        await harness.policy(a_policy_rule(flag="failover", scope_kind="everyone", approvals=2))
        statement = "UPDATE policy SET approvals = 0"
    else:
        statement = f"INSERT INTO policy VALUES ('44444', 'failover', '*', 0, 'root', '{AT}')"  # noqa: S608
    await tamper(harness, statement)
    change = await harness.released()
    said = "0 in the table, 2 in entry" if lowered else "0 in the table, and no entry set it"
    assert said in "\n".join((await verify_trail(harness.store)).differences.first)
    assert "policy" in await stopped(harness, change)


async def test_a_policy_that_was_lowered_for_the_proposal_alone(harness: ServiceHarness) -> None:
    await harness.policy(a_policy_rule(flag="failover", scope_kind="everyone", approvals=2))
    await tamper(harness, "UPDATE policy SET approvals = 0")
    change = await harness.released()
    await tamper(harness, "UPDATE policy SET approvals = 2")
    said = await stopped(harness, change)
    assert "with 0 approvals needed, and the policy that the entries tell asks for 2" in said
    assert said in (await verify_trail(harness.store)).differences.first


async def test_an_entry_that_was_altered_explains_nothing(harness: ServiceHarness) -> None:
    """With its own seal made anew: the entry behind it holds the old one."""
    change = await harness.released()
    await tamper(
        harness,
        "DROP TRIGGER audit_no_update",
        f"UPDATE audit SET actor = '{SECOND}' WHERE kind = 'change.approved'",  # noqa: S608
    )
    assert "was altered" in await stopped(harness, change)


async def test_before_it_is_sent_again_the_trail_is_asked_too(harness: ServiceHarness) -> None:
    """Something may have been sent: it is left to a person."""
    change = await unknown(harness, landed=False)
    await tamper(harness, body("approvals", f"[{APPROVAL}]"))
    change = await later(harness, change, seconds=2)
    assert (change.state, len(harness.api.sent)) == (State.NEEDS_OPERATOR, 1)
    assert f"approved by {SECOND} in the table" in change.decision_reason


OTHER_TABLES = {
    "a customer's name": (
        "UPDATE customers SET name = 'Other GmbH'",
        "the name of customer 44444: “Other GmbH” in the table, “Acme GmbH” in entry ",
    ),
    "a customer named": (
        "INSERT INTO customers VALUES ('55555', 'Acme GmbH')",
        "the name of customer 55555: “Acme GmbH” in the table, and no entry tells it",
    ),
    "a name taken away": ("DELETE FROM customers", "not in the table, “Acme GmbH” in entry "),
    "a policy row taken away": ("DELETE FROM policy", "set to 2 in entry "),
    "a column for searching": (
        "UPDATE changes SET state = 'denied'",
        "the column state is not what",
    ),
    "a customer in a column": ("UPDATE changes SET customer = '1'", "the column customer is not"),
    "a card taken away": (
        "DELETE FROM messages WHERE kind = 'card'",
        "the outbox has no row card:",
    ),
    "an outcome taken away": (
        "DELETE FROM messages WHERE kind = 'outcome'",
        "the outbox has no row outcome:",
    ),
    "a row that cannot be read": (
        "UPDATE changes SET body = '{'",
        "its row cannot be read; entry ",
    ),
    "a trigger dropped": ("DROP TRIGGER audit_no_delete", "the trigger audit_no_delete is missing"),
    "a trigger added": (
        "CREATE TRIGGER evil AFTER INSERT ON inbox BEGIN DELETE FROM messages; END",
        "the trigger evil is not the bot's",
    ),
    "a trigger named like SQLite's own": (
        "PRAGMA writable_schema = on",
        (
            "INSERT INTO sqlite_schema VALUES ('trigger', 'sqlite_evil', 'inbox', 0, "
            "'CREATE TRIGGER sqlite_evil AFTER INSERT ON inbox BEGIN DELETE FROM messages; END')"
        ),
        "the trigger sqlite_evil is not the bot's",
    ),
    "a trigger whose statement is a text": (
        "DROP TRIGGER audit_no_delete",
        (
            "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN "
            """SELECT "RAISE(ABORT, 'the audit trail is append-only: no DELETE')"; END"""
        ),
        "the trigger audit_no_delete is not as the bot made it",
    ),
    "a trigger whose condition is a text": (
        "PRAGMA writable_schema = on",
        (
            """UPDATE sqlite_schema SET sql = replace(replace(sql, 'WHEN ', 'WHEN "'), ' BEGIN', '" BEGIN') """
            "WHERE name = 'audit_follows'"
        ),
        "the trigger audit_follows is not as the bot made it",
    ),
    "a space within a text of an index": (
        "DROP INDEX audit_ids",
        "CREATE INDEX audit_ids ON audit (seq) WHERE kind = 'person. ids_told'",
        "the index audit_ids is not as the bot made it",
    ),
    "who set a policy": (
        "UPDATE policy SET set_by = 'somebody'",
        "policy 44444 access *: set by somebody in the table, by ",
    ),
    "an outcome that was made another message": (
        "UPDATE messages SET kind = 'timeline' WHERE kind = 'outcome'",
        "the outbox has no row outcome:",
    ),
    "an index dropped": ("DROP INDEX audit_roles", "the index audit_roles is missing"),
    "a view added": ("CREATE VIEW evil AS SELECT 1", "the view evil is not the bot's"),
    "a table added": ("CREATE TABLE evil (a)", "the table evil is not the bot's"),
    "a column added": (
        "ALTER TABLE inbox ADD COLUMN evil TEXT",
        "the table inbox is not as the bot made it",
    ),
}


@pytest.mark.parametrize("done", OTHER_TABLES.values(), ids=OTHER_TABLES)
async def test_what_was_done_to_another_table_is_found(
    harness: ServiceHarness, done: tuple[str, ...]
) -> None:
    *statements, said = done
    await administer.name_customer(
        harness.ctx, TERMINAL, NameCustomerCommand(CUSTOMER, "Acme GmbH")
    )
    await harness.policy(a_policy_rule(flag="access", approvals=2))
    await harness.executed()
    assert (await verify_trail(harness.store)).differences.lines() == []
    await tamper(harness, *statements)
    [line] = (await verify_trail(harness.store)).differences.lines()
    assert said in line


async def test_a_change_that_was_taken_away_is_found(harness: ServiceHarness) -> None:
    change = await harness.executed()
    await tamper(harness, "DELETE FROM messages", "DELETE FROM recipients", "DELETE FROM changes")
    [line] = (await verify_trail(harness.store)).differences.lines()
    assert line.startswith(f"{change.id}: proposed in entry ")
    assert line.endswith(", and not in the table")


async def test_entries_of_an_older_version_cover_what_they_tell(harness: ServiceHarness) -> None:
    """Their steps have no seal: state and approvals are held against them, the rest is not covered."""
    change = await harness.released()
    older = "UPDATE audit SET detail = json_remove(detail, '$.row')"
    await tamper(harness, "DROP TRIGGER audit_no_update", older)
    await reseal(harness)
    found = (await verify_trail(harness.store)).differences
    assert ([one for one in found.first if change.id in one], found.uncovered) == ([], 1)
    await tamper(harness, body("approvals", f"[{APPROVAL}]"), body("state", '"applied"'))
    told = "\n".join((await verify_trail(harness.store)).differences.first)
    assert f"approved by {SECOND} in the table, by {APPROVER} in the entries" in told
    assert "the state is applied in the table, approved in entry" in told


async def test_an_older_change_is_executed_and_covered_from_then_on(
    harness: ServiceHarness,
) -> None:
    change = await harness.released()
    older = "UPDATE audit SET detail = json_remove(detail, '$.row')"
    await tamper(harness, "DROP TRIGGER audit_no_update", older)
    await reseal(harness)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    found = (await verify_trail(harness.store)).differences
    assert ([one for one in found.first if change.id in one], found.uncovered) == ([], 0)


async def reseal(harness: ServiceHarness) -> None:
    """Write every entry's seal anew: as the older version had written them."""

    def step(tx: SqliteTransaction) -> None:
        kept = tx.entries()
        tx._run("DROP TRIGGER audit_no_delete")
        tx._run("DELETE FROM audit")
        for entry in kept:
            tx.record(entry.record)

    await harness.store.write(cast("Any", step))


async def test_it_is_told_to_the_watchdog_and_in_the_log(
    harness: ServiceHarness, logs: list[MutableMapping[str, Any]]
) -> None:
    assert (await harness.look(lambda tx: tx.backlog())).contradicted_at is None
    change = await harness.released()
    await tamper(harness, row("user", "U0X", "admin"))
    await tamper(harness, body("approvals", f"[{APPROVAL}]"))
    harness.clock.advance(seconds=timedelta(minutes=1).total_seconds())
    await harness.executor.run()
    assert (await harness.look(lambda tx: tx.backlog())).contradicted_at == harness.clock.now()
    [logged] = [one for one in logs if one["event"] == "claim.contradicted"]
    assert (logged["change"], logged["log_level"]) == (change.id, "error")
    assert (await harness.change(change.id)).channel == CHANNEL
