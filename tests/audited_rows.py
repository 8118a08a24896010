"""Rows written directly into the database, with the audit entries that account for them.

Without those a row does not count: a change that it allows is not executed. The entries carry the mark
``AS_PUT`` in place of a name, so that a test can leave them out of the entries that it compares.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from bot.domain.audit.chain import Record
from bot.domain.audit.change_history import APPROVED, PROPOSED
from bot.domain.audit.role_history import GRANTED, POLICY_SET
from bot.domain.change import TRANSITIONS, Change, State
from bot.domain.change_request import command_text
from bot.domain.policy import PolicyRule
from bot.domain.roles import Grant
from bot.ports import Transaction

AS_PUT = "(as put by a test)"


def put_grant(tx: Transaction, grant: Grant) -> None:
    """Write a role row, as `role grant` does."""
    tx.put_grant(grant)
    until = grant.expires_at.isoformat() if grant.expires_at else None
    detail = {"subject": grant.subject.id, "role": grant.role.value, "expires_at": until}
    told = Record(
        grant.granted_at, GRANTED, grant.granted_by, AS_PUT, grant.customer, detail=detail
    )
    tx.record(told)


def put_policy(tx: Transaction, rule: PolicyRule) -> None:
    """Write a policy row, as `policy set` does."""
    tx.put_policy_rule(rule)
    detail = {"flag": rule.flag, "scope": rule.scope_kind, "approvals": rule.approvals}
    tx.record(Record(rule.set_at, POLICY_SET, rule.set_by, AS_PUT, rule.customer, detail=detail))


def put_change(tx: Transaction, change: Change) -> None:
    """Write a change as it is, with the steps that lead to its state."""
    tx.add_change(change)
    explain(tx, change)


def explain(tx: Transaction, change: Change) -> None:
    """Record the steps that lead to a change as it is."""
    path = path_to(change.state, by_approval=bool(change.approvals_needed))
    first = replace(change, state=path[0])
    detail = {
        "approvals_needed": change.approvals_needed,
        "command": command_text(change),
        "reason": change.reason,
    }
    _record(tx, PROPOSED, change.requester, first, detail)
    for given in change.approvals:
        _record(tx, APPROVED, given.approver, first, {})
    for state in path[1:]:
        kind = "change.confirmed" if state is State.APPROVED else f"change.{state}"
        _record(tx, kind, change.requester, replace(change, state=state), {})


def path_to(state: State, *, by_approval: bool) -> list[State]:
    """Return the shortest way of a change to this state."""
    start = State.AWAITING_APPROVAL if by_approval else State.AWAITING_CONFIRMATION
    ways = deque([[start]])
    seen = {start}
    while ways:
        way = ways.popleft()
        if way[-1] is state:
            return way
        for reached in TRANSITIONS.get(way[-1], {}).values():
            if reached not in seen:
                seen.add(reached)
                ways.append([*way, reached])
    raise AssertionError(f"No step leads to {state}.")


def _record(
    tx: Transaction, kind: str, person: str, left: Change, detail: Mapping[str, object]
) -> None:
    if left.terminal:
        detail = {**detail, "on_behalf_of": person}
    told = Record(
        left.finished_at or left.created_at,
        kind,
        left.terminal or person,
        AS_PUT,
        left.customer,
        left.id,
        "" if left.terminal else left.channel,
        detail,
    )
    tx.record(told, left)
