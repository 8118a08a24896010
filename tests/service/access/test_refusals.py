"""A refusal is recorded with whom, where, about what, and in the words that were told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.actor import Actor
from bot.domain.audit.chain import Record
from bot.domain.change import Change
from bot.domain.roles import Right, Role
from bot.errors import BotError, NotAllowed, SlackRefused, SlackUnavailable, UnknownChange
from bot.ports import Channel, Person
from bot.service.access.authorise import authorise, still_allowed
from bot.service.access.change_lookup import change_of_channel
from bot.service.access.principals import identify
from bot.service.access.refusals import record_refusal, refuse
from bot.service.access.remedies import who_grants
from bot.service.changes import decide
from bot.service.context import Context
from tests.builders import (
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    REQUESTER,
    a_change,
    a_grant,
    a_policy_rule,
    a_subject,
)
from tests.service.harness import STRANGER, ServiceHarness, actor, users

VIEWERS = "it needs the role viewer or operator or approver or admin"


async def entry(harness: ServiceHarness) -> Record:
    """The one entry of the trail."""
    (found,) = await harness.entries()
    return found.record


def refusal(who: str, detail: Mapping[str, object], **over: str) -> Record:
    made = Record(NOW, "refused", who, channel=CHANNEL, detail=detail)
    return replace(made, **over)  # type: ignore[arg-type]  # the columns of text


async def test_what_the_rows_do_not_allow(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed) as caught:
        await authorise(harness.ctx, actor(STRANGER), Right.VIEW, CUSTOMER, "C-7K3MX")
    why = {"why": f"You may not view for customer {CUSTOMER}: {VIEWERS}."}
    assert str(caught.value) == f"{why['why']} Who can grant it: <@{ADMIN}>."
    name = f"name of {STRANGER}"
    assert await entry(harness) == refusal(
        STRANGER, why, actor_name=name, customer=CUSTOMER, change_id="C-7K3MX"
    )


async def test_it_is_about_no_change_unless_one_is_named(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed):
        await authorise(harness.ctx, actor(STRANGER), Right.VIEW, CUSTOMER)
    assert (await entry(harness)).change_id == ""


async def test_leave_is_given_to_a_person_of_a_name_by_rows_in_words(
    harness: ServiceHarness,
) -> None:
    authorization = await authorise(harness.ctx, actor(), Right.PROPOSE, CUSTOMER)
    assert authorization.name == f"name of {REQUESTER}"
    assert authorization.rows == (
        f"{REQUESTER} operator {CUSTOMER} granted by {ADMIN}; "
        f"{CHANNEL} incident {CUSTOMER} granted by {ADMIN}"
    )


@pytest.mark.parametrize(
    "error",
    [SlackUnavailable("Slack is slow."), SlackRefused("no", code="channel_not_found")],
)
async def test_slack_that_does_not_tell(harness: ServiceHarness, error: BotError) -> None:
    harness.directory.error = error  # type: ignore[assignment]  # both are of Slack
    with pytest.raises(NotAllowed) as caught:
        await identify(harness.ctx, actor())
    assert await entry(harness) == refusal(REQUESTER, {"why": str(caught.value)})


async def test_somebody_whom_slack_bars(harness: ServiceHarness) -> None:
    harness.directory.people[REQUESTER] = Person(REQUESTER, "on call", "a guest")
    with pytest.raises(NotAllowed):
        await identify(harness.ctx, actor())
    why = {"why": "You may not use this here: a guest."}
    assert await entry(harness) == refusal(REQUESTER, why, actor_name="on call")


async def test_a_place_that_others_share(harness: ServiceHarness) -> None:
    harness.directory.places[CHANNEL] = Channel(
        CHANNEL, "x", shared_outside=True, bot_is_member=True
    )
    with pytest.raises(NotAllowed):
        await identify(harness.ctx, actor())
    why = {"why": "This channel is shared with another company, so nothing works here."}
    assert await entry(harness) == refusal(REQUESTER, why, actor_name=f"name of {REQUESTER}")


@pytest.mark.parametrize(
    ("asked", "told", "kept"),
    [
        ("C-7K3MX", "C-7K3MX", "C-7K3MX"),
        ("C-7K3MX\n<!here>", "of that name", "C-7K3MX\\n<!here>"),
        ("Ü" * 50, "of that name", "\\xdc" * 40),
    ],
)
async def test_a_change_that_is_not_there(
    harness: ServiceHarness, asked: str, told: str, kept: str
) -> None:
    with pytest.raises(UnknownChange) as caught:
        await change_of_channel(harness.ctx, actor(), asked)
    assert (
        str(caught.value)
        == f"There is no change {told} here that you may see. Look with `/continuity pending`."
    )
    detail = {"why": str(caught.value), "asked_for": kept}
    assert await entry(harness) == refusal(REQUESTER, detail, actor_name=f"name of {REQUESTER}")


async def test_a_change_of_another_channel(harness: ServiceHarness) -> None:
    await harness.put(a_change(channel="C0ELSEWHERE"))
    with pytest.raises(NotAllowed):
        await change_of_channel(harness.ctx, actor(), "C-7K3MX")
    why = {"why": "C-7K3MX belongs to another channel: decide it there."}
    who = {"actor_name": f"name of {REQUESTER}", "customer": CUSTOMER, "change_id": "C-7K3MX"}
    assert await entry(harness) == refusal(REQUESTER, why, **who)


async def test_on_the_terminal_a_change_has_no_place(harness: ServiceHarness) -> None:
    await harness.put(a_change(channel="C0ELSEWHERE"))
    change, _ = await change_of_channel(harness.ctx, actor(channel=None), "C-7K3MX")
    assert change.id == "C-7K3MX"


async def test_what_is_not_told_is_left_out(harness: ServiceHarness) -> None:
    await record_refusal(harness.ctx, actor(), "No.")
    assert await entry(harness) == refusal(REQUESTER, {"why": "No."})


async def test_a_refusal_is_about_its_customer_and_its_change(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed, match=r"^No\.$"):
        await refuse(harness.ctx, actor(), "on call", CUSTOMER, "No.", "C-7K3MX")
    assert await entry(harness) == refusal(
        REQUESTER, {"why": "No."}, actor_name="on call", customer=CUSTOMER, change_id="C-7K3MX"
    )


async def test_refused_without_a_change(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed):
        await refuse(harness.ctx, actor(), "on call", CUSTOMER, "No.")
    assert (await entry(harness)).change_id == ""


async def test_the_customers_of_a_caller_are_those_of_his_rows_in_force(
    harness: ServiceHarness,
) -> None:
    soon = NOW + timedelta(minutes=1)
    await harness.grant(
        a_grant(REQUESTER, customer=OTHER_CUSTOMER, expires_at=soon),
        a_grant(CHANNEL, Role.INCIDENT, customer=OTHER_CUSTOMER),
    )
    principal = await identify(harness.ctx, actor())
    assert principal.customers(Right.PROPOSE, NOW) == frozenset({CUSTOMER, OTHER_CUSTOMER})
    assert principal.customers(Right.PROPOSE, soon) == frozenset({CUSTOMER})
    assert principal.customers(Right.APPROVE, NOW) == frozenset()


async def test_rows_for_all_customers_are_all_of_them_while_they_are_in_force(
    harness: ServiceHarness,
) -> None:
    soon = NOW + timedelta(minutes=1)
    await harness.grant(
        a_grant(REQUESTER, customer="*", expires_at=soon),
        a_grant(CHANNEL, Role.INCIDENT, customer="*"),
    )
    principal = await identify(harness.ctx, actor())
    assert principal.customers(Right.PROPOSE, NOW) is None
    assert principal.customers(Right.PROPOSE, soon) == frozenset({CUSTOMER})


async def test_inside_a_step_the_rows_alone_decide_once_more(harness: ServiceHarness) -> None:
    await harness.grant(a_grant("S0ONCALL", customer=CUSTOMER))
    asked = ((STRANGER, ("S0ONCALL",)), (STRANGER, ()), (STRANGER, ("S0OTHER",)), (REQUESTER, ()))
    answers = await harness.look(
        lambda tx: [
            still_allowed(tx, harness.ctx, actor(who), Right.PROPOSE, groups, CUSTOMER).allowed
            for who, groups in asked
        ]
    )
    assert answers == [True, False, False, True]


async def test_admins_of_other_customers_grant_nothing_here(harness: ServiceHarness) -> None:
    await harness.grant(a_grant("U0FAR", Role.ADMIN, customer=OTHER_CUSTOMER))
    principal = await identify(harness.ctx, actor(STRANGER))
    decision = principal.decide(Right.PROPOSE, CUSTOMER, NOW)
    told = await who_grants(harness.ctx, decision, CUSTOMER, STRANGER)
    assert told == f"Who can grant it: <@{ADMIN}>."


async def test_only_admins_who_are_there_and_somebody_else_are_named(
    harness: ServiceHarness,
) -> None:
    gone = {"U1GONE": "the account is deactivated", "U1GUEST": "guests may not"}
    for one, why in gone.items():
        harness.directory.people[one] = Person(one, "", why)
    harness.directory.unknown = {"U1SILENT"}  # then the row counts
    expired = {"expires_at": NOW - timedelta(days=1)}
    await harness.grant(
        *(a_grant(one, Role.ADMIN) for one in (*gone, "U1SILENT", STRANGER)),
        a_grant("U1ENDED", Role.ADMIN, **expired),
    )
    decision = (await identify(harness.ctx, actor(REQUESTER))).decide(Right.APPROVE, CUSTOMER, NOW)
    told = await who_grants(harness.ctx, decision, CUSTOMER, STRANGER)
    assert told.startswith(f"Who can grant it: <@{ADMIN}>, <@U1SILENT>, on the terminal")


async def test_where_no_admin_is_there_it_is_the_terminal(harness: ServiceHarness) -> None:
    harness.directory.people[ADMIN] = Person(ADMIN, "", "the account is deactivated")
    decision = (await identify(harness.ctx, actor(STRANGER))).decide(Right.PROPOSE, CUSTOMER, NOW)
    told = await who_grants(harness.ctx, decision, CUSTOMER, STRANGER)
    assert told == (
        "Who can grant it: no admin who is here now, on the terminal: `python app.py role grant`."
    )


async def test_a_few_admins_are_looked_up_and_no_more(harness: ServiceHarness) -> None:
    many = [f"U1{number:03}" for number in range(30)]
    await harness.grant(*(a_grant(one, Role.ADMIN) for one in many))
    decision = (await identify(harness.ctx, actor(STRANGER))).decide(Right.PROPOSE, CUSTOMER, NOW)
    before = harness.directory.asked
    told = await who_grants(harness.ctx, decision, CUSTOMER, STRANGER)
    assert (told.count("<@"), harness.directory.asked - before) == (5, 10)


async def test_a_channel_of_which_slack_does_not_tell_whether_it_is_shared(
    harness: ServiceHarness,
) -> None:
    harness.directory.places[CHANNEL] = Channel(
        CHANNEL, "x", shared_outside=None, bot_is_member=True
    )
    with pytest.raises(NotAllowed, match="Slack does not tell whether this channel is shared"):
        await identify(harness.ctx, actor())


# --- clicks on a change ---


async def refused_click(
    harness: ServiceHarness,
    who: str,
    click: Callable[[], Awaitable[object]],
    cure: str = "",
    ask: str = "",
) -> tuple[str, Record]:
    """Click, which has to be refused; return what was told and the last entry, which is without ``cure``."""
    with pytest.raises(BotError) as caught:
        await click()
    last = (await harness.look(lambda tx: tx.entries(limit=1)))[0].record
    told = str(caught.value)
    detail = {"why": told.removesuffix(cure)} | ({"right": ask} if ask else {})
    mine = refusal(who, detail, customer=CUSTOMER, change_id=last.change_id)
    assert last == replace(mine, actor_name=last.actor_name)
    return told, last


async def test_only_the_requester_confirms(harness: ServiceHarness) -> None:
    change = await harness.previewed(users("a"))
    told, entry = await refused_click(
        harness, APPROVER, lambda: decide.confirm(harness.ctx, actor(APPROVER), change.id, 1)
    )
    assert told == "Only the requester confirms this change."
    assert (entry.change_id, entry.actor_name) == (change.id, f"name of {APPROVER}")


async def test_nobody_approves_his_own_change(harness: ServiceHarness) -> None:
    change = await harness.previewed()
    cure = " Who can approve it: <@U0ADMIN>, <@U0APPROVER>, <@U0SECOND>."
    told, entry = await refused_click(
        harness,
        REQUESTER,
        lambda: decide.approve(harness.ctx, actor(), change.id, 1),
        cure,
        "approve",
    )
    assert told == f"Nobody approves their own change.{cure}"
    assert (entry.change_id, entry.actor_name) == (change.id, f"name of {REQUESTER}")


async def test_who_is_barred_in_slack_is_not_named_as_an_approver(harness: ServiceHarness) -> None:
    change = await harness.previewed()
    for person in (ADMIN, APPROVER, "U0SECOND"):
        harness.directory.people[person] = replace(
            await harness.directory.person(person), barred="x"
        )
    cure = (
        " Nobody else can approve it yet. "
        "Who can grant it: no admin who is here now, on the terminal: `python app.py role grant`."
    )
    told, _ = await refused_click(
        harness,
        REQUESTER,
        lambda: decide.approve(harness.ctx, actor(), change.id, 1),
        cure,
        "approve",
    )
    assert told == f"Nobody approves their own change.{cure}"


async def test_a_person_approves_once(harness: ServiceHarness) -> None:
    await harness.policy(a_policy_rule())
    change = await harness.previewed()
    await decide.approve(harness.ctx, actor(APPROVER), change.id, 1)
    told, entry = await refused_click(
        harness, APPROVER, lambda: decide.approve(harness.ctx, actor(APPROVER), change.id, 1)
    )
    assert told == "You have approved this already; another person is needed."
    assert (entry.change_id, entry.actor_name) == (change.id, f"name of {APPROVER}")


async def test_a_denial_that_comes_too_late(harness: ServiceHarness) -> None:
    change = await harness.executed()
    told, entry = await refused_click(
        harness, APPROVER, lambda: decide.may_deny(harness.ctx, actor(APPROVER), change.id)
    )
    assert told == f"{change.id} is applied already: too late to deny."
    assert entry.change_id == change.id


@pytest.mark.parametrize("click", [decide.stop, decide.cancel])
async def test_who_lost_his_role_is_refused_in_the_story_of_the_change(
    harness: ServiceHarness, click: Callable[[Context, Actor, str], Awaitable[Change]]
) -> None:
    change = await harness.previewed(users("a"))
    await harness.store.write(
        lambda tx: tx.remove_grant(a_subject(REQUESTER), Role.OPERATOR, CUSTOMER)
    )
    grants = f" Who can grant it: <@{ADMIN}>"
    _, entry = await refused_click(
        harness, REQUESTER, lambda: click(harness.ctx, actor(), change.id), f"{grants}."
    )
    assert entry.change_id == change.id
    _, entry = await refused_click(
        harness,
        REQUESTER,
        lambda: decide.confirm(harness.ctx, actor(), change.id, 1),
        f"{grants}.",
    )
    assert entry.change_id == change.id


async def test_a_decision_is_recorded_with_its_customer_and_its_time(
    harness: ServiceHarness,
) -> None:
    change = await harness.previewed()
    harness.clock.advance(minutes=5)
    after = await decide.deny(harness.ctx, actor(APPROVER), change.id, "not now")
    at = NOW + timedelta(minutes=5)
    assert (after.decided_at, after.finished_at, after.decided_by) == (at, at, APPROVER)
    last = (await harness.look(lambda tx: tx.entries(limit=1)))[0].record
    assert (last.kind, last.customer, last.change_id) == ("change.denied", CUSTOMER, change.id)
