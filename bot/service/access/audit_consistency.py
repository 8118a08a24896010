"""Where the audit trail contradicts the rows of a change.

An entry counts if its content matches its hash and the next entry holds that hash. Only `audit
verify` checks the whole chain (docs/security.md says what that leaves open).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial

from bot.domain.actions import policy_topics
from bot.domain.actor import Actor
from bot.domain.audit.chain import AuditEntry, is_unaltered
from bot.domain.audit.change_history import ChangeHistory
from bot.domain.audit.role_history import PolicyHistory, RoleHistory, recorded_ids
from bot.domain.audit.row_digests import DIGESTS_KEY
from bot.domain.batch import is_first
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.policy import ANY, PolicyRule, matching
from bot.domain.roles import Grant, Right, SubjectKind
from bot.domain.scope import case_folded
from bot.domain.steps import end_of
from bot.errors import StoreUnusable
from bot.ports import MessageKind, StoredChange, Transaction, message_key
from bot.service.access.authorise import still_allowed
from bot.service.access.further_rows import further_differences
from bot.service.context import Context

# The channel gets an outcome message for each of these.
_ANNOUNCED = frozenset(
    {State.APPLIED, State.PARTIAL, State.FAILED, State.DENIED, State.EXPIRED, State.GIVEN_UP}
)


def audit_contradiction(tx: Transaction, ctx: Context, change: Change) -> str:
    """Return in a sentence why the audit trail forbids to execute this change, or ``""``.

    Its row, its approvals, the policy rows for it, and the role rows of requester, approvers and
    channel must agree with the entries. The queries use indexes, so that the length of the trail
    does not matter.
    """
    try:
        if change.back_of:  # the roles were decided on with the timed change
            return _by_entries(tx, change)
        return _by_entries(tx, change) or _by_roles(tx, ctx, change)
    except StoreUnusable as error:
        return str(error)


def entries_contradiction(tx: Transaction, change: Change) -> str:
    """Return in a sentence where the entries of a change contradict its row and the policy, or ``""``."""
    try:
        return _by_entries(tx, change)
    except StoreUnusable as error:
        return str(error)


def differences(
    tx: Transaction, stored: StoredChange, policy: PolicyHistory, walked: int
) -> tuple[list[str], bool]:
    """Return where a change and its entries differ, and whether they cover the whole row.

    ``policy`` is the policy according to the entries up to number ``walked``.
    """
    entries = tx.entries(change_id=stored.id)
    history = ChangeHistory(stored.id).read(entries)
    found = history.differences(stored.change, stored.digests, stored.rows)
    found += [f"{stored.id}: the column {name} is not what its row says" for name in stored.columns]
    if history.proposed is None or stored.change is None:
        return found, history.is_covered
    found += _unlike_timed(tx, stored.change)
    found += further_differences(tx, stored.change, entries)
    if history.proposed.seq <= walked:
        found += _below_policy(history, stored.change, policy)
    there = frozenset(tx.message_keys(stored.id))
    missing = _messages(history, stored.change, there) - there
    found += [f"{stored.id}: the outbox has no row {key}" for key in sorted(missing)]
    return found, history.is_covered


def changes_without_row(tx: Transaction) -> list[str]:
    """Return a sentence for each change that entries propose and that has no row."""
    histories = [
        ChangeHistory(one).read(tx.entries(change_id=one)) for one in tx.changes_without_row()
    ]
    return [
        f"{one.change_id}: proposed in entry {one.proposed.seq}, and not in the table"
        for one in histories
        if one.proposed is not None
    ]


def required_rights(change: Change) -> list[tuple[str, Right, Collection[str]]]:
    """Return who needs which right for an execution, with the user groups that count for them.

    What a commander decided alone rests on no approval that was given before.
    """
    given = [(one.approver, Right.APPROVE, ()) for one in change.approvals]
    if change.emergency:
        given = [(change.emergency.commander, Right.COMMAND, ())]
    return [(change.requester, change.action.proposed_by, change.requester_usergroups), *given]


def required_channel(change: Change) -> str | None:
    """Return the channel that needs a role row; None for a change from the terminal."""
    return None if change.terminal else change.channel


def _by_entries(tx: Transaction, change: Change) -> str:
    stored, entries = tx.stored_change(change.id), tx.entries(change_id=change.id)
    if stored is None:
        return f"{change.id} has no row"
    rules = tx.policy_entries((ANY, change.customer))
    if fault := altered(tx, [*entries, *rules]):
        return fault
    policy = PolicyHistory()
    policy.read(rules)
    history = ChangeHistory(change.id).read(entries)
    found = history.differences(stored.change, stored.digests, stored.rows)
    found += _below_policy(history, change, policy) + _unlike_timed(tx, change)

    def for_it(rules: Iterable[PolicyRule]) -> list[PolicyRule]:
        matches = partial(matching, customer=change.customer, scope=change.scope)
        topics = policy_topics(change.action)
        return [one for one in rules if any(matches([one], topic=topic) for topic in topics)]

    policy.history = [one for one in policy.history if for_it([one[1]])]
    found += policy.differences(for_it(tx.policy_rules()))
    return found[0] if found else ""


def _by_roles(tx: Transaction, ctx: Context, change: Change) -> str:
    for person, right, groups in required_rights(change):
        actor = Actor(person, required_channel(change))
        decide = partial(still_allowed, tx, ctx, actor, right, groups, change.customer)
        allowed = decide()
        if not allowed.allowed:
            continue  # the role rows do not allow it: refused elsewhere
        why = [_why_unsupported(tx, row, person, change.customer) for row in allowed.evidence]

        def counts(row: Grant, who: str = person) -> bool:
            return not _why_unsupported(tx, row, who, change.customer)

        # A row without an entry does not count, but another row may allow the same.
        if any(why) and not decide(counts=counts).allowed:
            return next(filter(None, why))
    return ""


def _why_unsupported(tx: Transaction, row: Grant, person: str, customer: str) -> str:
    """Return in a sentence why entries do not support a role row for this person, or ``""``."""
    subject = row.subject
    if subject.kind is SubjectKind.USER and subject.id != person:
        id_entries = tx.ids_entries(subject.id)
        if not any(person in recorded_ids(entry) for entry in id_entries):
            return f"no entry tells that {subject.id} and {person} are one person"
        if fault := altered(tx, id_entries):
            return fault
    entries = tx.role_entries(row.subject.id, (ANY, customer))
    if fault := altered(tx, entries):
        return fault
    roles = RoleHistory()
    roles.read(entries)
    return roles.why_unsupported(row)


def altered(tx: Transaction, entries: Sequence[AuditEntry]) -> str:
    """Return in a sentence which of these entries does not match its hash, or ``""``."""
    for entry in entries:
        behind = tx.entries_after(entry.seq, 1)
        if not is_unaltered(entry) or (behind and behind[0].previous != entry.hash):
            return f"audit entry {entry.seq} was altered"
    return ""


def _below_policy(history: ChangeHistory, change: Change, policy: PolicyHistory) -> list[str]:
    """Compare the approvals asked for at the proposal with the policy of the entries before it."""
    proposed = history.proposed
    if proposed is None or DIGESTS_KEY not in proposed.record.detail or change.back_of:
        return []
    asked = int(str(proposed.record.detail["approvals_needed"]))
    needed = max(
        policy.needed(proposed.seq, change.customer, topic, change.scope)
        for topic in policy_topics(change.action)
    )
    why = (
        f"{history.change_id}: proposed in entry {proposed.seq} with {asked} approvals needed, and the "
        f"policy that the entries tell asks for {needed}"
    )
    return [why] if asked < needed else []


def _unlike_timed(tx: Transaction, change: Change) -> list[str]:
    """Compare a way back with the entries of the timed change whose decision it rests on."""
    if not change.back_of:
        return []
    timed = tx.change(change.back_of)
    told = ChangeHistory(change.back_of).read(tx.entries(change_id=change.back_of))
    if timed is None or told.proposed is None or timed.time_limit is None:
        return [f"{change.id}: it takes back {change.back_of}, which is no timed change"]
    asked = (end_of(timed), case_folded(timed.scope), timed.requester, timed.customer)
    here = (change.action, case_folded(change.scope), change.requester, change.customer)
    approvers = [one.approver for one in change.approvals]
    if asked == here and approvers == told.approvers:
        return []
    return [f"{change.id}: it is not the way back of {change.back_of} that was decided"]


def _messages(history: ChangeHistory, change: Change, there: frozenset[str]) -> set[str]:
    """Return the keys that the outbox must have for a change; ``there`` are those it has.

    The outcome may be of an earlier revision: the card of an ended change is brought up to date
    where a later change replaces it.
    """
    if change.batch:  # one card and one outcome tell of all of them
        return {message_key(MessageKind.CARD, change.id)} if is_first(change) else set()
    keys = {message_key(kind, change.id) for kind in (MessageKind.CARD, MessageKind.TIMELINE)}
    outcomes = message_key(MessageKind.OUTCOME, change.id, 0).rstrip("0")
    told = any(key.startswith(outcomes) for key in there)
    if history.is_covered and change.state in _ANNOUNCED and not told:
        keys.add(message_key(MessageKind.OUTCOME, change.id, change.revision))
    return keys | {
        message_key(MessageKind.ASSERTED, change.id, person=person)
        for person in history.verbal_approvers
    }
