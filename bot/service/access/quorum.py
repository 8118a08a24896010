"""How many approvals a change needs now: at its proposal, its decision and its execution."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.domain.audit.role_history import PolicyHistory
from bot.domain.change import Change
from bot.domain.change_request import ChangeRequest
from bot.domain.change_state import OPEN, RUNNING, State
from bot.domain.policy import ANY, Requirement, requirement
from bot.ports import Transaction
from bot.service.context import Context

LAST_HOUR = timedelta(hours=1)
# Nobody lowers the approvals of their own changes: rows that they set or removed in Slack only raise them.
OWN_ROWS = "what the requester set does not lower it"
# Which changes of the requester count besides those begun within the window: at the proposal all
# open ones, at a decision those decided, at the execution those running.
AT_PROPOSAL, AT_DECISION, AT_EXECUTION = OPEN, RUNNING | {State.APPROVED}, RUNNING


def required_approvals(
    ctx: Context, tx: Transaction, requester: str, request: ChangeRequest
) -> Requirement:
    """Return how many approvals this request of this person needs now."""
    return _requirement(ctx, tx, requester, request, AT_PROPOSAL)


def with_current_policy(
    tx: Transaction, ctx: Context, change: Change, also_in_states: Collection[State]
) -> Change:
    """Return the change with the approvals needed now, if these are more; it is not saved.

    A policy that became less strict changes nothing. ``also_in_states`` is PROPOSED, DECIDED or
    BEGUN.
    """
    need = _requirement(ctx, tx, change.requester, change, also_in_states, except_id=change.id)
    if need.approvals <= change.approvals_needed:
        return change
    return replace(change, approvals_needed=need.approvals, policy=need.reason)


def with_highest_policy(
    tx: Transaction, ctx: Context, changes: Sequence[Change]
) -> Sequence[Change]:
    """Return changes that are decided together, each with the approvals that any of them needs now."""
    current = [with_current_policy(tx, ctx, one, AT_DECISION) for one in changes]
    highest = max(current, key=lambda one: one.approvals_needed)
    needed, policy = highest.approvals_needed, highest.policy
    return [
        replace(one, approvals_needed=needed, policy=policy)
        if one.approvals_needed < needed
        else one
        for one in current
    ]


def missing_approvals(change: Change) -> str:
    """Say that a change has fewer approvals than it needs, or return ``""``.

    One that a commander decided in an emergency needs none.
    """
    if change.emergency:
        return ""
    given = len({one.approver for one in change.approvals})
    if given >= change.approvals_needed:
        return ""
    return f"Approvals by others needed now: {change.approvals_needed}, given: {given} ({change.policy})."


def _requirement(
    ctx: Context,
    tx: Transaction,
    requester: str,
    request: ChangeRequest,
    also_in_states: Collection[State],
    except_id: str = "",
) -> Requirement:
    since, own = ctx.clock.now() - LAST_HOUR, tx.ids_of(requester)
    asked = partial(
        requirement,
        customer=request.customer,
        action=request.action,
        scope=request.scope,
        users_changed_within_the_hour=tx.users_sent(
            own, since, also_in_states=also_in_states, except_id=except_id
        ),
    )
    rules = tx.policy_rules()
    need = asked(rules)
    whose = (ANY, request.customer)
    history = PolicyHistory()
    history.read(tx.policy_entries(whose))
    if not any(rule.set_by in own for _, rule in history.history):
        return need
    strict = asked(history.without(own))
    if strict.approvals <= need.approvals:
        return need
    return Requirement(strict.approvals, f"{strict.reason}; {OWN_ROWS}")
