"""Whoever was refused asks those who may do it: once, in the place of the refusal, by what holds now."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Approval
from bot.domain.change_state import State
from bot.domain.roles import Right, Role
from bot.errors import BotError, Conflict, InvalidInput, NotAllowed, RemedyKind, SlackUnavailable
from bot.ports import Channel, Person, Transaction
from bot.service.access.ask_others import ASKED, ASKING_TIME, NOT_YOURS, ask_others
from bot.service.access.authorise import authorise
from bot.service.changes import decide
from bot.service.context import record
from tests.builders import (
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    OTHER_CUSTOMER,
    REQUESTER,
    a_change,
    a_grant,
    a_subject,
)
from tests.service.harness import SECOND, STRANGER, ServiceHarness, actor

OTHER_OPERATOR = "U0OTHER"
ELSEWHERE = "C0ELSEWHERE"
WAITING = a_change(preview_revision=0, requester=OTHER_OPERATOR)


async def refused(click: Awaitable[object]) -> BotError:
    with pytest.raises(BotError) as caught:
        await click
    return caught.value


async def approval(harness: ServiceHarness, who: Actor | None = None) -> BotError:
    """Press Approve, as the operator who may not; return the refusal."""
    if await harness.look(lambda tx: tx.change(WAITING.id)) is None:
        await harness.put(WAITING)
    return await refused(decide.approve(harness.ctx, who or actor(), WAITING.id, 0))


async def asked(harness: ServiceHarness, error: BotError, who: Actor | None = None) -> object:
    assert error.remedy is not None
    assert error.remedy.kind is RemedyKind.ASK_OTHERS
    return await ask_others(harness.ctx, who or actor(), error.remedy.about)


async def test_a_refusal_names_who_can_and_who_can_grant_it(harness: ServiceHarness) -> None:
    assert str(await approval(harness)) == (
        "You may not approve for customer 44444: it needs the role approver or admin. "
        f"Who can: <@{ADMIN}>, <@{APPROVER}>, <@{SECOND}>. "
        f"Who can grant it: <@{ADMIN}>, on the terminal: `python app.py role grant`."
    )


async def test_the_question_names_the_change_and_whom_it_is_put_to_and_is_recorded(
    harness: ServiceHarness,
) -> None:
    await harness.store.write(lambda tx: tx.name_customer(CUSTOMER, "Acme GmbH"))
    question = await ask_others(harness.ctx, actor(), about(await approval(harness)))
    people = (f"<@{ADMIN}>", f"<@{APPROVER}>", f"<@{SECOND}>")
    assert (question.asker, question.people, question.right) == (REQUESTER, people, Right.APPROVE)
    assert (question.customer, question.name, question.grant) == (CUSTOMER, "Acme GmbH", False)
    assert question.change == WAITING
    refusal, entry = (await harness.entries())[-2:]
    assert (entry.record.kind, entry.record.actor) == (ASKED, REQUESTER)
    assert (entry.record.customer, entry.record.change_id) == (CUSTOMER, WAITING.id)
    assert entry.record.detail == {
        "right": "approve",
        "refusal": refusal.seq,
        "people": list(people),
    }


def about(error: BotError) -> str:
    assert error.remedy
    return error.remedy.about


async def test_neither_the_requester_nor_who_approved_is_asked_for_an_approval(
    harness: ServiceHarness,
) -> None:
    await harness.grant(a_grant(OTHER_OPERATOR, Role.ADMIN))
    given = Approval(APPROVER, harness.clock.now(), 0, "approver 44444")
    await harness.put(replace(WAITING, approvals_needed=2, approvals=(given,)))
    told = str(await approval(harness))
    assert f"Who can: <@{ADMIN}>, <@{SECOND}>. " in told


async def test_a_requester_asks_others_to_approve(harness: ServiceHarness) -> None:
    await harness.put(replace(WAITING, requester=REQUESTER))
    error = await refused(decide.approve(harness.ctx, actor(), WAITING.id, 0))
    question = await ask_others(harness.ctx, actor(), about(error))
    assert question.people == (f"<@{ADMIN}>", f"<@{APPROVER}>", f"<@{SECOND}>")


async def test_where_nobody_can_the_admins_are_asked_to_grant_it(harness: ServiceHarness) -> None:
    await harness.put(replace(WAITING, requester=ADMIN))

    def step(tx: Transaction) -> None:
        for one in (APPROVER, SECOND):
            tx.remove_grant(a_subject(one), Role.APPROVER, CUSTOMER)

    await harness.store.write(step)
    question = await ask_others(harness.ctx, actor(), about(await approval(harness)))
    assert (question.people, question.grant) == ((f"<@{ADMIN}>",), True)


async def test_a_user_group_with_the_right_is_named_and_asked(harness: ServiceHarness) -> None:
    await harness.grant(a_grant("S0ONCALL", Role.OPERATOR), a_grant("S0FALSE", Role.ADMIN))
    error = await refused(
        authorise(
            harness.ctx, replace(actor(APPROVER), command="failover"), Right.PROPOSE, CUSTOMER
        )
    )
    assert f"Who can: <@{ADMIN}>, <@{REQUESTER}>, <!subteam^S0ONCALL>. " in str(error)
    question = await ask_others(harness.ctx, actor(APPROVER), about(error))
    assert question.people == (f"<@{ADMIN}>", f"<@{REQUESTER}>", "<!subteam^S0ONCALL>")
    assert (question.command, question.change) == ("failover", None)


@pytest.mark.parametrize(
    ("who", "channel"),
    [(STRANGER, CHANNEL), ("U0OTHERCUSTOMER", CHANNEL), ("U0OTHERCUSTOMER", ELSEWHERE)],
)
async def test_who_may_not_view_the_customer_is_told_only_who_grants_it(
    harness: ServiceHarness, who: str, channel: str
) -> None:
    await harness.grant(
        a_grant("U0OTHERCUSTOMER", Role.OPERATOR, customer=OTHER_CUSTOMER),
        a_grant(ELSEWHERE, Role.INCIDENT, customer=OTHER_CUSTOMER),
    )
    error = await refused(authorise(harness.ctx, actor(who, channel), Right.APPROVE, CUSTOMER))
    assert "Who can: " not in str(error)
    assert error.remedy is None


async def test_outside_an_incident_channel_of_the_customer_nobody_is_asked(
    harness: ServiceHarness,
) -> None:
    error = await refused(authorise(harness.ctx, actor(channel=ELSEWHERE), Right.APPROVE, CUSTOMER))
    assert "Who can: " in str(error)
    assert error.remedy is None


async def test_somebody_whom_slack_bars_and_a_shared_channel_are_told_of_nobody(
    harness: ServiceHarness,
) -> None:
    harness.directory.people[REQUESTER] = Person(REQUESTER, "x", "guests may not")
    error = await refused(authorise(harness.ctx, actor(), Right.APPROVE, CUSTOMER))
    assert (str(error), error.remedy) == ("You may not use this here: guests may not.", None)
    harness.directory.people.clear()
    shared = Channel(CHANNEL, "x", shared_outside=True, bot_is_member=True)
    harness.directory.places[CHANNEL] = shared
    error = await refused(authorise(harness.ctx, actor(), Right.APPROVE, CUSTOMER))
    assert "<@" not in str(error)
    assert error.remedy is None


# --- the press ---


async def test_a_second_press_asks_nobody(harness: ServiceHarness) -> None:
    error = await approval(harness)
    await asked(harness, error)
    with pytest.raises(InvalidInput, match="within the last 10 minutes"):
        await asked(harness, error)
    again = await approval(harness)  # another refusal of the same
    with pytest.raises(InvalidInput, match="Nothing was posted again"):
        await asked(harness, again)
    assert (await harness.trail()).count(ASKED) == 1


async def test_another_right_and_another_person_are_asked_about_by_themselves(
    harness: ServiceHarness,
) -> None:
    await asked(harness, await approval(harness))
    other = await refused(authorise(harness.ctx, actor(), Right.ADMINISTER, CUSTOMER))
    await asked(harness, other)
    await harness.grant(a_grant("U0VIEWER", Role.VIEWER))
    await asked(harness, await approval(harness, actor("U0VIEWER")), actor("U0VIEWER"))
    harness.clock.advance(seconds=ASKING_TIME.total_seconds() + 1)
    third = await refused(authorise(harness.ctx, actor(), Right.APPROVE, CUSTOMER))
    await asked(harness, third)
    assert (await harness.trail()).count(ASKED) == 4


async def test_two_presses_at_once_ask_once(harness: ServiceHarness) -> None:
    error = await approval(harness)

    def first(tx: Transaction) -> None:
        detail = {"right": "approve"}
        record(tx, harness.clock, ASKED, actor(), customer=CUSTOMER, detail=detail)

    harness.store.meanwhile = [first]
    with pytest.raises(InvalidInput, match="Nothing was posted again"):
        await asked(harness, error)


async def test_an_old_refusal_asks_nobody(harness: ServiceHarness) -> None:
    error = await approval(harness)
    harness.clock.advance(seconds=ASKING_TIME.total_seconds())
    with pytest.raises(InvalidInput, match="older than 10 minutes"):
        await asked(harness, error)


@pytest.mark.parametrize("value", ["", "x", "0", "-1", "1 2", "99999", "9" * 30, "²", "1\n"])
async def test_a_forged_number_is_not_known(harness: ServiceHarness, value: str) -> None:
    await approval(harness)
    with pytest.raises(NotAllowed, match=NOT_YOURS):
        await ask_others(harness.ctx, actor(), value)
    assert ASKED not in await harness.trail()


@pytest.mark.parametrize(
    ("user", "channel"),
    [(APPROVER, CHANNEL), (STRANGER, CHANNEL), (REQUESTER, ELSEWHERE), (REQUESTER, "D0DIRECT")],
)
async def test_the_refusal_of_somebody_else_or_of_another_place_is_not_known(
    harness: ServiceHarness, user: str, channel: str
) -> None:
    await harness.grant(a_grant(ELSEWHERE, Role.INCIDENT))
    error = await approval(harness)
    with pytest.raises(NotAllowed, match=NOT_YOURS):
        await asked(harness, error, actor(user, channel))
    assert ASKED not in await harness.trail()


async def test_an_entry_that_is_no_such_refusal_is_not_known(harness: ServiceHarness) -> None:
    error = await refused(authorise(harness.ctx, actor(STRANGER), Right.VIEW, CUSTOMER))
    assert error.remedy is None
    last = (await harness.entries())[-1]
    with pytest.raises(NotAllowed, match=NOT_YOURS):
        await ask_others(harness.ctx, actor(STRANGER), str(last.seq))


async def test_the_press_is_checked_by_what_holds_then(harness: ServiceHarness) -> None:
    error = await approval(harness)
    await harness.store.write(
        lambda tx: tx.remove_grant(a_subject(REQUESTER), Role.OPERATOR, CUSTOMER)
    )
    with pytest.raises(NotAllowed, match="You may not view"):
        await asked(harness, error)


async def test_a_channel_that_became_shared_or_lost_its_role_gets_no_question(
    harness: ServiceHarness,
) -> None:
    error = await approval(harness)
    harness.directory.places[CHANNEL] = Channel(
        CHANNEL, "x", shared_outside=True, bot_is_member=True
    )
    with pytest.raises(NotAllowed, match="shared with another company"):
        await asked(harness, error)
    harness.directory.places.clear()
    harness.directory.error = SlackUnavailable("Slack is slow.")
    with pytest.raises(NotAllowed, match="so nothing was done"):
        await asked(harness, error)
    harness.directory.error = None
    await harness.store.write(
        lambda tx: tx.remove_grant(a_subject(CHANNEL), Role.INCIDENT, CUSTOMER)
    )
    with pytest.raises(NotAllowed, match="not an incident channel"):
        await asked(harness, error)
    assert ASKED not in await harness.trail()


async def test_who_got_the_right_meanwhile_does_it_themselves(harness: ServiceHarness) -> None:
    error = await approval(harness)
    await harness.grant(a_grant(REQUESTER, Role.APPROVER))
    with pytest.raises(InvalidInput, match="You may do it yourself now"):
        await asked(harness, error)


@pytest.mark.parametrize("state", [State.DENIED, State.CANCELLED, State.EXPIRED])
async def test_nobody_is_asked_about_a_change_that_has_ended(
    harness: ServiceHarness, state: State
) -> None:
    await harness.put(replace(WAITING, state=state))
    error = await refused(decide.deny(harness.ctx, actor(), WAITING.id, "no"))
    with pytest.raises(Conflict, match=f"{WAITING.id} is {state.words} already"):
        await asked(harness, error)


async def test_nobody_is_there_to_be_asked(harness: ServiceHarness) -> None:
    error = await approval(harness)
    for one in (APPROVER, SECOND, ADMIN):
        harness.directory.people[one] = Person(one, "x", "deleted")
    with pytest.raises(InvalidInput, match="nobody now who could be asked"):
        await asked(harness, error)
    assert (await approval(harness)).remedy is None
