"""What somebody may do here, by which row, and what help shows them of it."""

from __future__ import annotations

import pytest

from bot.domain.commands import WhoAmICommand
from bot.domain.roles import Right, Role
from bot.service.queries import history
from tests.builders import (
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    OTHER_CUSTOMER,
    REQUESTER,
    a_grant,
)
from tests.service.harness import STRANGER, ServiceHarness, actor
from tests.service.queries.conftest import EVERYWHERE, THIRD, VIEWER


async def test_whoami_tells_each_right_with_its_row_or_its_cure(harness: ServiceHarness) -> None:
    await harness.store.write(lambda tx: tx.name_customer(CUSTOMER, "Acme GmbH"))
    (told,) = await history.whoami(harness.ctx, actor(), WhoAmICommand())
    assert (told.customer, told.name) == (CUSTOMER, "Acme GmbH")
    answers = {right: (decision.allowed, cure) for right, decision, cure in told.decisions}
    terminal = f"Who can grant it: <@{ADMIN}>, on the terminal: `python app.py role grant`."
    assert answers == {
        Right.VIEW: (True, ""),
        Right.PROPOSE: (True, ""),
        Right.APPROVE: (False, terminal),
        Right.ADMINISTER: (False, terminal),
    }
    assert told.decisions[0][1].evidence[0].subject.id == REQUESTER


async def test_whoami_in_another_channel_says_that_the_channel_is_missing(
    harness: ServiceHarness,
) -> None:
    (told,) = await history.whoami(harness.ctx, actor(channel="C0ELSEWHERE"), WhoAmICommand())
    decisions = {right: decision for right, decision, _ in told.decisions}
    assert decisions[Right.VIEW].reason.startswith("This channel is not an incident channel")
    assert told.decisions[0][2] == f"Who can grant it: <@{ADMIN}>."
    assert told.here == set()
    assert told.anywhere == {Right.VIEW, Right.PROPOSE}
    assert told.channels == (CHANNEL,)


async def test_whoami_in_the_right_channel_names_no_other(harness: ServiceHarness) -> None:
    (told,) = await history.whoami(harness.ctx, actor(), WhoAmICommand())
    assert told.here == told.anywhere == {Right.VIEW, Right.PROPOSE}
    assert told.channels == ()


async def test_whoami_in_a_direct_message_says_where_it_works(harness: ServiceHarness) -> None:
    (told,) = await history.whoami(harness.ctx, actor(channel="D0DIRECT"), WhoAmICommand(CUSTOMER))
    assert told.here == set()
    assert told.channels == (CHANNEL,)


@pytest.mark.parametrize(
    ("user", "asked", "customers"),
    [
        (VIEWER, None, [CUSTOMER, OTHER_CUSTOMER]),
        (VIEWER, THIRD, [THIRD]),
        (STRANGER, None, [CUSTOMER]),  # the channel's rows
    ],
)
async def test_whoami_is_about_the_customer_asked_for_or_those_with_a_row(
    rows: ServiceHarness, user: str, asked: str | None, customers: list[str]
) -> None:
    told = await history.whoami(rows.ctx, actor(user), WhoAmICommand(asked))
    assert [rights.customer for rights in told] == customers


async def test_whoami_without_any_row_is_told_so_once(harness: ServiceHarness) -> None:
    (told,) = await history.whoami(harness.ctx, actor(STRANGER, "C0ELSEWHERE"), WhoAmICommand())
    assert told.customer == "*"
    assert not any(decision.allowed for _, decision, _ in told.decisions)


async def test_whoami_is_short_for_somebody_with_many_customers(harness: ServiceHarness) -> None:
    await harness.grant(*(a_grant(VIEWER, Role.VIEWER, customer=f"1000{n}") for n in range(10)))
    assert (
        len(await history.whoami(harness.ctx, actor(VIEWER), WhoAmICommand()))
        == history.MAX_CUSTOMERS
    )


@pytest.mark.parametrize(
    ("user", "rights"),
    [
        (STRANGER, set()),
        (REQUESTER, {Right.VIEW, Right.PROPOSE}),
        (APPROVER, {Right.VIEW, Right.APPROVE}),
        (ADMIN, set(Right) - {Right.COMMAND}),
        ("U0COMMANDER", {Right.VIEW, Right.PROPOSE, Right.COMMAND}),
    ],
)
async def test_help_follows_the_rights_held_anywhere(
    harness: ServiceHarness, user: str, rights: set[Right]
) -> None:
    await harness.grant(a_grant("U0COMMANDER", Role.COMMANDER))
    for channel in (CHANNEL, "C0ELSEWHERE"):
        assert await history.rights_anywhere(harness.ctx, actor(user, channel)) == rights


async def test_a_right_for_every_customer_counts_for_help(rows: ServiceHarness) -> None:
    assert await history.rights_anywhere(rows.ctx, actor(EVERYWHERE)) == {Right.VIEW}
