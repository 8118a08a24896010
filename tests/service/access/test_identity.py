"""One person with two ids in Slack's Enterprise Grid is one person, whichever id acts."""

from __future__ import annotations

import pytest

from bot.domain.change_state import State
from bot.domain.roles import Right, Role
from bot.errors import Conflict, NotAllowed
from bot.ports import Person
from bot.service.access import administer
from bot.service.access.authorise import authorise
from bot.service.changes import decide
from tests.builders import ADMIN, APPROVER, CUSTOMER, REQUESTER, a_grant, a_policy_rule, a_subject
from tests.service.access.test_role_grants import asked, back
from tests.service.harness import SECOND, ServiceHarness, actor, users

OTHER = "W0OPERATOR"


def two_ids(harness: ServiceHarness, user_id: str = REQUESTER, other: str = OTHER) -> None:
    """Slack tells ``user_id`` for both."""
    for asked_for in (user_id, other):
        told = Person(user_id, "on call", others=frozenset({other}))
        harness.directory.people[asked_for] = told


@pytest.mark.parametrize("first", [REQUESTER, OTHER])
async def test_nobody_approves_their_own_change_by_their_other_id(
    harness: ServiceHarness, first: str
) -> None:
    two_ids(harness)
    await harness.grant(a_grant(OTHER, Role.APPROVER), a_grant(REQUESTER, Role.APPROVER))
    change = await harness.previewed()
    assert change.requester == REQUESTER
    for one in (REQUESTER, OTHER):
        with pytest.raises(NotAllowed, match="Nobody approves their own change"):
            await decide.approve(harness.ctx, actor(one), change.id, change.preview_revision)
    assert await harness.state(change.id) is State.AWAITING_APPROVAL


async def test_slack_may_answer_each_id_by_itself_and_name_the_other_beside(
    harness: ServiceHarness,
) -> None:
    harness.directory.people[REQUESTER] = Person(REQUESTER, "", others=frozenset({OTHER}))
    await harness.grant(a_grant(OTHER, Role.APPROVER))
    change = await harness.previewed()
    with pytest.raises(NotAllowed, match="Nobody approves their own change"):
        await decide.approve(harness.ctx, actor(OTHER), change.id, change.preview_revision)


async def test_each_person_counts_once(harness: ServiceHarness) -> None:
    two_ids(harness, APPROVER, "W0APPROVER")
    await harness.store.write(lambda tx: tx.put_policy_rule(a_policy_rule(approvals=2)))
    change = await harness.previewed()
    await decide.approve(harness.ctx, actor("W0APPROVER"), change.id, change.preview_revision)
    with pytest.raises(Conflict, match="You have approved this already"):
        await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)
    await decide.approve(harness.ctx, actor(SECOND), change.id, change.preview_revision)
    given = (await harness.change(change.id)).approvals
    assert [one.approver for one in given] == [APPROVER, SECOND]


async def test_a_row_of_either_id_counts_up_to_the_execution(harness: ServiceHarness) -> None:
    two_ids(harness)
    await harness.store.write(
        lambda tx: tx.remove_grant(a_subject(REQUESTER), Role.OPERATOR, CUSTOMER)
    )
    await harness.grant(a_grant(OTHER, Role.OPERATOR))
    authorization = await authorise(harness.ctx, actor(), Right.PROPOSE, CUSTOMER)
    assert authorization.evidence[0].subject.id == OTHER
    change = await harness.executed(users("a"))
    assert change.state is State.APPLIED


async def test_the_requester_confirms_and_withdraws_by_either_id(harness: ServiceHarness) -> None:
    two_ids(harness)
    change = await harness.previewed(users("a"))
    after = await decide.confirm(harness.ctx, actor(OTHER), change.id, change.preview_revision)
    assert after.decided_by == REQUESTER
    assert (await decide.cancel(harness.ctx, actor(OTHER), change.id)).state is State.CANCELLED


async def test_nobody_changes_the_grants_of_their_other_id(harness: ServiceHarness) -> None:
    two_ids(harness, ADMIN, "W0ADMIN")
    for subject in (ADMIN, "W0ADMIN"):
        with pytest.raises(NotAllowed, match="Nobody changes their own grants"):
            await administer.grant_role(harness.ctx, actor(ADMIN), asked(subject, Role.OPERATOR))


async def test_a_role_is_revoked_from_every_id_of_the_person(harness: ServiceHarness) -> None:
    two_ids(harness)
    await authorise(harness.ctx, actor(), Right.PROPOSE, CUSTOMER)  # Slack has told of both
    await harness.grant(a_grant(OTHER, Role.OPERATOR))
    await administer.revoke_role(harness.ctx, actor(ADMIN), back(REQUESTER, Role.OPERATOR))
    with pytest.raises(NotAllowed):
        await authorise(harness.ctx, actor(), Right.PROPOSE, CUSTOMER)
    assert (await harness.trail()).count("role.revoked") == 2


async def test_that_two_ids_are_one_person_is_recorded_once(harness: ServiceHarness) -> None:
    two_ids(harness)
    for one in (REQUESTER, OTHER, REQUESTER):
        await authorise(harness.ctx, actor(one), Right.PROPOSE, CUSTOMER)
    assert await harness.details("person.ids_told") == [{"person": REQUESTER, "others": [OTHER]}]
