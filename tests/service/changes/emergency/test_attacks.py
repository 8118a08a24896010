"""Break-glass, attacked: by another road, later than it was decided, by rows that somebody wrote."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.actions import Action, Activate
from bot.domain.actor import Actor
from bot.domain.admin_commands import RevokeRoleCommand
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.customer_rule import CustomerRule
from bot.domain.review import Review
from bot.domain.roles import Role, parse_subject
from bot.domain.scope import Everyone, Scope
from bot.domain.time_limit import TimeLimit
from bot.errors import Conflict, NotAllowed
from bot.service.access import administer
from bot.service.access.customer_rules import set_customer_rule, why_forbidden
from bot.service.changes import decide, resolve
from bot.service.changes.emergency.command import propose_emergency, take_over
from bot.service.changes.propose import propose
from bot.service.queries.home import home
from tests.builders import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    NOW,
    REQUESTER,
    a_change,
    a_grant,
    a_policy_rule,
)
from tests.fakes import ACCEPTED, ambiguous
from tests.service.changes.emergency.emergencies import COMMANDER, appoint, forbid
from tests.service.harness import ServiceHarness, actor, groups, request, users

HOME = Actor(ADMIN, None, clicked=True)
TERMINAL = Actor("root@host", None, terminal="root@host")


async def test_the_second_step_is_not_sent_by_hand_after_half_an_hour(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *users("a", "b", "c").addresses, access=False)
    harness.api.answers = [ACCEPTED, ambiguous(landed=False)]
    await appoint(harness)
    wanted = Proposal(CUSTOMER, Activate(), Everyone(), "Nobody answers")
    change, _ = await propose_emergency(harness.ctx, actor(COMMANDER), wanted)
    await harness.executor.run()
    harness.clock.advance(minutes=31)
    await harness.executor.run()
    left = await harness.change(change.id)
    assert (left.state, len(left.steps)) == (State.NEEDS_OPERATOR, 1)
    harness.clock.advance(hours=10)
    await resolve.retry(harness.ctx, actor(REQUESTER), change.id, "again")
    await harness.executor.run()
    assert len(harness.api.sent) == 2
    left = await harness.change(change.id)
    assert "decided it alone more than half an hour ago" in left.decision_reason


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM configuration",
        "UPDATE configuration SET terms = json_set(terms, '$.emergency', 'allowed')",
    ],
)
async def test_a_rule_altered_by_hand_is_not_made_good_by_a_commander(
    harness: ServiceHarness, sql: str
) -> None:
    await forbid(harness)
    await harness.grant(a_grant(ADMIN, Role.COMMANDER))
    harness.rewritten = True
    await harness.store.write(lambda tx: tx._run(sql) and None)  # type: ignore[attr-defined]
    with pytest.raises(NotAllowed, match="another admin has to allow break-glass"):
        await set_customer_rule(harness.ctx, HOME, CUSTOMER, CustomerRule())
    assert await harness.look(lambda tx: why_forbidden(tx, CUSTOMER))


@pytest.mark.parametrize("scope", [Everyone(), groups("emea"), users("a", "b")])
@pytest.mark.parametrize("action", [Activate(), request().action])
async def test_what_is_not_counted_yet_is_decided_too(
    harness: ServiceHarness, scope: Scope, action: Action
) -> None:
    harness.api.add(
        CUSTOMER, *users("a", "b", "c").addresses, access=False, groups=frozenset({"emea"})
    )
    await appoint(harness)
    change, _ = await propose(
        harness.ctx, actor(), Proposal(CUSTOMER, action, scope, "Exchange down")
    )
    assert change.preview is None
    await take_over(harness.ctx, actor(COMMANDER), change.id, "Now")
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_what_was_to_hold_until_a_time_that_is_past_is_not_decided(
    harness: ServiceHarness,
) -> None:
    await appoint(harness)
    limit = TimeLimit(until=harness.clock.at + timedelta(minutes=10))
    wanted = Proposal(CUSTOMER, request().action, Everyone(), "Exchange down", time_limit=limit)
    change, _ = await propose(harness.ctx, actor(), wanted)
    await harness.executor.run()
    harness.clock.advance(minutes=11)
    with pytest.raises(Conflict, match=r"is past\. Propose it with another one"):
        await take_over(harness.ctx, actor(COMMANDER), change.id, "Now")
    assert (await harness.change(change.id)).review is None


async def test_own_reviews_hide_none_of_those_that_somebody_may_give(
    harness: ServiceHarness,
) -> None:
    await appoint(harness)
    await harness.grant(a_grant(COMMANDER, Role.APPROVER))
    owed = {"review": Review(), "state": State.APPLIED, "created_at": NOW}
    mine = [a_change(id=f"C-{number:05}", requester=COMMANDER, **owed) for number in range(20)]
    other = a_change(id="C-ZZZZZ", **owed | {"created_at": NOW + timedelta(minutes=1)})
    harness.rewritten = True
    await harness.put(*mine, other)
    shown = await home(harness.ctx, actor(COMMANDER))
    assert [one.change.id for one in shown.reviews] == ["C-ZZZZZ"]


async def test_an_approval_that_was_given_before_does_not_stop_it(
    harness: ServiceHarness,
) -> None:
    await harness.policy(a_policy_rule(approvals=2))
    await appoint(harness)
    change = await harness.previewed()
    await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)
    await take_over(harness.ctx, actor(COMMANDER), change.id, "Nobody else answers")
    await administer.revoke_role(
        harness.ctx, TERMINAL, RevokeRoleCommand(parse_subject(APPROVER), Role.APPROVER, CUSTOMER)
    )
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
