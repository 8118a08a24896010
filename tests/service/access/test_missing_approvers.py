"""Too few people who can approve a change: told at once, and corrected by a later grant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.admin_commands import GrantRoleCommand, RevokeRoleCommand
from bot.domain.change import Approval, Change
from bot.domain.change_state import State
from bot.domain.roles import Role, parse_subject
from bot.ports import MessageKind, Person
from bot.service.access.administer import grant_role, revoke_role
from bot.service.access.missing_approvers import (
    MissingApprovers,
    missing_approvers,
    missing_approvers_in_slack,
)
from tests.builders import ADMIN, APPROVER, CUSTOMER, NOW, REQUESTER, a_change, a_grant
from tests.service.harness import SECOND, ServiceHarness, actor

LONELY = "66666"
CHANGE = a_change(customer=LONELY)


async def by_rows(harness: ServiceHarness, change: Change = CHANGE) -> MissingApprovers | None:
    return await harness.look(lambda tx: missing_approvers(tx, change, NOW))


async def test_with_enough_approvers_nothing_is_told(harness: ServiceHarness) -> None:
    change = a_change()
    assert await by_rows(harness, change) is None
    assert await missing_approvers_in_slack(harness.ctx, change) is None


async def test_nobody_but_the_requester_can_approve(harness: ServiceHarness) -> None:
    await harness.grant(
        a_grant(REQUESTER, Role.APPROVER, customer=LONELY),
        a_grant("U0CHIEF", Role.ADMIN, customer="*", expires_at=NOW),
    )
    expected = MissingApprovers(1, (), (), requester_could=True)
    assert await by_rows(harness) == expected
    assert await missing_approvers_in_slack(harness.ctx, CHANGE) == expected


async def test_another_id_of_the_requester_is_the_requester(harness: ServiceHarness) -> None:
    await harness.store.write(lambda tx: tx.add_ids(REQUESTER, {"W0OPERATOR"}))
    await harness.grant(a_grant("W0OPERATOR", Role.APPROVER, customer=LONELY))
    assert await by_rows(harness) == MissingApprovers(1, (), (), requester_could=True)


async def test_fewer_people_than_approvals_are_named(harness: ServiceHarness) -> None:
    await harness.grant(
        a_grant(SECOND, Role.APPROVER, customer=LONELY), a_grant(ADMIN, Role.ADMIN, customer="*")
    )
    change = replace(CHANGE, approvals_needed=3)
    missing = MissingApprovers(3, (f"<@{ADMIN}>", f"<@{SECOND}>"), (f"<@{ADMIN}>",), False)
    assert await by_rows(harness, change) == missing
    assert await missing_approvers_in_slack(harness.ctx, change) == missing
    given = replace(change, approvals=(Approval(SECOND, NOW, 1, "row"),))
    assert await by_rows(harness, given) == replace(missing, needed=2, people=(f"<@{ADMIN}>",))
    assert await by_rows(harness, replace(given, approvals_needed=2)) is None


async def test_whom_slack_bars_does_not_count_for_the_reply(harness: ServiceHarness) -> None:
    await harness.grant(a_grant(SECOND, Role.APPROVER, customer=LONELY))
    harness.directory.people[SECOND] = Person(SECOND, "gone", barred="deactivated")
    assert await by_rows(harness) is None
    told = await missing_approvers_in_slack(harness.ctx, CHANGE)
    assert told == MissingApprovers(1, (), (), requester_could=False)


@pytest.mark.parametrize("state", [one for one in State if one is not State.AWAITING_APPROVAL])
async def test_what_waits_for_no_approval_misses_nobody(
    harness: ServiceHarness, state: State
) -> None:
    change = replace(CHANGE, state=state)
    assert await by_rows(harness, change) is None
    assert await missing_approvers_in_slack(harness.ctx, change) is None


@pytest.mark.parametrize("role", [Role.APPROVER, Role.ADMIN, Role.VIEWER])
@pytest.mark.parametrize("customer", [CUSTOMER, "*", "77777"])
async def test_a_grant_and_its_end_draw_the_waiting_cards_anew(
    harness: ServiceHarness, role: Role, customer: str
) -> None:
    change = await harness.previewed()
    subject = parse_subject("U0NEW")
    terminal = replace(actor(ADMIN, None), terminal="olga@jump1")
    revisions = [change.revision]
    await grant_role(harness.ctx, terminal, GrantRoleCommand(subject, role, customer))
    revisions.append((await harness.change(change.id)).revision)
    await revoke_role(harness.ctx, terminal, RevokeRoleCommand(subject, role, customer))
    after = await harness.change(change.id)
    revisions.append(after.revision)

    drawn = role is not Role.VIEWER and customer != "77777"
    first = change.revision
    assert revisions == ([first, first + 1, first + 2] if drawn else [first] * 3)
    card = await harness.message(MessageKind.CARD, after)
    assert card
    assert card.wanted == after.revision
    assert after.preview_revision == change.preview_revision
    assert APPROVER not in {one.approver for one in after.approvals}
