"""One user: as told, what reached them lately, and what the reader may do about it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.roles import Right, Role
from bot.domain.scope import Everyone, FileUsers, Filters
from bot.errors import Ambiguous, InvalidInput, NotAllowed
from bot.ports import Transaction
from bot.service.queries.show_user import show_user
from tests.builders import ADMIN, CUSTOMER, NOW, OTHER_CUSTOMER, REQUESTER, a_change, a_grant
from tests.service.harness import STRANGER, ServiceHarness, actor, groups, users

JO = "a@example.com"


async def test_all_fields_are_told_and_that_he_was_shown_is_recorded(
    harness: ServiceHarness,
) -> None:
    harness.api.held[CUSTOMER][JO].fields["quota"] = 5
    shown = await show_user(harness.ctx, actor(), CUSTOMER, JO)
    assert (shown.user.address, shown.user.fields["quota"]) == (JO, 5)
    [entry] = await harness.entries()
    assert (entry.record.kind, entry.record.actor) == ("user.shown", REQUESTER)
    assert entry.record.detail["user"] == JO
    assert "quota" not in str(entry)


async def test_the_last_changes_are_those_that_name_him_or_were_for_everyone_or_his_group(
    harness: ServiceHarness,
) -> None:
    harness.api.held[CUSTOMER][JO].fields["failoverGroups"] = ["emea"]
    scopes = (
        users("b"),
        users("A", "b"),
        groups("us"),
        groups("emea", "us"),
        Everyone(),
    )
    for number, scope in enumerate(scopes):
        at = NOW + timedelta(minutes=number)
        await harness.put(a_change(id=f"C-0000{number}", scope=scope, created_at=at))
    await harness.put(a_change(id="C-00009", customer=OTHER_CUSTOMER))
    shown = await show_user(harness.ctx, actor(), CUSTOMER, JO)
    assert [change.id for change in shown.changes] == ["C-00004", "C-00003", "C-00001"]


def _came_to(tx: Transaction, change_id: str, row: UserOutcome) -> None:
    tx.put_user_outcomes(change_id, [row])


async def test_a_file_or_a_purge_that_he_was_among_is_one_of_them(harness: ServiceHarness) -> None:
    listed = FileUsers(2, "0" * 64)
    for number, scope in enumerate((listed, listed, Filters(access=False))):
        at = NOW + timedelta(minutes=number)
        await harness.put(a_change(id=f"C-0000{number}", scope=scope, created_at=at))
    for change_id, address in (("C-00000", JO), ("C-00001", "b@example.com"), ("C-00002", JO)):
        row = UserOutcome(address, UserStatus.APPLIED)
        await harness.ctx.store.write(partial(_came_to, change_id=change_id, row=row))
    shown = await show_user(harness.ctx, actor(), CUSTOMER, JO)
    assert [change.id for change in shown.changes] == ["C-00002", "C-00000"]


@pytest.mark.parametrize(
    ("who", "rights"),
    [
        ("U0VIEWER", {Right.VIEW}),
        (REQUESTER, {Right.VIEW, Right.PROPOSE}),
        (ADMIN, {*Right} - {Right.COMMAND}),
    ],
)
async def test_it_tells_what_the_reader_may_do(
    harness: ServiceHarness, who: str, rights: set[Right]
) -> None:
    await harness.grant(a_grant("U0VIEWER", Role.VIEWER))
    shown = await show_user(harness.ctx, actor(who), CUSTOMER, JO)
    assert shown.rights == rights


async def test_without_a_row_the_api_is_not_asked(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed):
        await show_user(harness.ctx, actor(STRANGER), CUSTOMER, JO)
    assert harness.api.asked == []


async def test_nobody_of_that_address_is_told_and_nothing_was_shown(
    harness: ServiceHarness,
) -> None:
    with pytest.raises(InvalidInput, match="Customer 44444 has no user x@"):
        await show_user(harness.ctx, actor(), CUSTOMER, "x@example.com")
    harness.api.unreadable = Ambiguous("No answer.")
    with pytest.raises(Ambiguous):
        await show_user(harness.ctx, actor(), CUSTOMER, JO)
    assert await harness.trail() == []
