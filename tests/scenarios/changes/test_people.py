"""Two approvals, user groups, mentions, help and whoami: what a person may do and is told."""

from __future__ import annotations

from bot.domain.commands import GrantRoleCommand
from bot.domain.policy import PolicyRule
from bot.domain.roles import Role, parse_subject
from bot.store.times import SystemClock
from tests import beside
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    STRANGER,
    Scene,
    said,
)


async def test_two_approvals_are_given_by_two_people(scene: Scene) -> None:
    async with beside.admin(scene.settings.database) as admin:
        await admin.policy(PolicyRule(CUSTOMER, "*", "*", 2, "test@terminal", SystemClock().now()))
    await scene.type(f"failover on {CUSTOMER}")
    await scene.press("change_approve", user=APPROVER)
    card = await scene.outcome("Approvals by others: 1 of 2")
    assert f"<@{APPROVER}>" in said(card)
    await scene.press("change_approve", user=APPROVER)
    await scene.told("another person is needed", user=APPROVER)
    assert scene.writes() == []
    await scene.press("change_approve", user=ADMIN)
    done = await scene.outcome("20 of 20 in failover")
    assert f"approved by <@{APPROVER}>, <@{ADMIN}>" in said(done)


async def test_a_user_group_gives_operator_but_never_approver(scene: Scene) -> None:
    scene.slack.add_usergroup("S0ONCALL", "oncall", [STRANGER])
    async with beside.admin(scene.settings.database) as admin:
        await admin.grant(GrantRoleCommand(parse_subject("S0ONCALL"), Role.OPERATOR, CUSTOMER))
    await scene.type(f"failover on {CUSTOMER}", user=STRANGER)
    card = await scene.card("change_approve")
    assert f"asked by <@{STRANGER}>" in said(card)
    await scene.type(f"failover on {CUSTOMER} --reason mine too")
    await scene.press("change_approve", user=APPROVER)
    await scene.outcome("20 of 20 in failover")


async def test_a_mention_is_a_command(scene: Scene) -> None:
    await scene.slack.mention(OPERATOR, INCIDENT, f"<@U0BOT> failover on {CUSTOMER}")
    assert "ALL 20 users" in said(await scene.card("change_approve"))


async def test_help_lists_only_what_the_reader_may_use(scene: Scene) -> None:
    await scene.type("help", user=APPROVER)
    listed = await scene.told("More: ", user=APPROVER)
    assert "/continuity status" in listed
    assert "/continuity failover" not in listed
    assert "/continuity role" not in listed
    await scene.type("help failover", user=APPROVER)
    await scene.told("You may not use failover", user=APPROVER)
    await scene.type("help", user=ADMIN)
    assert "/continuity role grant" in await scene.told("More: ", user=ADMIN)


async def test_whoami_names_the_rows_what_is_missing_and_who_can_grant_it(scene: Scene) -> None:
    await scene.type("whoami", user=APPROVER)
    told = await scene.told("Acme GmbH (44444)", user=APPROVER)
    assert f"approve: yes ({APPROVER} approver {CUSTOMER}; {INCIDENT} incident {CUSTOMER})" in told
    assert f"propose: no. You may not propose for customer {CUSTOMER}" in told
    assert f"Who can grant it: <@{ADMIN}>" in told
    await scene.type("whoami", user=STRANGER, channel=ELSEWHERE)
    assert "view: no" in await scene.told("in this channel", user=STRANGER)


async def test_the_requester_sees_why_it_was_denied_as_a_message_of_its_own(scene: Scene) -> None:
    await scene.type(f"failover on {CUSTOMER}")
    await scene.press("change_deny", user=APPROVER)
    view = await scene.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    await scene.slack.submit(APPROVER, view.id, {"reason": {"reason": "ask <@U0OPERATOR> first"}})
    await scene.slack.wait_for(lambda slack: len(slack.channel_messages(INCIDENT)) == 2 or None)
    message = scene.slack.channel_messages(INCIDENT)[-1]
    assert f"By <@{APPROVER}>: ask &lt;@U0OPERATOR&gt; first" in said(message)
    assert f"<@{OPERATOR}>" in said(message)


async def test_a_channel_without_the_bot_is_told_how_to_invite_it(scene: Scene) -> None:
    scene.slack.add_channel("C0LONELY", "lonely", members=[OPERATOR], bot_member=False)
    async with beside.admin(scene.settings.database) as admin:
        await admin.grant(GrantRoleCommand(parse_subject("C0LONELY"), Role.INCIDENT, CUSTOMER))
    await scene.type(f"failover on {CUSTOMER}", channel="C0LONELY")
    await scene.told("/invite")
    assert scene.slack.channel_messages("C0LONELY") == []
    assert scene.continuity.requests == []
