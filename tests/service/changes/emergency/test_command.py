"""A commander decides alone: who may, what, what stops it, and who is told at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.domain.actions import Activate, EditUser, PurgeUsers
from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.mail_user import FieldChange
from bot.domain.notify import DEFAULT, QuietHours
from bot.domain.page import PageState
from bot.domain.policy import START_TIME
from bot.domain.review import Review, ReviewState
from bot.domain.roles import Role, Subject, SubjectKind
from bot.domain.scope import EVERY_USER, Everyone
from bot.domain.time_limit import TimeLimit
from bot.errors import Conflict, InvalidInput, NotAllowed
from bot.ports import MessageKind, Transaction, message_key
from bot.service.changes import resolve
from bot.service.changes.emergency.command import may_take_over, propose_emergency, take_over
from bot.service.changes.propose import propose
from tests.builders import ADMIN, APPROVER, CHANNEL, CUSTOMER, NOW, REQUESTER, a_grant
from tests.fakes import ambiguous
from tests.service.changes.emergency.emergencies import (
    COMMANDER,
    appoint,
    emergency,
    forbid,
    told,
)
from tests.service.harness import SECOND, ServiceHarness, actor, request, users

OPS = "C0OPS"


async def test_it_is_executed_without_an_approval_and_a_review_is_owed(
    harness: ServiceHarness,
) -> None:
    change = await emergency(harness)
    assert (change.state, change.requester) == (State.APPROVED, COMMANDER)
    assert (change.approvals, change.approvals_needed) == ((), 1)
    assert change.review == Review()
    assert change.emergency is not None
    assert (change.emergency.commander, change.emergency.reason) == (COMMANDER, "Exchange down")
    assert f"{COMMANDER} commander {CUSTOMER}" in change.emergency.evidence
    assert change.preview is not None
    assert change.preview.total == 3

    await harness.executor.run()
    done = await harness.change(change.id)
    assert (done.state, done.is_review_owed) == (State.APPLIED, True)
    assert (await harness.trail(change.id))[:3] == [
        "change.proposed",
        "change.emergency",
        "change.executing",
    ]
    (detail,) = await harness.details("change.emergency")
    assert (detail["reason"], detail["given"]) == ("Exchange down", "typed")


async def test_the_commander_needs_the_role_for_this_customer_and_no_user_group_gives_it(
    harness: ServiceHarness,
) -> None:
    group = Subject(SubjectKind.USERGROUP, "S0ONCALL")
    harness.directory.members["S0ONCALL"] = {REQUESTER}
    await harness.grant(
        replace(a_grant(COMMANDER, Role.COMMANDER), customer="55555"),
        replace(a_grant("S0ONCALL", Role.COMMANDER), subject=group),
    )
    for person in (COMMANDER, REQUESTER, APPROVER, ADMIN):
        with pytest.raises(NotAllowed, match="You may not decide alone for customer 44444"):
            await propose_emergency(harness.ctx, actor(person), request())
    assert await harness.look(lambda tx: tx.changes()) == []
    assert len(await harness.refusals()) == 4


async def test_a_reason_is_needed(harness: ServiceHarness) -> None:
    with pytest.raises(InvalidInput, match="An emergency needs a reason"):
        await emergency(harness, reason=" ")
    change = await harness.previewed()
    with pytest.raises(InvalidInput, match="An emergency needs a reason"):
        await take_over(harness.ctx, actor(COMMANDER), change.id, "")


@pytest.mark.parametrize(
    "action", [PurgeUsers(), EditUser((FieldChange("lastName", "a", "b"),))], ids=str
)
async def test_what_is_no_flag_waits_for_its_approvals(
    harness: ServiceHarness, action: PurgeUsers | EditUser
) -> None:
    await harness.grant(a_grant(ADMIN, Role.COMMANDER))
    scope = EVERY_USER if isinstance(action, PurgeUsers) else users("a")
    wanted = Proposal(CUSTOMER, action, scope, "because")
    with pytest.raises(NotAllowed, match="is no change for an emergency"):
        await propose_emergency(harness.ctx, actor(ADMIN), wanted)
    change, _ = await propose(harness.ctx, actor(ADMIN), wanted)
    with pytest.raises(NotAllowed, match="is no change for an emergency"):
        await take_over(harness.ctx, actor(ADMIN), change.id, "because")
    assert (await harness.change(change.id)).emergency is None


async def test_one_of_several_customers_is_not_taken_over_and_does_not_hold_an_emergency_up(
    harness: ServiceHarness,
) -> None:
    await appoint(harness)
    change = await harness.previewed()
    batch = change.revised(batch=change.id)
    harness.rewritten = True
    await harness.store.write(lambda tx: tx.save_change(batch))
    with pytest.raises(NotAllowed, match="Break-glass is for one customer"):
        await take_over(harness.ctx, actor(COMMANDER), change.id, "because")
    alone, new = await propose_emergency(harness.ctx, actor(COMMANDER), request())
    assert new
    assert (alone.batch, alone.state) == ("", State.APPROVED)
    assert (await harness.change(change.id)).state is State.AWAITING_APPROVAL


async def test_one_of_several_customers_that_was_decided_is_not_sent_again(
    harness: ServiceHarness,
) -> None:
    await appoint(harness)
    change = await harness.previewed()
    decided = change.revised(batch=change.id, state=State.APPROVED)
    harness.rewritten = True
    await harness.store.write(lambda tx: tx.save_change(decided))
    with pytest.raises(Conflict, match=f"{change.id} asks for the same, together with other"):
        await propose_emergency(harness.ctx, actor(COMMANDER), request())


async def test_an_open_change_is_turned_into_one(harness: ServiceHarness) -> None:
    await appoint(harness)
    change = await harness.previewed()
    assert await may_take_over(harness.ctx, actor(COMMANDER), change.id) == change
    after = await take_over(harness.ctx, actor(COMMANDER), change.id, "nobody answers")
    assert (after.state, after.requester, after.reason) == (
        State.APPROVED,
        REQUESTER,
        "Exchange down",
    )
    assert after.emergency is not None
    assert (after.emergency.commander, after.emergency.reason) == (COMMANDER, "nobody answers")
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    # Whoever had the card is told in a message of their own: an update notifies nobody.
    notices = await told(harness, change, MessageKind.NOTICE)
    assert {f"emergency:{one}" for one in (APPROVER, SECOND)} <= notices
    # The card is not posted yet: its first post tells it in the channel.
    assert f"emergency:{CHANNEL}" not in notices


async def test_where_the_card_is_posted_the_channel_is_told(harness: ServiceHarness) -> None:
    await appoint(harness)
    change = await harness.previewed()

    def post(tx: Transaction) -> None:
        row = tx.message(message_key(MessageKind.CARD, change.id))
        assert row is not None
        tx.save_message(replace(row, ts="1.5", shown=row.wanted))

    await harness.store.write(post)
    await take_over(harness.ctx, actor(COMMANDER), change.id, "nobody answers")
    assert f"emergency:{CHANNEL}" in await told(harness, change, MessageKind.NOTICE)


async def test_an_equal_request_that_waits_is_decided(harness: ServiceHarness) -> None:
    await appoint(harness)
    waiting = await harness.previewed()
    change, new = await propose_emergency(harness.ctx, actor(COMMANDER), request())
    assert (change.id, new, change.state) == (waiting.id, False, State.APPROVED)
    assert change.preview_revision == waiting.preview_revision


async def test_an_equal_one_of_another_channel_is_named(harness: ServiceHarness) -> None:
    await harness.grant(a_grant("C0SECOND", Role.INCIDENT))
    await appoint(harness)
    waiting = await harness.previewed()
    with pytest.raises(Conflict, match=f"{waiting.id} asks for the same in <#{CHANNEL}>"):
        await propose_emergency(harness.ctx, actor(COMMANDER, "C0SECOND"), request())
    assert await harness.state(waiting.id) is State.AWAITING_APPROVAL
    assert "asks for the same in" in (await harness.refusals())[-1]


async def test_of_two_commanders_at_once_one_decides(harness: ServiceHarness) -> None:
    await appoint(harness)
    await appoint(harness, SECOND)
    change = await harness.previewed()
    tries = (
        take_over(harness.ctx, actor(COMMANDER), change.id, "first"),
        take_over(harness.ctx, actor(SECOND), change.id, "second"),
    )
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(one) for one in results if isinstance(one, Exception)] == [Conflict]
    assert len(await harness.details("change.emergency")) == 1
    await harness.executor.run()
    assert len(harness.api.sent) == 1


async def test_a_press_that_is_replayed_does_nothing(harness: ServiceHarness) -> None:
    change = await emergency(harness)
    for _ in range(2):
        with pytest.raises(Conflict, match="approved already: too late to decide alone"):
            await propose_emergency(harness.ctx, actor(COMMANDER), request())
    with pytest.raises(Conflict, match="too late to decide alone"):
        await take_over(harness.ctx, actor(COMMANDER), change.id, "again")
    await harness.executor.run()
    assert len(harness.api.sent) == 1


async def test_a_role_that_is_revoked_before_the_submission_is_no_role(
    harness: ServiceHarness,
) -> None:
    await appoint(harness)
    change = await harness.previewed()
    await may_take_over(harness.ctx, actor(COMMANDER), change.id)
    harness.rewritten = True
    await harness.store.write(
        lambda tx: tx.remove_grant(Subject(SubjectKind.USER, COMMANDER), Role.COMMANDER, CUSTOMER)
    )
    with pytest.raises(NotAllowed, match="You may not"):
        await take_over(harness.ctx, actor(COMMANDER), change.id, "because")
    assert await harness.state(change.id) is State.AWAITING_APPROVAL


async def test_one_who_lost_the_role_before_the_execution_stops_it(
    harness: ServiceHarness,
) -> None:
    change = await emergency(harness)
    harness.rewritten = True
    await harness.grant(a_grant(COMMANDER, Role.OPERATOR))  # so that it is not the requester's
    await harness.store.write(
        lambda tx: tx.remove_grant(Subject(SubjectKind.USER, COMMANDER), Role.COMMANDER, CUSTOMER)
    )
    await harness.executor.run()
    stopped = await harness.change(change.id)
    assert stopped.state is State.CANCELLED
    assert f"{COMMANDER} lost the right meanwhile" in stopped.decision_reason
    assert stopped.is_review_owed
    assert harness.api.sent == []


async def test_a_rule_forbids_it_at_the_proposal_and_at_the_decision(
    harness: ServiceHarness,
) -> None:
    await forbid(harness)
    change = await harness.previewed()
    with pytest.raises(NotAllowed, match="A rule forbids break-glass for customer 44444"):
        await emergency(harness)
    with pytest.raises(NotAllowed, match="A rule forbids break-glass"):
        await take_over(harness.ctx, actor(COMMANDER), change.id, "because")
    assert len(await harness.refusals()) == 2


async def test_a_rule_that_is_set_meanwhile_stops_the_execution(harness: ServiceHarness) -> None:
    change = await emergency(harness)
    await forbid(harness, "*")
    await harness.executor.run()
    stopped = await harness.change(change.id)
    assert (stopped.state, harness.api.sent) == (State.CANCELLED, [])
    assert stopped.decision_reason.startswith("Not executed: A rule forbids break-glass")


async def test_what_the_api_does_not_know_is_not_proposed(harness: ServiceHarness) -> None:
    with pytest.raises(InvalidInput, match=r"Nothing was proposed\. .*x@example.com"):
        await emergency(harness, users("x"))
    assert await harness.look(lambda tx: tx.changes()) == []


async def test_an_api_that_is_silent_delays_nothing(harness: ServiceHarness) -> None:
    harness.ctx = replace(harness.ctx, preview_seconds=0.05)
    harness.api.gate.clear()
    change = await emergency(harness)
    assert change.state is State.APPROVED
    assert change.preview is not None
    assert (change.preview.total, change.preview.problem != "") == (None, True)
    harness.api.gate.set()


async def test_a_number_that_has_moved_does_not_ask_anybody_again(
    harness: ServiceHarness,
) -> None:
    change = await emergency(harness)
    harness.api.add(CUSTOMER, *users(*(f"new{one}" for one in range(9))).addresses)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_a_timed_one_has_its_way_back(harness: ServiceHarness) -> None:
    await appoint(harness)
    wanted = Proposal(
        CUSTOMER,
        request().action,
        Everyone(),
        "Exchange down",
        time_limit=TimeLimit(lasts=timedelta(hours=1)),
    )
    change, _ = await propose_emergency(harness.ctx, actor(COMMANDER), wanted)
    await harness.executor.run()
    harness.clock.advance(hours=1)
    await harness.fall_due()
    back = await harness.look(lambda tx: tx.changes(states={State.APPLIED}, limit=1))
    assert back[0].back_of == change.id
    assert back[0].emergency is None


async def test_nobody_sends_it_again_by_hand_after_half_an_hour(harness: ServiceHarness) -> None:
    harness.api.answers = [ambiguous(landed=False)]
    change = await emergency(harness)
    await harness.grant(a_grant(COMMANDER, Role.OPERATOR))
    await harness.executor.run()
    harness.clock.advance(minutes=31)
    await harness.executor.run()
    assert await harness.state(change.id) is State.NEEDS_OPERATOR
    await resolve.retry(harness.ctx, actor(REQUESTER), change.id, "again")
    await harness.executor.run()
    left = await harness.change(change.id)
    assert (left.state, len(harness.api.sent)) == (State.NEEDS_OPERATOR, 1)
    assert "decided it alone more than half an hour ago" in left.decision_reason


async def test_everybody_who_could_have_approved_is_told_at_once_in_quiet_hours_too(
    harness: ServiceHarness,
) -> None:
    harness.ctx = replace(harness.ctx, ops_channel=OPS, pagers=("webhook",))
    quiet = QuietHours(time(0), time(23, 59), "UTC")
    rule = replace(DEFAULT, customer="*", quiet=quiet, set_by=ADMIN, set_at=NOW)
    await harness.store.write(lambda tx: tx.put_notify_rule(rule))
    change = await emergency(harness)
    assert await told(harness, change, MessageKind.DIRECT) == {APPROVER, SECOND, ADMIN}
    assert await told(harness, change, MessageKind.NOTICE) == {f"emergency:{OPS}"}
    (page,) = await harness.look(lambda tx: tx.pages(change.id))
    assert page.wanted is PageState.TRIGGERED
    await harness.executor.run()
    (page,) = await harness.look(lambda tx: tx.pages(change.id))
    assert page.wanted is PageState.TRIGGERED  # until it is reviewed


async def test_at_the_terminal_the_commander_is_told_in_whose_name_it_was_said(
    harness: ServiceHarness,
) -> None:
    await appoint(harness)
    at = Actor(COMMANDER, None, terminal="root@host")
    change, _ = await propose(harness.ctx, at, request(), card_channel=CHANNEL)
    after = await take_over(harness.ctx, at, change.id, "Slack is down")
    assert after.emergency is not None
    assert after.emergency.terminal == "root@host"
    assert f"emergency:{COMMANDER}" in await told(harness, change, MessageKind.NOTICE)
    entry = (await harness.entries(change.id))[-1]
    assert (entry.record.actor, entry.record.detail["on_behalf_of"]) == ("root@host", COMMANDER)
    assert entry.record.detail["given"] == "terminal"


async def test_it_lapses_like_an_approved_one(harness: ServiceHarness) -> None:
    change = await emergency(harness)
    assert change.deadline == harness.clock.at + START_TIME
    harness.clock.advance(minutes=31)
    await harness.executor.run()
    lapsed: Change = await harness.change(change.id)
    assert (lapsed.state, lapsed.review) == (State.EXPIRED, Review(ReviewState.OWED))


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("DELETE FROM configuration", "set in entry"),
        (
            "UPDATE configuration SET terms = json_set(terms, '$.emergency', 'allowed')",
            "not as entry",
        ),
        ("UPDATE configuration SET name = '55555'", "set in entry"),
        ("UPDATE configuration SET terms = 'nonsense'", "set in entry"),
    ],
)
async def test_a_rule_that_was_altered_by_hand_forbids_it_all_the_same(
    harness: ServiceHarness, sql: str, fault: str
) -> None:
    await forbid(harness)
    harness.rewritten = True
    await harness.store.write(lambda tx: tx._run(sql) and None)  # type: ignore[attr-defined]
    with pytest.raises(NotAllowed, match=f"the audit trail contradicts the rule: .*{fault}"):
        await emergency(harness)
    assert await harness.look(lambda tx: tx.changes()) == []


async def test_of_an_activate_both_steps_are_sent(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, *users("a", "b", "c").addresses, access=False)
    await appoint(harness)
    wanted = Proposal(CUSTOMER, Activate(), Everyone(), "Nobody answers")
    change, _ = await propose_emergency(harness.ctx, actor(COMMANDER), wanted)
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, change.approvals) == (State.APPLIED, ())
    flags = {(one.access, one.failover) for one in harness.api.held[CUSTOMER].values()}
    assert flags == {(True, True)}
