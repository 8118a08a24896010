"""Who may do something, here, for this customer; every no is told with its cure and recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.roles import Grant, Right, Role
from bot.errors import InstallationFault, NotAllowed, SlackError, SlackRefused, SlackUnavailable
from bot.ports import Channel, Person
from bot.service.access.authorise import authorise
from bot.service.access.principals import CHANNELS_ONLY, identify
from bot.service.changes.propose import propose
from tests.builders import (
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    REQUESTER,
    a_grant,
    a_subject,
)
from tests.service.harness import STRANGER, ServiceHarness, actor, request

BY_ADMIN = f"Who can grant it: <@{ADMIN}>."
BY_TERMINAL = "on the terminal: `python app.py role grant`."
NEEDS_OPERATOR = (
    f"You may not propose for customer {CUSTOMER}: it needs the role operator or admin."
)


async def refused(harness: ServiceHarness, who: Actor, **over: Any) -> str:
    """Propose; return why not. Nothing must have happened but a record of the reason."""
    with pytest.raises(NotAllowed) as caught:
        await propose(harness.ctx, who, request(**over))
    (why,) = await harness.refusals()
    assert str(caught.value).startswith(why)
    assert await harness.trail() == ["refused"]
    assert await harness.look(lambda tx: tx.changes()) == []
    assert harness.api.asked == harness.api.sent == []
    return str(caught.value)


@pytest.mark.parametrize("user", [STRANGER, APPROVER])
async def test_without_a_row_for_the_person_the_answer_is_no(
    harness: ServiceHarness, user: str
) -> None:
    who_can = "" if user == STRANGER else f" Who can: <@{ADMIN}>, <@{REQUESTER}>."
    assert await refused(harness, actor(user)) == f"{NEEDS_OPERATOR}{who_can} {BY_ADMIN}"


async def test_without_a_row_for_this_customer_the_answer_is_no(harness: ServiceHarness) -> None:
    why = await refused(harness, actor(), customer=OTHER_CUSTOMER)
    assert why.startswith(f"You may not propose for customer {OTHER_CUSTOMER}")
    assert why.endswith(
        "Who can grant it: no admin yet, on the terminal: `python app.py role grant`."
    )


async def test_without_a_row_for_the_channel_the_answer_is_no(harness: ServiceHarness) -> None:
    why = await refused(harness, actor(channel="C0ELSEWHERE"))
    words = f"This channel is not an incident channel for customer {CUSTOMER}."
    assert why == f"{words} Use <#{CHANNEL}>. {BY_ADMIN}"


async def test_an_approver_in_a_channel_without_a_row_is_sent_to_an_admin(
    harness: ServiceHarness,
) -> None:
    """The role approver is granted on the terminal only, but it is not what is missing."""
    with pytest.raises(NotAllowed) as caught:
        await authorise(harness.ctx, actor(APPROVER, "C0ELSEWHERE"), Right.APPROVE, CUSTOMER)
    assert str(caught.value).endswith(BY_ADMIN)


@pytest.mark.parametrize(
    ("right", "cure"),
    [
        (Right.VIEW, BY_ADMIN),
        (Right.PROPOSE, BY_ADMIN),
        (Right.APPROVE, BY_TERMINAL),
        (Right.ADMINISTER, BY_TERMINAL),
    ],
)
async def test_the_cure_is_where_the_missing_role_is_granted(
    harness: ServiceHarness, right: Right, cure: str
) -> None:
    with pytest.raises(NotAllowed) as caught:
        await authorise(harness.ctx, actor(STRANGER), right, CUSTOMER)
    assert str(caught.value).endswith(cure)


async def test_only_admins_in_force_for_this_customer_are_named(harness: ServiceHarness) -> None:
    await harness.grant(
        a_grant("U0ADMINB", Role.ADMIN, customer="*"),
        a_grant("U0ADMINC", Role.ADMIN, customer=OTHER_CUSTOMER),
        a_grant("U0ADMIND", Role.ADMIN, expires_at=NOW),
        *(a_grant(f"U1ADMIN{n}", Role.ADMIN) for n in range(5)),
    )
    why = await refused(harness, actor(STRANGER))
    assert why.endswith("<@U0ADMIN>, <@U0ADMINB>, <@U1ADMIN0>, <@U1ADMIN1>, <@U1ADMIN2>.")


@pytest.mark.parametrize("barred", ["a guest", "a bot", "deleted", "not of this workspace"])
async def test_whoever_slack_bars_may_do_nothing_whatever_his_rows(
    harness: ServiceHarness, barred: str
) -> None:
    harness.directory.people[REQUESTER] = Person(REQUESTER, "on call", barred)
    assert await refused(harness, actor()) == f"You may not use this here: {barred}."
    (entry,) = await harness.entries()
    assert (entry.record.actor, entry.record.actor_name) == (REQUESTER, "on call")


async def test_a_channel_shared_with_another_company_is_no_place(harness: ServiceHarness) -> None:
    harness.directory.places[CHANNEL] = Channel(
        CHANNEL, "incident", shared_outside=True, bot_is_member=True
    )
    why = await refused(harness, actor())
    assert why == "This channel is shared with another company, so nothing works here."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SlackUnavailable("Slack did not answer."), "so nothing was done. Slack did not answer."),
        (SlackRefused("Slack says: fatal_error", code="fatal_error"), "so nothing was done."),
        (SlackRefused("gone", code="channel_not_found"), "Invite me with /invite"),
    ],
)
async def test_when_slack_does_not_tell_the_answer_is_no(
    harness: ServiceHarness, error: SlackError, words: str
) -> None:
    harness.directory.error = error
    assert words in await refused(harness, actor())


FAULT = InstallationFault(
    "Slack refused it (missing_scope): a fault of the bot's installation. Take over manifest.yml.",
    code="missing_scope",
)


@pytest.mark.parametrize("channel", [CHANNEL, "D0OPERATOR"])
async def test_a_fault_of_the_installation_is_never_told_as_one_of_the_person_or_place(
    harness: ServiceHarness, channel: str
) -> None:
    harness.directory.error = FAULT
    why = await refused(harness, replace(actor(), channel=channel))
    assert why == (
        f"Slack did not tell who you are or what channel this is, so nothing was done. {FAULT}"
    )


async def test_in_a_direct_message_the_right_channel_is_told(harness: ServiceHarness) -> None:
    why = await refused(harness, replace(actor(), channel="D0OPERATOR"))
    words = f"A direct message is not an incident channel for customer {CUSTOMER}."
    assert why == f"{words} Use <#{CHANNEL}>."


async def test_a_message_of_several_people_of_which_the_bot_is_not_told_is_no_place(
    harness: ServiceHarness,
) -> None:
    harness.directory.error = SlackRefused("mpim:read", code="missing_scope")
    assert await refused(harness, replace(actor(), channel="C0SEVERAL")) == CHANNELS_ONLY


async def test_groups_that_cannot_be_read_stop_nobody_who_has_a_row(
    harness: ServiceHarness,
) -> None:
    await harness.grant(a_grant("S0ONCALL", Role.OPERATOR))
    harness.directory.groups_error = FAULT
    assert await propose(harness.ctx, actor(), request())


async def test_groups_that_cannot_be_read_are_told_to_whoever_has_no_row(
    harness: ServiceHarness,
) -> None:
    await harness.grant(a_grant("S0ONCALL", Role.OPERATOR))
    harness.directory.groups_error = FAULT
    with pytest.raises(NotAllowed) as caught:
        await propose(harness.ctx, actor(STRANGER), request())
    assert str(caught.value) == (
        f"Your user groups could not be read, so nothing was done. {FAULT}"
    )


async def test_on_the_terminal_the_row_of_the_person_is_enough(harness: ServiceHarness) -> None:
    who = Actor(REQUESTER, None, terminal="operator@jump1")
    change, _ = await propose(harness.ctx, who, request())
    assert (change.channel, change.terminal) == ("", "operator@jump1")
    (entry,) = await harness.entries()
    assert (entry.record.actor, entry.record.channel) == ("operator@jump1", "")


@pytest.mark.parametrize(
    ("row", "right", "allowed"),
    [
        (a_grant("S0ONCALL", Role.OPERATOR), Right.PROPOSE, True),
        (a_grant("S0ONCALL", Role.VIEWER), Right.VIEW, True),
        (a_grant("S0ONCALL", Role.VIEWER), Right.PROPOSE, False),
        (a_grant("S0ONCALL", Role.APPROVER), Right.APPROVE, False),
        (a_grant("S0ONCALL", Role.ADMIN), Right.ADMINISTER, False),
        (a_grant("S0ONCALL", Role.ADMIN), Right.VIEW, False),
        (a_grant("S0OTHERS", Role.OPERATOR), Right.PROPOSE, False),
    ],
)
async def test_a_user_group_gives_operator_and_viewer_and_never_more(
    harness: ServiceHarness, row: Grant, right: Right, allowed: bool
) -> None:
    """The row may have come into the table by another way than ours."""
    harness.directory.members = {"S0ONCALL": {STRANGER}, "S0OTHERS": {REQUESTER}}
    await harness.grant(row)
    if allowed:
        authorization = await authorise(harness.ctx, actor(STRANGER), right, CUSTOMER)
        assert authorization.evidence[0] == row
    else:
        with pytest.raises(NotAllowed):
            await authorise(harness.ctx, actor(STRANGER), right, CUSTOMER)


async def test_the_requesters_user_groups_are_kept_for_the_executor(
    harness: ServiceHarness,
) -> None:
    harness.directory.members = {"S0ONCALL": {STRANGER}}
    await harness.grant(a_grant("S0ONCALL", Role.OPERATOR))
    change: Change
    change, _ = await propose(harness.ctx, actor(STRANGER), request())
    assert change.requester_usergroups == ("S0ONCALL",)


async def test_slack_is_not_asked_for_user_groups_that_hold_no_row(harness: ServiceHarness) -> None:
    harness.directory.members = {"S0ONCALL": {REQUESTER}}
    assert (await identify(harness.ctx, actor())).usergroups == ()


async def test_a_row_counts_until_it_expires(harness: ServiceHarness) -> None:
    expires = NOW + timedelta(hours=1)
    await harness.grant(a_grant(STRANGER, Role.OPERATOR, expires_at=expires))
    harness.clock.at = expires - timedelta(microseconds=1)
    assert await authorise(harness.ctx, actor(STRANGER), Right.PROPOSE, CUSTOMER)
    harness.clock.at = expires
    with pytest.raises(NotAllowed, match="needs the role operator"):
        await authorise(harness.ctx, actor(STRANGER), Right.PROPOSE, CUSTOMER)


async def test_a_channel_row_that_has_expired_is_none(harness: ServiceHarness) -> None:
    await harness.grant(a_grant(CHANNEL, Role.INCIDENT, expires_at=NOW))
    with pytest.raises(NotAllowed, match="not an incident channel"):
        await authorise(harness.ctx, actor(), Right.PROPOSE, CUSTOMER)


async def test_the_rows_that_allowed_it_are_told(harness: ServiceHarness) -> None:
    authorization = await authorise(harness.ctx, actor(), Right.PROPOSE, CUSTOMER)
    assert authorization.name == f"name of {REQUESTER}"
    assert authorization.rows == (
        f"{REQUESTER} operator {CUSTOMER} granted by {ADMIN}; "
        f"{CHANNEL} incident {CUSTOMER} granted by {ADMIN}"
    )


async def test_a_row_for_any_customer_counts_for_each(harness: ServiceHarness) -> None:
    await harness.grant(
        a_grant(REQUESTER, Role.OPERATOR, customer="*"),
        a_grant(CHANNEL, Role.INCIDENT, customer="*"),
    )
    assert await authorise(harness.ctx, actor(), Right.PROPOSE, OTHER_CUSTOMER)
    await harness.store.write(lambda tx: tx.remove_grant(a_subject(CHANNEL), Role.INCIDENT, "*"))
    with pytest.raises(NotAllowed, match="not an incident channel"):
        await authorise(harness.ctx, actor(), Right.PROPOSE, OTHER_CUSTOMER)
