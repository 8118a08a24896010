"""A change given at the terminal: rows, quorum and silence decide, and nobody clicks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.roles import Role
from bot.domain.scope import Scope
from bot.errors import Conflict, NotAllowed
from bot.ports import MessageKind, SlackContact
from bot.service.changes import decide, terminal
from bot.service.changes.propose import propose
from bot.service.changes.terminal import (
    OfflineDirectory,
    TerminalRequest,
    decide_at_terminal,
    propose_at_terminal,
)
from tests.builders import (
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    OTHER_CUSTOMER,
    REQUESTER,
    a_grant,
    a_policy_rule,
    a_subject,
)
from tests.service.harness import SECOND, STRANGER, ServiceHarness, actor, request, users

HERE = "root@jump1"
DOWN = "Slack did not answer."


def an_order(scope: Scope | None = None, *approvers: str, **over: Any) -> TerminalRequest:
    """Return an order of the requester while Slack is down; ``over`` replaces fields."""
    fields: dict[str, Any] = {"actor": Actor(REQUESTER, None, terminal=HERE)}
    return TerminalRequest(
        **(fields | {"request": request(scope), "channel": "C0OPS", "approvers": approvers} | over)
    )


async def down() -> str:
    return DOWN


async def given(harness: ServiceHarness, order: TerminalRequest) -> Change:
    """Propose, preview and decide it."""
    change, _ = await terminal.propose_at_terminal(harness.ctx, order, down)
    await harness.executor.run()
    return await terminal.decide_at_terminal(
        harness.ctx, order, await harness.change(change.id), down
    )


async def refusal(harness: ServiceHarness, order: TerminalRequest, silence: str = DOWN) -> str:
    """Return why nothing is proposed; it is recorded, and the API was asked nothing."""

    async def told() -> str:
        return silence

    with pytest.raises(NotAllowed) as caught:
        await terminal.propose_at_terminal(harness.ctx, order, told)
    assert (await harness.details("refused"))[-1]["on_behalf_of"]
    assert (await harness.look(lambda tx: tx.changes()), harness.api.asked) == ([], [])
    return str(caught.value)


async def test_a_few_named_users_are_confirmed_and_told_in_the_channel(
    harness: ServiceHarness,
) -> None:
    change = await given(harness, an_order(users("a")))
    assert (change.state, change.terminal, change.channel) == (State.APPROVED, HERE, "C0OPS")
    assert (change.requester, change.requester_usergroups) == (REQUESTER, ())
    [proposed] = await harness.details("change.proposed")
    assert proposed["on_behalf_of"] == REQUESTER
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    assert await harness.details("slack.silent") == []


async def test_approvals_by_word_of_mouth_make_the_quorum_and_say_why_nobody_was_asked(
    harness: ServiceHarness,
) -> None:
    await harness.policy(a_policy_rule(approvals=2))
    change = await given(harness, an_order(None, APPROVER, SECOND))
    assert change.state is State.APPROVED
    assert [one.approver for one in change.approvals] == [APPROVER, SECOND]
    assert {one.via for one in change.approvals} == {f"said at the terminal {HERE}"}
    assert await harness.details("slack.silent") == [{"why": DOWN, "on_behalf_of": REQUESTER}]
    said = await harness.details("change.approved")
    assert [one["on_behalf_of"] for one in said] == [APPROVER, SECOND]


async def test_who_is_named_beyond_the_quorum_is_not_recorded(harness: ServiceHarness) -> None:
    change = await given(harness, an_order(None, APPROVER, SECOND))
    assert [one.approver for one in change.approvals] == [APPROVER]


@pytest.mark.parametrize(
    ("approvers", "silence", "why"),
    [
        ((), DOWN, "Approvals by others needed: 1, named: 0 (default: one approval"),
        ((APPROVER,), "", "Slack answers: approvals are given there, by a click"),
        ((REQUESTER,), DOWN, "Nobody approves their own change"),
        ((APPROVER, APPROVER), DOWN, f"{APPROVER} is named twice"),
        ((STRANGER,), DOWN, f"{STRANGER}: You may not approve for customer {CUSTOMER}"),
        ((APPROVER, STRANGER), DOWN, f"{STRANGER}: You may not approve"),
        (("U0OTHEROPERATOR",), DOWN, "needs the role approver or admin"),
    ],
)
async def test_what_could_not_be_decided_here_is_not_proposed(
    harness: ServiceHarness, approvers: tuple[str, ...], silence: str, why: str
) -> None:
    await harness.grant(a_grant("U0OTHEROPERATOR", Role.OPERATOR))
    assert why in await refusal(harness, an_order(None, *approvers), silence)


async def test_the_requester_needs_a_row_of_his_own(harness: ServiceHarness) -> None:
    """A row of their user group would do in Slack, where it can be asked who is in it."""
    await harness.grant(a_grant("S0ONCALL", Role.OPERATOR))
    harness.directory.members["S0ONCALL"] = {STRANGER}
    order = an_order(users("a"), actor=Actor(STRANGER, None, terminal=HERE))
    ctx = harness.ctx
    object.__setattr__(ctx, "directory", OfflineDirectory())
    assert "You may not propose" in await refusal(harness, order)


async def test_a_policy_of_two_is_not_met_by_one(harness: ServiceHarness) -> None:
    await harness.policy(a_policy_rule(approvals=2))
    assert "needed: 2, named: 1" in await refusal(harness, an_order(None, APPROVER))


@pytest.mark.parametrize("named", [(APPROVER,), (SECOND, APPROVER)])
async def test_what_was_proposed_in_slack_before_it_went_down_is_decided_here(
    harness: ServiceHarness, named: tuple[str, ...]
) -> None:
    """What one approver has clicked counts; who is named makes up the rest."""
    await harness.policy(a_policy_rule(approvals=2))
    before = await harness.previewed()
    await decide.approve(harness.ctx, actor(SECOND), before.id, before.preview_revision)
    change = await given(harness, an_order(None, *named))
    assert (change.id, change.state, change.channel) == (before.id, State.APPROVED, CHANNEL)
    assert [one.via for one in change.approvals] == ["clicked", f"said at the terminal {HERE}"]


async def test_what_is_open_and_lacks_an_approval_is_not_decided_here(
    harness: ServiceHarness,
) -> None:
    change = await harness.previewed()
    with pytest.raises(NotAllowed, match="needed: 1, named: 0"):
        await terminal.propose_at_terminal(harness.ctx, an_order(), down)
    assert await harness.change(change.id) == change
    assert (await harness.trail(change.id))[-1] == "refused"


async def test_what_somebody_else_has_proposed_is_not_decided_for_him(
    harness: ServiceHarness,
) -> None:
    await harness.grant(a_grant("U0OTHER", Role.OPERATOR))
    change = await harness.previewed(users("a"))
    order = an_order(users("a"), actor=Actor("U0OTHER", None, terminal=HERE))
    with pytest.raises(NotAllowed, match=f"{change.id} asks for the same already, for {REQUESTER}"):
        await terminal.propose_at_terminal(harness.ctx, order, down)


async def test_what_is_approved_already_is_the_same_change(harness: ServiceHarness) -> None:
    change = await harness.released()
    found, new = await terminal.propose_at_terminal(harness.ctx, an_order(), down)
    assert (found.id, found.state, new) == (change.id, State.APPROVED, False)


async def test_a_policy_that_became_stricter_meanwhile_is_not_met(harness: ServiceHarness) -> None:
    order = an_order(users("a"))
    change, _ = await terminal.propose_at_terminal(harness.ctx, an_order(users("a", "b")), down)
    assert change.approvals_needed == 0
    await harness.policy(a_policy_rule(approvals=1))
    stricter, _ = await propose(harness.ctx, order.actor, order.request, card_channel="C0OPS")
    await harness.executor.run()
    with pytest.raises(NotAllowed, match="needed: 1, named: 0"):
        await terminal.decide_at_terminal(
            harness.ctx, order, await harness.change(stricter.id), down
        )
    assert harness.api.sent == []


async def test_a_right_that_was_taken_away_meanwhile_counts(harness: ServiceHarness) -> None:
    order = an_order(None, APPROVER)
    change, _ = await terminal.propose_at_terminal(harness.ctx, order, down)
    await harness.executor.run()
    row = a_grant(APPROVER, Role.APPROVER)
    await harness.store.write(lambda tx: tx.remove_grant(row.subject, row.role, row.customer))
    with pytest.raises(NotAllowed, match="You may not approve"):
        await terminal.decide_at_terminal(harness.ctx, order, await harness.change(change.id), down)
    assert await harness.state(change.id) is State.AWAITING_APPROVAL


async def test_what_is_not_decided_is_withdrawn_and_what_is_decided_stays(
    harness: ServiceHarness,
) -> None:
    order = an_order(users("a"))
    change, _ = await terminal.propose_at_terminal(harness.ctx, order, down)
    await terminal.withdraw_at_terminal(harness.ctx, order, change)
    assert await harness.state(change.id) is State.CANCELLED
    approved = await given(harness, order)
    await terminal.withdraw_at_terminal(harness.ctx, order, approved)
    assert await harness.state(approved.id) is State.APPROVED


async def test_who_lost_his_right_cannot_withdraw_and_it_expires(harness: ServiceHarness) -> None:
    order = an_order(users("a"))
    change, _ = await terminal.propose_at_terminal(harness.ctx, order, down)
    row = a_grant(REQUESTER)
    await harness.store.write(lambda tx: tx.remove_grant(row.subject, row.role, row.customer))
    await terminal.withdraw_at_terminal(harness.ctx, order, change)
    harness.clock.at = change.deadline
    await harness.executor.run()
    assert await harness.state(change.id) is State.EXPIRED


async def test_what_was_shown_is_what_is_decided_on(harness: ServiceHarness) -> None:
    order = an_order(None, APPROVER)
    change, _ = await terminal.propose_at_terminal(harness.ctx, order, down)
    with pytest.raises(Conflict, match="has changed"):
        await terminal.decide_at_terminal(harness.ctx, order, change, down)  # never previewed


async def test_an_admin_may_be_named_by_his_own_row(harness: ServiceHarness) -> None:
    await harness.grant(a_grant("U0OTHER", Role.ADMIN))  # somebody else hears of it
    change = await given(harness, an_order(None, ADMIN))
    assert change.state is State.APPROVED


async def test_no_place_is_open_where_nobody_can_be_asked() -> None:
    nobody = OfflineDirectory()
    assert await nobody.usergroups_of(REQUESTER, ["S0ONCALL"]) == ()
    assert (await nobody.channel(CHANNEL)).shared_outside
    assert not (await nobody.person(REQUESTER)).barred


async def test_without_a_row_slack_is_not_even_asked(harness: ServiceHarness) -> None:
    async def asked() -> str:
        raise AssertionError("asked")

    order = an_order(None, APPROVER, actor=Actor(STRANGER, None, terminal=HERE))
    with pytest.raises(NotAllowed, match="You may not propose"):
        await terminal.propose_at_terminal(harness.ctx, order, asked)


async def test_a_denial_at_the_terminal_is_no_approval_that_anybody_has_to_hear_of(
    harness: ServiceHarness,
) -> None:
    change = await harness.previewed()
    denied = await decide.deny(harness.ctx, Actor(APPROVER, None, terminal=HERE), change.id, "no")
    due = await harness.look(lambda tx: tx.due_messages(harness.clock.now()))
    assert denied.state is State.DENIED
    assert MessageKind.ASSERTED not in {one.kind for one in due}


async def test_slack_that_is_back_before_the_confirmation_counts_no_word_of_mouth(
    harness: ServiceHarness,
) -> None:
    """The prompt may have waited for long."""
    order = an_order(None, APPROVER)
    change, _ = await terminal.propose_at_terminal(harness.ctx, order, down)
    await harness.executor.run()

    async def back() -> str:
        return ""

    with pytest.raises(NotAllowed, match="Slack answers"):
        await terminal.decide_at_terminal(harness.ctx, order, await harness.change(change.id), back)
    assert await harness.state(change.id) is State.AWAITING_APPROVAL


# --- whom it is told, and when it counts ---


async def told(harness: ServiceHarness) -> list[str]:
    """Who is told of the approval, by rows of the outbox that are due."""
    due = await harness.look(lambda tx: tx.due_messages(harness.clock.now()))
    return sorted(one.channel for one in due if one.kind is MessageKind.ASSERTED)


async def heard(harness: ServiceHarness, seconds: float, ops_channel: str = "") -> None:
    """The running bot heard from Slack so many seconds ago."""
    at = harness.clock.now() - timedelta(seconds=seconds)
    await harness.store.write(lambda tx: tx.save_slack_contact(SlackContact(at, ops_channel)))


async def test_requester_admins_and_operations_are_told_in_the_step_of_the_approval(
    harness: ServiceHarness,
) -> None:
    harness.ctx = replace(harness.ctx, ops_channel="C0CHOSEN")
    await heard(harness, 3600, "C0OPS")
    expired = harness.clock.now() - timedelta(days=1)
    await harness.grant(
        a_grant("U0ALL", Role.ADMIN, customer="*"),
        a_grant("U0GONE", Role.ADMIN, expires_at=expired),
        a_grant("U0AWAY", Role.ADMIN, customer=OTHER_CUSTOMER),
    )
    await given(harness, an_order(None, APPROVER))
    assert await told(harness) == sorted([APPROVER, REQUESTER, ADMIN, "U0ALL", "C0OPS", "C0CHOSEN"])


async def test_where_nobody_else_hears_of_it_it_does_not_count(harness: ServiceHarness) -> None:
    await harness.store.write(lambda tx: tx.remove_grant(a_subject(ADMIN), Role.ADMIN, CUSTOMER))
    why = await refusal(harness, an_order(None, APPROVER))
    assert why.startswith(f"Nobody else could be told: no other admin of customer {CUSTOMER}")
    assert await harness.look(lambda tx: tx.changes()) == []
    await harness.grant(a_grant(REQUESTER, Role.ADMIN))  # named already
    assert await refusal(harness, an_order(None, APPROVER)) == why
    harness.ctx = replace(
        harness.ctx, ops_channel="C0CHOSEN"
    )  # of this terminal, for this one command
    assert await refusal(harness, an_order(None, APPROVER)) == why
    await heard(harness, 3600, "C0OPS")
    assert (await given(harness, an_order(None, APPROVER))).state is State.APPROVED


@pytest.mark.parametrize("seconds", [0, 59, -59])
async def test_while_the_running_bot_hears_from_slack_words_do_not_count(
    harness: ServiceHarness, seconds: float
) -> None:
    """Whatever this terminal is told by SLACK_API_URL."""
    await heard(harness, seconds)
    why = await refusal(harness, an_order(None, APPROVER))
    assert why.startswith("The running bot heard from Slack at ")
    assert await harness.look(lambda tx: tx.changes()) == []


@pytest.mark.parametrize("seconds", [60, 3600, -3600])
async def test_a_minute_later_they_do(harness: ServiceHarness, seconds: float) -> None:
    await heard(harness, seconds)
    assert (await given(harness, an_order(None, APPROVER))).state is State.APPROVED


async def test_slack_that_comes_back_while_the_prompt_waits_ends_it(
    harness: ServiceHarness,
) -> None:
    order = an_order(None, APPROVER)
    change, _ = await propose_at_terminal(harness.ctx, order, down)
    await harness.executor.run()
    await heard(harness, 1)
    with pytest.raises(NotAllowed, match="The running bot heard from Slack"):
        await decide_at_terminal(harness.ctx, order, await harness.change(change.id), down)
    assert (await harness.change(change.id)).approvals == ()


async def test_who_needs_no_approval_needs_no_silence(harness: ServiceHarness) -> None:
    await heard(harness, 1)
    assert (await given(harness, an_order(users("a")))).state is State.APPROVED
