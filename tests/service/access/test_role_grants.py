"""Grants: who gives what, where, and what always stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.domain.actor import Actor
from bot.domain.admin_commands import GrantRoleCommand, RevokeRoleCommand
from bot.domain.roles import Grant, Role
from bot.errors import InvalidInput, NotAllowed
from bot.service.access import administer
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
from tests.service.harness import STRANGER, ServiceHarness, actor

TERMINAL = Actor("operator@jump1", None, terminal="operator@jump1")
GROUP = "S0ONCALL"
ON_THE_TERMINAL = [Role.APPROVER, Role.ADMIN]


def asked(
    subject: str, role: Role, customer: str = CUSTOMER, hours: int | None = None
) -> GrantRoleCommand:
    return GrantRoleCommand(a_subject(subject), role, customer, hours)


def back(subject: str, role: Role, customer: str = CUSTOMER) -> RevokeRoleCommand:
    return RevokeRoleCommand(a_subject(subject), role, customer)


async def held(harness: ServiceHarness, subject: str) -> list[Grant]:
    return list(await harness.look(lambda tx: tx.grants(subjects=[a_subject(subject)])))


@pytest.mark.parametrize(
    ("subject", "role"),
    [
        (STRANGER, Role.VIEWER),
        (STRANGER, Role.OPERATOR),
        (GROUP, Role.OPERATOR),
        ("C0WARROOM", Role.INCIDENT),
    ],
)
async def test_in_slack_an_admin_grants_and_revokes_what_is_everyday(
    harness: ServiceHarness, subject: str, role: Role
) -> None:
    harness.directory.members[GROUP] = {STRANGER}
    grant = await administer.grant_role(harness.ctx, actor(ADMIN), asked(subject, role))
    assert grant == Grant(a_subject(subject), role, CUSTOMER, ADMIN, NOW, None)
    assert await held(harness, subject) == [grant]

    await administer.revoke_role(harness.ctx, actor(ADMIN), back(subject, role))
    assert await held(harness, subject) == []
    assert await harness.trail() == ["role.granted", "role.revoked"]
    names = [entry.record.actor_name for entry in await harness.entries()]
    assert names[-2:] == [f"name of {ADMIN}"] * 2
    expected = {"subject": subject, "role": role.value, "expires_at": None}
    assert await harness.details("role.granted") == [expected]
    assert await harness.details("role.revoked") == [expected]


@pytest.mark.parametrize("role", ON_THE_TERMINAL)
async def test_in_slack_nobody_grants_or_revokes_approver_and_admin(
    harness: ServiceHarness, role: Role
) -> None:
    with pytest.raises(NotAllowed, match="granted and revoked on the terminal only"):
        await administer.grant_role(harness.ctx, actor(ADMIN), asked(STRANGER, role))
    with pytest.raises(NotAllowed, match="on the terminal only"):
        await administer.revoke_role(harness.ctx, actor(ADMIN), back(APPROVER, Role.APPROVER))
    assert await held(harness, STRANGER) == []
    assert await harness.trail() == ["refused", "refused"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.ADMIN])
async def test_the_terminal_grants_every_role_and_is_recorded(
    harness: ServiceHarness, role: Role
) -> None:
    await administer.grant_role(harness.ctx, TERMINAL, asked(STRANGER, role, "*"))
    (row,) = await held(harness, STRANGER)
    assert (row.role, row.customer, row.granted_by) == (role, "*", "operator@jump1")
    (entry,) = await harness.entries()
    assert (entry.record.actor, entry.record.customer) == ("operator@jump1", "*")


@pytest.mark.parametrize("user", [REQUESTER, APPROVER, STRANGER])
async def test_only_an_admin_grants_and_revokes(harness: ServiceHarness, user: str) -> None:
    for attempt in (
        administer.grant_role(harness.ctx, actor(user), asked("U0NEW", Role.VIEWER)),
        administer.revoke_role(harness.ctx, actor(user), back(REQUESTER, Role.OPERATOR)),
    ):
        with pytest.raises(NotAllowed, match="needs the role admin"):
            await attempt
    assert await held(harness, "U0NEW") == []
    assert await held(harness, REQUESTER) != []


@pytest.mark.parametrize("customer", [OTHER_CUSTOMER, "*"])
async def test_an_admin_grants_within_his_customers(harness: ServiceHarness, customer: str) -> None:
    await harness.grant(a_grant(CHANNEL, Role.INCIDENT, customer="*"))
    with pytest.raises(NotAllowed, match="needs the role admin"):
        await administer.grant_role(
            harness.ctx, actor(ADMIN), asked(STRANGER, Role.VIEWER, customer)
        )
    await harness.grant(a_grant(ADMIN, Role.ADMIN, customer="*"))
    await administer.grant_role(harness.ctx, actor(ADMIN), asked(STRANGER, Role.VIEWER, customer))
    assert [row.customer for row in await held(harness, STRANGER)] == [customer]


@pytest.mark.parametrize("change", [administer.grant_role, administer.revoke_role])
async def test_nobody_changes_their_own_grants_through_a_group(
    harness: ServiceHarness, change: Callable[..., Awaitable[object]]
) -> None:
    await harness.grant(a_grant(GROUP, Role.VIEWER))
    harness.directory.members[GROUP] = {STRANGER, ADMIN}
    request = asked if change is administer.grant_role else back
    with pytest.raises(NotAllowed, match=f"Nobody changes their own grants. You are in {GROUP}"):
        await change(harness.ctx, actor(ADMIN), request(GROUP, Role.VIEWER))
    assert await harness.trail() == ["refused"]
    assert len(await held(harness, GROUP)) == 1


async def test_a_group_of_which_slack_tells_nothing_is_given_nothing(
    harness: ServiceHarness,
) -> None:
    with pytest.raises(
        NotAllowed, match=f"does not tell who is in {GROUP}, so nothing was changed"
    ):
        await administer.grant_role(harness.ctx, actor(ADMIN), asked(GROUP, Role.OPERATOR))
    assert await held(harness, GROUP) == []


@pytest.mark.parametrize("subject", [GROUP, STRANGER])
async def test_while_slack_does_not_tell_whose_grant_it_is_nothing_is_granted(
    harness: ServiceHarness, subject: str
) -> None:
    harness.directory.unknown = {GROUP, STRANGER}
    with pytest.raises(NotAllowed, match="Slack did not tell whether this is your own grant"):
        await administer.grant_role(harness.ctx, actor(ADMIN), asked(subject, Role.OPERATOR))
    assert await held(harness, subject) == []


async def test_nobody_changes_his_own_grants_in_slack(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed, match="Nobody changes their own grants"):
        await administer.grant_role(harness.ctx, actor(ADMIN), asked(ADMIN, Role.OPERATOR))
    with pytest.raises(NotAllowed, match="Nobody changes their own grants"):
        await administer.revoke_role(harness.ctx, actor(ADMIN), back(ADMIN, Role.ADMIN))
    assert [row.role for row in await held(harness, ADMIN)] == [Role.ADMIN]
    assert await harness.trail() == ["refused", "refused"]


@pytest.mark.parametrize(
    ("subject", "role"),
    [
        (CHANNEL, Role.OPERATOR),
        (STRANGER, Role.INCIDENT),
        (GROUP, Role.INCIDENT),
        (GROUP, Role.APPROVER),
        (GROUP, Role.ADMIN),
    ],
)
async def test_a_role_that_the_subject_can_never_hold_is_refused_even_on_the_terminal(
    harness: ServiceHarness, subject: str, role: Role
) -> None:
    with pytest.raises(InvalidInput):
        await administer.grant_role(harness.ctx, TERMINAL, asked(subject, role))


async def test_a_grant_for_some_hours_expires(harness: ServiceHarness) -> None:
    grant = await administer.grant_role(
        harness.ctx, actor(ADMIN), asked(STRANGER, Role.VIEWER, hours=8)
    )
    assert grant.expires_at == NOW + timedelta(hours=8)
    assert (await harness.details("role.granted"))[0][
        "expires_at"
    ] == "2026-03-14T11:04:05.678901+00:00"


async def test_the_same_grant_again_replaces_the_row(harness: ServiceHarness) -> None:
    await administer.grant_role(harness.ctx, TERMINAL, asked(STRANGER, Role.VIEWER, hours=1))
    await administer.grant_role(harness.ctx, TERMINAL, asked(STRANGER, Role.VIEWER))
    assert [row.expires_at for row in await held(harness, STRANGER)] == [None]


@pytest.mark.parametrize(
    "asking",
    [
        back(STRANGER, Role.VIEWER),
        back(REQUESTER, Role.VIEWER),
        back(REQUESTER, Role.OPERATOR, "*"),
    ],
)
async def test_a_row_that_is_not_there_cannot_be_revoked(
    harness: ServiceHarness, asking: RevokeRoleCommand
) -> None:
    with pytest.raises(InvalidInput, match=f"{asking.subject.id} is not {asking.role} for"):
        await administer.revoke_role(harness.ctx, TERMINAL, asking)
    assert await harness.trail() == []


async def test_the_last_admin_stays(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed, match="This is the last admin"):
        await administer.revoke_role(harness.ctx, TERMINAL, back(ADMIN, Role.ADMIN))
    assert [row.role for row in await held(harness, ADMIN)] == [Role.ADMIN]
    assert await harness.refusals() == ["This is the last admin. Grant another one first."]


@pytest.mark.parametrize(
    ("other", "goes"),
    [
        (a_grant("U0OTHER", Role.ADMIN, customer=OTHER_CUSTOMER), True),
        (a_grant("U0OTHER", Role.ADMIN, expires_at=NOW + timedelta(hours=1)), True),
        (a_grant("U0OTHER", Role.ADMIN, expires_at=NOW), False),  # no admin any more
        (a_grant("U0OTHER", Role.OPERATOR), False),
    ],
)
async def test_an_admin_goes_where_another_one_is_in_force(
    harness: ServiceHarness, other: Grant, goes: bool
) -> None:
    await harness.grant(other)
    if not goes:
        with pytest.raises(NotAllowed, match="last admin"):
            await administer.revoke_role(harness.ctx, TERMINAL, back(ADMIN, Role.ADMIN))
    else:
        await administer.revoke_role(harness.ctx, TERMINAL, back(ADMIN, Role.ADMIN))
        assert await held(harness, ADMIN) == []


async def test_the_row_of_an_admin_that_has_expired_can_go(harness: ServiceHarness) -> None:
    await harness.grant(a_grant("U0OTHER", Role.ADMIN, expires_at=NOW))
    await administer.revoke_role(harness.ctx, TERMINAL, back("U0OTHER", Role.ADMIN))
    assert await held(harness, "U0OTHER") == []
