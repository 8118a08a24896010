"""What was decided alone is reviewed: by whom, once, in which words, and what follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.commands import PendingCommand
from bot.domain.page import PageState
from bot.domain.review import ReviewState
from bot.domain.roles import Role
from bot.errors import Conflict, InvalidInput, NotAllowed
from bot.ports import MessageKind, Transaction, message_key
from bot.service.changes.emergency.review import accept, may_review, object_to, review
from bot.service.queries.history import pending
from bot.service.queries.home import home
from bot.service.reach.emergency import review_key
from bot.store.sqlite.store import SqliteTransaction
from bot.terminal.audit.verify import verify_trail
from tests.builders import ADMIN, APPROVER, CHANNEL, REQUESTER, a_grant
from tests.service.changes.emergency.emergencies import COMMANDER, emergency, told
from tests.service.harness import SECOND, ServiceHarness, actor, users

OPS = "C0OPS"
WHY = "The approver was there"


async def done(harness: ServiceHarness) -> Change:
    harness.ctx = replace(harness.ctx, ops_channel=OPS, pagers=("webhook",))
    change = await emergency(harness)
    await harness.executor.run()
    return await harness.change(change.id)


async def test_accepting_ends_reminders_and_pages_and_tells_nobody_besides(
    harness: ServiceHarness,
) -> None:
    change = await done(harness)
    after = await accept(harness.ctx, actor(APPROVER), change.id)
    assert after.review is not None
    assert (after.review.state, after.review.reviewer) == (ReviewState.ACCEPTED, APPROVER)
    assert (after.review.at, after.state) == (harness.clock.at, State.APPLIED)
    (detail,) = await harness.details("change.reviewed")
    assert (detail["review"], detail["rows"].split(" granted")[0]) == (
        "accepted",
        f"{APPROVER} approver 44444",
    )
    assert await harness.look(lambda tx: tx.deadline(review_key(change.id))) is None
    (page,) = await harness.look(lambda tx: tx.pages(change.id))
    assert page.wanted is PageState.RESOLVED
    notices = await told(harness, change, MessageKind.NOTICE)
    assert not any(one.startswith("reviewed") for one in notices)
    # The others have no button any more.
    row = await harness.look(
        lambda tx: tx.message(message_key(MessageKind.DIRECT, change.id, person=SECOND))
    )
    assert row is not None
    assert row.wanted == after.revision


async def test_an_objection_has_a_reason_and_is_told(harness: ServiceHarness) -> None:
    change = await done(harness)
    with pytest.raises(InvalidInput, match="An objection needs a reason"):
        await object_to(harness.ctx, actor(ADMIN), change.id, " ")
    after = await object_to(harness.ctx, actor(ADMIN), change.id, WHY)
    assert after.review is not None
    assert (after.review.state, after.review.reason) == (ReviewState.OBJECTED, WHY)
    notices = await told(harness, change, MessageKind.NOTICE)
    expected = {f"reviewed:{one}" for one in (COMMANDER, CHANNEL, OPS)}
    assert {one for one in notices if one.startswith("reviewed")} == expected


async def test_who_asked_or_decided_does_not_review_nor_who_may_not_approve(
    harness: ServiceHarness,
) -> None:
    await harness.grant(a_grant(COMMANDER, Role.APPROVER), a_grant(REQUESTER, Role.ADMIN))
    change = await done(harness)
    with pytest.raises(NotAllowed, match="Nobody reviews what they asked for or decided"):
        await accept(harness.ctx, actor(COMMANDER), change.id)
    with pytest.raises(NotAllowed, match="You may not approve for customer 44444"):
        await may_review(harness.ctx, actor("U0STRANGER"), change.id)
    assert (await harness.change(change.id)).is_review_owed
    assert len(await harness.refusals()) == 2


async def test_by_another_id_the_commander_is_still_the_commander(
    harness: ServiceHarness,
) -> None:
    change = await done(harness)
    await harness.store.write(lambda tx: tx.add_ids(COMMANDER, ["W0COMMANDER"]))
    await harness.grant(a_grant("W0COMMANDER", Role.APPROVER))
    with pytest.raises(NotAllowed, match="Nobody reviews"):
        await accept(harness.ctx, actor("W0COMMANDER"), change.id)
    harness.rewritten = True


async def test_it_is_reviewed_once(harness: ServiceHarness) -> None:
    change = await done(harness)
    await accept(harness.ctx, actor(APPROVER), change.id)
    with pytest.raises(Conflict, match=f"reviewed already: accepted by <@{APPROVER}>"):
        await object_to(harness.ctx, actor(SECOND), change.id, WHY)
    with pytest.raises(Conflict, match="reviewed already"):
        await may_review(harness.ctx, actor(SECOND), change.id)
    assert len(await harness.details("change.reviewed")) == 1


async def test_of_another_change_no_review_is_owed(harness: ServiceHarness) -> None:
    change = await harness.executed(users("a"))
    with pytest.raises(Conflict, match="was not decided in an emergency"):
        await accept(harness.ctx, actor(APPROVER), change.id)


async def test_it_is_pressed_in_the_direct_message_too(harness: ServiceHarness) -> None:
    change = await done(harness)

    def posted(tx: Transaction) -> None:
        row = tx.message(message_key(MessageKind.DIRECT, change.id, person=APPROVER))
        assert row is not None
        tx.save_message(replace(row, channel=f"D{APPROVER}", ts="1.5", shown=row.wanted))

    await harness.store.write(posted)
    here = Actor(APPROVER, f"D{APPROVER}", clicked=True)
    after = await accept(harness.ctx, here, change.id)
    assert not after.is_review_owed


async def test_at_the_terminal_whoever_is_named_is_told(harness: ServiceHarness) -> None:
    change = await done(harness)
    said = Actor(APPROVER, None, terminal="root@host")
    after = await review(harness.ctx, said, change.id, ReviewState.ACCEPTED)
    assert after.review is not None
    assert after.review.terminal == "root@host"
    notices = await told(harness, change, MessageKind.NOTICE)
    expected = {f"reviewed:{one}" for one in (APPROVER, COMMANDER, CHANNEL, OPS)}
    assert {one for one in notices if one.startswith("reviewed")} == expected
    entry = (await harness.entries(change.id))[-1]
    assert (entry.record.actor, entry.record.detail["on_behalf_of"]) == ("root@host", APPROVER)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        (
            "UPDATE changes SET body = json_set(body, '$.review.state', 'accepted')",
            "the review is accepted in the table, owed in entry",
        ),
        ("UPDATE changes SET review = 'accepted'", "the column review is not what its row says"),
        ("UPDATE changes SET review = NULL", "the column review is not what its row says"),
        (
            "UPDATE changes SET body = json_set(body, '$.review', json('null')), review = NULL",
            "the review is none in the table, owed in entry",
        ),
        (
            "UPDATE changes SET body = json_set(body, '$.emergency.commander', 'U0APPROVER')",
            "who decided it alone is U0APPROVER in the table, U0COMMANDER in entry",
        ),
        (
            "UPDATE changes SET body = json_set(body, '$.emergency.reason', 'none')",
            "the decision (approvals, their number, deadline or reason) is not as entry",
        ),
        ("DELETE FROM deadlines", "its review is owed, and the table deadlines does not say so"),
    ],
)
async def test_a_row_that_was_altered_is_found(
    harness: ServiceHarness, sql: str, fault: str
) -> None:
    change = await done(harness)
    harness.rewritten = True

    def tamper(tx: SqliteTransaction) -> None:
        assert tx._run(sql)

    await harness.store.write(tamper)  # type: ignore[arg-type]
    found = (await verify_trail(harness.store)).differences.first
    assert any(f"{change.id}: {fault}" in one for one in found), found


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        (
            "UPDATE changes SET body = json_set(body, '$.emergency', json('{}'))",
            "who decided it alone is U0COMMANDER in the table, none in entry",
        ),
        (
            "DELETE FROM audit WHERE kind = 'change.emergency'",
            "the state is approved in the table, awaiting approval in entry",
        ),
        (
            "UPDATE roles SET granted_by = 'root' WHERE role = 'commander'",
            "U0COMMANDER commander 44444: by root for good in the table, by",
        ),
    ],
    ids=["forged", "entry taken out", "role altered"],
)
async def test_what_no_entry_supports_is_not_executed(
    harness: ServiceHarness, sql: str, fault: str
) -> None:
    alone: dict[str, Any] = {
        "commander": COMMANDER,
        "at": "2026-03-14T03:04:05Z",
        "reason": "x",
        "evidence": "x",
        "terminal": "",
    }
    change = await (harness.released() if "{}" in sql else emergency(harness))
    statement = sql.replace("{}", str(alone).replace("'", '"'))
    harness.rewritten = True

    def tamper(tx: SqliteTransaction) -> None:
        for name in ("audit_no_delete", "audit_no_update"):
            tx._run(f"DROP TRIGGER IF EXISTS {name}")
        assert tx._run(statement)

    await harness.store.write(tamper)  # type: ignore[arg-type]
    await harness.executor.run()
    assert harness.api.sent == []
    assert await harness.state(change.id) is State.CANCELLED
    (detail,) = await harness.details("trail.contradicted")
    assert fault in detail["why"]


async def test_the_lists_name_it_for_those_who_may_review(harness: ServiceHarness) -> None:
    await harness.grant(a_grant(COMMANDER, Role.APPROVER))
    change = await done(harness)
    for person, shown in ((APPROVER, [change.id]), (COMMANDER, []), (REQUESTER, [])):
        tab = await home(harness.ctx, actor(person))
        assert [one.change.id for one in tab.reviews] == shown
        listed = await pending(harness.ctx, actor(person), PendingCommand())
        assert [one.change.id for one in listed.reviews] == [change.id]
    assert await harness.look(lambda tx: tx.reviews_owed(["55555"])) == []
    assert await harness.look(lambda tx: tx.reviews_owed([])) == []
    await accept(harness.ctx, actor(APPROVER), change.id)
    assert (await home(harness.ctx, actor(APPROVER))).reviews == ()
    assert await harness.look(lambda tx: tx.count_reviews_owed()) == (0, None)
