"""Two approvals, user groups, mentions, help and whoami: what a person may do and is told."""

from __future__ import annotations

from bot.domain.admin_commands import GrantRoleCommand
from bot.domain.policy import PolicyRule
from bot.domain.roles import Role, parse_subject
from bot.store.times import SystemClock
from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    STRANGER,
    Scenario,
    said,
)


async def test_two_approvals_are_given_by_two_people(scenario: Scenario) -> None:
    async with direct_store.admin(scenario.settings.database) as admin:
        await admin.policy(PolicyRule(CUSTOMER, "*", "*", 2, "test@terminal", SystemClock().now()))
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.press("change_approve", user=APPROVER)
    card = await scenario.outcome("Approvals by others: 1 of 2")
    assert f"<@{APPROVER}>" in said(card)
    await scenario.press("change_approve", user=APPROVER)
    await scenario.told("another person is needed", user=APPROVER)
    assert scenario.writes() == []
    await scenario.press("change_approve", user=ADMIN)
    done = await scenario.outcome("20 of 20 in failover")
    assert f"approved by <@{APPROVER}>, <@{ADMIN}>" in said(done)


async def test_a_change_that_nobody_else_can_approve_says_so_until_somebody_is_granted(
    scenario: Scenario,
) -> None:
    database, lonely = scenario.settings.database, "66666"
    rows = ((OPERATOR, Role.OPERATOR), (OPERATOR, Role.APPROVER), (INCIDENT, Role.INCIDENT))
    await direct_store.grant(database, lonely, rows)
    scenario.continuity.add_customer(lonely, users=3)
    await scenario.type(f"failover on {lonely}")
    told = await scenario.told(f"*Nobody but you can approve for {lonely}*")
    assert "There is no admin yet who can grant it" in told
    card = await scenario.card("change_approve")
    assert f"*Nobody but <@{OPERATOR}> can approve for {lonely}*" in said(card)

    await direct_store.grant(database, lonely, ((STRANGER, Role.APPROVER),))
    await scenario.slack.wait_for(lambda _: "can approve for" not in said(card))
    await scenario.press("change_approve", user=STRANGER, card=card)
    await scenario.outcome("3 of 3 in failover")


async def test_a_user_group_gives_operator_but_never_approver(scenario: Scenario) -> None:
    scenario.slack.add_usergroup("S0ONCALL", "oncall", [STRANGER])
    async with direct_store.admin(scenario.settings.database) as admin:
        await admin.grant(GrantRoleCommand(parse_subject("S0ONCALL"), Role.OPERATOR, CUSTOMER))
    await scenario.type(f"failover on {CUSTOMER}", user=STRANGER)
    card = await scenario.card("change_approve")
    assert f"asked by <@{STRANGER}>" in said(card)
    await scenario.type(f"failover on {CUSTOMER} --reason mine too")
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("20 of 20 in failover")


async def test_a_mention_is_a_command(scenario: Scenario) -> None:
    await scenario.slack.mention(OPERATOR, INCIDENT, f"<@U0BOT> failover on {CUSTOMER}")
    assert "ALL 20 users" in said(await scenario.card("change_approve"))


async def test_help_lists_only_what_the_reader_may_use(scenario: Scenario) -> None:
    await scenario.type("help", user=APPROVER)
    listed = await scenario.told("More: ", user=APPROVER)
    assert "/continuity status" in listed
    assert "/continuity failover" not in listed
    assert "/continuity role" not in listed
    await scenario.type("help failover", user=APPROVER)
    await scenario.told("You may not use failover", user=APPROVER)
    await scenario.type("help more", user=ADMIN)
    await scenario.told("*role grant*: ", user=ADMIN)


async def test_whoami_names_the_rows_what_is_missing_and_who_can_grant_it(
    scenario: Scenario,
) -> None:
    await scenario.type("whoami", user=APPROVER)
    told = await scenario.told("Acme GmbH (44444)", user=APPROVER)
    assert told.startswith(
        "Here you may view and approve for Acme GmbH (44444). You may not propose or administer.\n"
    )
    rows = f"<@{APPROVER}> approver {CUSTOMER}; <#{INCIDENT}> incident {CUSTOMER}"
    assert f"approve: yes, by {rows}" in told
    assert f"propose: no. You may not propose for customer {CUSTOMER}" in told
    assert f"Who can grant it: <@{ADMIN}>." in told
    await scenario.type("whoami", user=APPROVER, channel=ELSEWHERE)
    assert f"In <#{INCIDENT}> you may view and approve." in await scenario.told(
        "Here you may do nothing for Acme GmbH (44444)", user=APPROVER
    )
    await scenario.type("whoami", user=STRANGER, channel=ELSEWHERE)
    told = await scenario.told(
        "You may do nothing here: you have no role for any customer.", user=STRANGER
    )
    assert "view: no" in told


async def test_the_requester_sees_why_it_was_denied_as_a_message_of_its_own(
    scenario: Scenario,
) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.press("change_deny", user=APPROVER)
    view = await scenario.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    await scenario.slack.submit(
        APPROVER, view.id, {"reason": {"reason": "ask <@U0OPERATOR> first"}}
    )
    await scenario.slack.wait_for(lambda slack: len(slack.channel_messages(INCIDENT)) == 2 or None)
    message = scenario.slack.channel_messages(INCIDENT)[-1]
    assert f"By <@{APPROVER}>: ask &lt;@U0OPERATOR&gt; first" in said(message)
    assert f"<@{OPERATOR}>" in said(message)


async def test_a_channel_without_the_bot_is_told_how_to_invite_it(scenario: Scenario) -> None:
    scenario.slack.add_channel("C0LONELY", "lonely", members=[OPERATOR], bot_member=False)
    async with direct_store.admin(scenario.settings.database) as admin:
        await admin.grant(GrantRoleCommand(parse_subject("C0LONELY"), Role.INCIDENT, CUSTOMER))
    await scenario.type(f"failover on {CUSTOMER}", channel="C0LONELY")
    await scenario.told("/invite")
    assert scenario.slack.channel_messages("C0LONELY") == []
    assert scenario.continuity.requests == []
