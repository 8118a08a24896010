"""A refusal is recorded with whom, where, about what, and in the words that were told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.audit.chain import Record
from bot.domain.change import Change
from bot.domain.commands import Actor
from bot.domain.roles import Right, Role
from bot.errors import BotError, NotAllowed, SlackRefused, SlackUnavailable, UnknownChange
from bot.ports import Channel, Person
from bot.service.access.authorise import authorise, still_allowed, who_grants
from bot.service.access.change_lookup import change_of_channel
from bot.service.access.principals import identify
from bot.service.access.refusals import record_refusal, refuse
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
from tests.service.service_setup import STRANGER, House, actor, users


async def entry(house: House) -> Record:
    """The one entry of the trail."""
    (found,) = await house.entries()
    return found.record


def refusal(who: str, detail: Mapping[str, object], **over: str) -> Record:
    made = Record(NOW, "refused", who, channel=CHANNEL, detail=detail)
    return replace(made, **over)  # type: ignore[arg-type]  # the columns of text


async def test_what_the_rows_do_not_allow(house: House) -> None:
    with pytest.raises(NotAllowed) as caught:
        await authorise(house.ctx, actor(STRANGER), Right.VIEW, CUSTOMER, "C-7K3MX")
    why = {"why": str(caught.value)}
    name = f"name of {STRANGER}"
    assert await entry(house) == refusal(
        STRANGER, why, actor_name=name, customer=CUSTOMER, change_id="C-7K3MX"
    )


async def test_it_is_about_no_change_unless_one_is_named(house: House) -> None:
    with pytest.raises(NotAllowed):
        await authorise(house.ctx, actor(STRANGER), Right.VIEW, CUSTOMER)
    assert (await entry(house)).change_id == ""


async def test_leave_is_given_to_a_person_of_a_name_by_rows_in_words(house: House) -> None:
    authorization = await authorise(house.ctx, actor(), Right.PROPOSE, CUSTOMER)
    assert authorization.name == f"name of {REQUESTER}"
    assert authorization.rows == (
        f"{REQUESTER} operator {CUSTOMER} granted by {ADMIN}; "
        f"{CHANNEL} incident {CUSTOMER} granted by {ADMIN}"
    )


@pytest.mark.parametrize(
    "error",
    [SlackUnavailable("Slack is slow."), SlackRefused("no", code="channel_not_found")],
)
async def test_slack_that_does_not_tell(house: House, error: BotError) -> None:
    house.directory.error = error  # type: ignore[assignment]  # both are of Slack
    with pytest.raises(NotAllowed) as caught:
        await identify(house.ctx, actor())
    assert await entry(house) == refusal(REQUESTER, {"why": str(caught.value)})


async def test_somebody_whom_slack_bars(house: House) -> None:
    house.directory.people[REQUESTER] = Person(REQUESTER, "on call", "a guest")
    with pytest.raises(NotAllowed):
        await identify(house.ctx, actor())
    why = {"why": "You may not use this here: a guest."}
    assert await entry(house) == refusal(REQUESTER, why, actor_name="on call")


async def test_a_place_that_others_share(house: House) -> None:
    house.directory.places[CHANNEL] = Channel(CHANNEL, "x", shared_outside=True, bot_is_member=True)
    with pytest.raises(NotAllowed):
        await identify(house.ctx, actor())
    why = {"why": "This channel is shared with another company: not here."}
    assert await entry(house) == refusal(REQUESTER, why, actor_name=f"name of {REQUESTER}")


@pytest.mark.parametrize(
    ("asked", "told", "kept"),
    [
        ("C-7K3MX", "C-7K3MX", "C-7K3MX"),
        ("C-7K3MX\n<!here>", "of that name", "C-7K3MX\\n<!here>"),
        ("Ü" * 50, "of that name", "\\xdc" * 40),
    ],
)
async def test_a_change_that_is_not_there(house: House, asked: str, told: str, kept: str) -> None:
    with pytest.raises(UnknownChange) as caught:
        await change_of_channel(house.ctx, actor(), asked)
    assert (
        str(caught.value)
        == f"There is no change {told} here that you may see. Look with /continuity pending."
    )
    detail = {"why": str(caught.value), "asked_for": kept}
    assert await entry(house) == refusal(REQUESTER, detail, actor_name=f"name of {REQUESTER}")


async def test_a_change_of_another_channel(house: House) -> None:
    await house.put(a_change(channel="C0ELSEWHERE"))
    with pytest.raises(NotAllowed):
        await change_of_channel(house.ctx, actor(), "C-7K3MX")
    why = {"why": "C-7K3MX belongs to another channel: decide it there."}
    who = {"actor_name": f"name of {REQUESTER}", "customer": CUSTOMER, "change_id": "C-7K3MX"}
    assert await entry(house) == refusal(REQUESTER, why, **who)


async def test_on_the_terminal_a_change_has_no_place(house: House) -> None:
    await house.put(a_change(channel="C0ELSEWHERE"))
    change, _ = await change_of_channel(house.ctx, actor(channel=None), "C-7K3MX")
    assert change.id == "C-7K3MX"


async def test_what_is_not_told_is_left_out(house: House) -> None:
    await record_refusal(house.ctx, actor(), "No.")
    assert await entry(house) == refusal(REQUESTER, {"why": "No."})


async def test_a_refusal_is_about_its_customer_and_its_change(house: House) -> None:
    with pytest.raises(NotAllowed, match=r"^No\.$"):
        await refuse(house.ctx, actor(), "on call", CUSTOMER, "No.", "C-7K3MX")
    assert await entry(house) == refusal(
        REQUESTER, {"why": "No."}, actor_name="on call", customer=CUSTOMER, change_id="C-7K3MX"
    )


async def test_refused_without_a_change(house: House) -> None:
    with pytest.raises(NotAllowed):
        await refuse(house.ctx, actor(), "on call", CUSTOMER, "No.")
    assert (await entry(house)).change_id == ""


async def test_the_customers_of_a_caller_are_those_of_his_rows_in_force(house: House) -> None:
    soon = NOW + timedelta(minutes=1)
    await house.grant(
        a_grant(REQUESTER, customer=OTHER_CUSTOMER, expires_at=soon),
        a_grant(CHANNEL, Role.INCIDENT, customer=OTHER_CUSTOMER),
    )
    principal = await identify(house.ctx, actor())
    assert principal.customers(Right.PROPOSE, NOW) == frozenset({CUSTOMER, OTHER_CUSTOMER})
    assert principal.customers(Right.PROPOSE, soon) == frozenset({CUSTOMER})
    assert principal.customers(Right.APPROVE, NOW) == frozenset()


async def test_rows_for_all_customers_are_all_of_them_while_they_are_in_force(
    house: House,
) -> None:
    soon = NOW + timedelta(minutes=1)
    await house.grant(
        a_grant(REQUESTER, customer="*", expires_at=soon),
        a_grant(CHANNEL, Role.INCIDENT, customer="*"),
    )
    principal = await identify(house.ctx, actor())
    assert principal.customers(Right.PROPOSE, NOW) is None
    assert principal.customers(Right.PROPOSE, soon) == frozenset({CUSTOMER})


async def test_inside_a_step_the_rows_alone_decide_once_more(house: House) -> None:
    await house.grant(a_grant("S0ONCALL", customer=CUSTOMER))
    asked = ((STRANGER, ("S0ONCALL",)), (STRANGER, ()), (STRANGER, ("S0OTHER",)), (REQUESTER, ()))
    answers = await house.look(
        lambda tx: [
            still_allowed(tx, house.ctx, actor(who), Right.PROPOSE, groups, CUSTOMER).allowed
            for who, groups in asked
        ]
    )
    assert answers == [True, False, False, True]


async def test_admins_of_other_customers_grant_nothing_here(house: House) -> None:
    await house.grant(a_grant("U0FAR", Role.ADMIN, customer=OTHER_CUSTOMER))
    principal = await identify(house.ctx, actor(STRANGER))
    decision = principal.decide(Right.PROPOSE, CUSTOMER, NOW)
    told = await who_grants(house.ctx, decision, CUSTOMER, STRANGER)
    assert told == f"Who can grant it: <@{ADMIN}>."


async def test_only_admins_who_are_there_and_somebody_else_are_named(house: House) -> None:
    gone = {"U1GONE": "the account is deactivated", "U1GUEST": "guests may not"}
    for one, why in gone.items():
        house.directory.people[one] = Person(one, "", why)
    house.directory.unknown = {"U1SILENT"}  # then the row counts
    expired = {"expires_at": NOW - timedelta(days=1)}
    await house.grant(
        *(a_grant(one, Role.ADMIN) for one in (*gone, "U1SILENT", STRANGER)),
        a_grant("U1ENDED", Role.ADMIN, **expired),
    )
    decision = (await identify(house.ctx, actor(REQUESTER))).decide(Right.APPROVE, CUSTOMER, NOW)
    told = await who_grants(house.ctx, decision, CUSTOMER, STRANGER)
    assert told.startswith(f"Who can grant it: <@{ADMIN}>, <@U1SILENT>, on the terminal")


async def test_where_no_admin_is_there_it_is_the_terminal(house: House) -> None:
    house.directory.people[ADMIN] = Person(ADMIN, "", "the account is deactivated")
    decision = (await identify(house.ctx, actor(STRANGER))).decide(Right.PROPOSE, CUSTOMER, NOW)
    told = await who_grants(house.ctx, decision, CUSTOMER, STRANGER)
    assert told == (
        "Who can grant it: no admin who is here now, on the terminal: python app.py role grant."
    )


async def test_a_few_admins_are_looked_up_and_no_more(house: House) -> None:
    many = [f"U1{number:03}" for number in range(30)]
    await house.grant(*(a_grant(one, Role.ADMIN) for one in many))
    decision = (await identify(house.ctx, actor(STRANGER))).decide(Right.PROPOSE, CUSTOMER, NOW)
    before = house.directory.asked
    told = await who_grants(house.ctx, decision, CUSTOMER, STRANGER)
    assert (told.count("<@"), house.directory.asked - before) == (5, 10)


async def test_a_channel_of_which_slack_does_not_tell_whether_it_is_shared(house: House) -> None:
    house.directory.places[CHANNEL] = Channel(CHANNEL, "x", shared_outside=None, bot_is_member=True)
    with pytest.raises(NotAllowed, match="Slack does not tell whether this channel is shared"):
        await identify(house.ctx, actor())


# --- clicks on a change ---


async def refused_click(
    house: House, who: str, click: Callable[[], Awaitable[object]]
) -> tuple[str, Record]:
    """Click, which has to be refused; return what was told and the last entry."""
    with pytest.raises(BotError) as caught:
        await click()
    last = (await house.look(lambda tx: tx.entries(limit=1)))[0].record
    told = str(caught.value)
    mine = refusal(who, {"why": told}, customer=CUSTOMER, change_id=last.change_id)
    assert last == replace(mine, actor_name=last.actor_name)
    return told, last


async def test_only_the_requester_confirms(house: House) -> None:
    change = await house.previewed(users("a"))
    told, entry = await refused_click(
        house, APPROVER, lambda: decide.confirm(house.ctx, actor(APPROVER), change.id, 1)
    )
    assert told == "Only the requester confirms this change."
    assert (entry.change_id, entry.actor_name) == (change.id, f"name of {APPROVER}")


async def test_nobody_approves_his_own_change(house: House) -> None:
    change = await house.previewed()
    told, entry = await refused_click(
        house, REQUESTER, lambda: decide.approve(house.ctx, actor(), change.id, 1)
    )
    assert told == "Nobody approves their own change."
    assert (entry.change_id, entry.actor_name) == (change.id, f"name of {REQUESTER}")


async def test_a_person_approves_once(house: House) -> None:
    await house.policy(a_policy_rule())
    change = await house.previewed()
    await decide.approve(house.ctx, actor(APPROVER), change.id, 1)
    told, entry = await refused_click(
        house, APPROVER, lambda: decide.approve(house.ctx, actor(APPROVER), change.id, 1)
    )
    assert told == "You have approved this already; another person is needed."
    assert (entry.change_id, entry.actor_name) == (change.id, f"name of {APPROVER}")


async def test_a_denial_that_comes_too_late(house: House) -> None:
    change = await house.executed()
    told, entry = await refused_click(
        house, APPROVER, lambda: decide.may_deny(house.ctx, actor(APPROVER), change.id)
    )
    assert told == f"{change.id} is applied already: too late to deny."
    assert entry.change_id == change.id


@pytest.mark.parametrize("click", [decide.stop, decide.cancel])
async def test_who_lost_his_role_is_refused_in_the_story_of_the_change(
    house: House, click: Callable[[Context, Actor, str], Awaitable[Change]]
) -> None:
    change = await house.previewed(users("a"))
    await house.store.write(
        lambda tx: tx.remove_grant(a_subject(REQUESTER), Role.OPERATOR, CUSTOMER)
    )
    _, entry = await refused_click(house, REQUESTER, lambda: click(house.ctx, actor(), change.id))
    assert entry.change_id == change.id
    _, entry = await refused_click(
        house, REQUESTER, lambda: decide.confirm(house.ctx, actor(), change.id, 1)
    )
    assert entry.change_id == change.id


async def test_a_decision_is_recorded_with_its_customer_and_its_time(house: House) -> None:
    change = await house.previewed()
    house.clock.advance(minutes=5)
    after = await decide.deny(house.ctx, actor(APPROVER), change.id, "not now")
    at = NOW + timedelta(minutes=5)
    assert (after.decided_at, after.finished_at, after.decided_by) == (at, at, APPROVER)
    last = (await house.look(lambda tx: tx.entries(limit=1)))[0].record
    assert (last.kind, last.customer, last.change_id) == ("change.denied", CUSTOMER, change.id)
