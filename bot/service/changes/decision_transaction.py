"""The transaction of every decision: check rights, save the change, record who decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from bot.domain.actor import Actor
from bot.domain.audit.change_history import APPROVED, ASKED_AGAIN
from bot.domain.batch import is_first, moved_by
from bot.domain.change import Change
from bot.domain.change_state import AWAITING, Event, State
from bot.domain.roles import Decision, Right
from bot.errors import Conflict, UnknownChange
from bot.ports import Transaction
from bot.service.access.authorise import Authorization, refuse_by_rows, still_allowed
from bot.service.access.change_lookup import authorised_change
from bot.service.access.quorum import with_highest_policy
from bot.service.access.refusals import conflicts_recorded
from bot.service.access.verbal_approval import notify, why_nobody_is_notified
from bot.service.batches import members_of, whole
from bot.service.context import Context, record, record_step, save_change

# More approvals are asked for than at the proposal.
MORE_ASKED = "change.more_asked"
_APPROVING_KINDS = frozenset({"change.confirmed", APPROVED})

Transition = Callable[[Change], Change]


async def check_authorised(
    ctx: Context, actor: Actor, change_id: str, event: Event, right: Right | None = None
) -> Change:
    """Return the change. Raises NotAllowed or Conflict, recorded, where they cannot cause ``event``."""
    change, _ = await authorised_change(ctx, actor, change_id, right)
    async with conflicts_recorded(ctx, actor, change):
        change.after(event)
    return change


async def apply_decision(
    ctx: Context,
    authorization: Authorization,
    change: Change,
    kind: str,
    transition: Transition,
    *,
    outcome: bool = False,
    event: Event | None = None,
    check: Callable[[Change], None] = lambda _: None,
) -> Change:
    """Apply a decision in one transaction and return the change after it.

    The role rows are checked once more, and who decided is recorded as ``kind``. ``outcome`` is
    whether the channel gets a message of its own. With an ``event`` the decision on the first change of
    a batch is one on each that the event applies to; ``check`` is given the whole batch. Raises
    NotAllowed and Conflict, recorded.
    """
    actor = authorization.principal.actor
    groups = authorization.principal.usergroups

    def step(tx: Transaction) -> Change | tuple[str, Decision]:
        found = [_undecided(tx, ctx, one.id) for one in decided_together(tx, change, event)]
        for one in found:
            allowed = still_allowed(tx, ctx, actor, authorization.right, groups, one.customer)
            if not allowed.allowed:
                return one.customer, allowed
        seen = with_highest_policy(tx, ctx, found) if kind in _APPROVING_KINDS else found
        check(whole(tx, seen[0]))
        for current, shown in zip(found, seen, strict=True):
            after = transition(shown)
            if not _ask_for_more(tx, ctx, current, after, outcome=outcome):
                _record(tx, ctx, authorization, kind, shown, after)
        if actor.terminal and kind == APPROVED:
            customers = [one.customer for one in found]
            _notify_of_approval_by_word(tx, ctx, whole(tx, after), actor, customers)
        return whole(tx, after) if event and is_first(change) else after

    return await commit_decision(ctx, authorization, change, step)


def decide_one(
    tx: Transaction,
    ctx: Context,
    authorization: Authorization,
    change: Change,
    kind: str,
    transition: Transition,
    detail: Mapping[str, object],
) -> Change | tuple[str, Decision]:
    """Apply a decision on one change within a transaction; the entry holds ``detail``, too.

    Returns the change after it, or the customer and why the role rows do not allow it any more.
    Raises Conflict.
    """
    actor, groups = authorization.principal.actor, authorization.principal.usergroups
    allowed = still_allowed(tx, ctx, actor, authorization.right, groups, change.customer)
    if not allowed.allowed:
        return change.customer, allowed
    current = _stored(tx, change.id)
    after = save_change(tx, transition(current))
    _record(tx, ctx, authorization, kind, current, after, detail)
    return after


async def commit_decision(
    ctx: Context,
    authorization: Authorization,
    change: Change,
    step: Callable[[Transaction], Change | tuple[str, Decision]],
) -> Change:
    """Run the step of a decision and return the change after it.

    Raises NotAllowed and Conflict, recorded.
    """
    actor = authorization.principal.actor
    async with conflicts_recorded(ctx, actor, change, authorization.name):
        after = await ctx.store.write(step)
    if isinstance(after, tuple):
        without_rows = replace(authorization.principal, rows=())
        customer, refusal = after
        await refuse_by_rows(ctx, without_rows, refusal, customer, change.id)
    ctx.wake_executor()
    ctx.wake_publisher()
    return after


def decided_together(tx: Transaction, change: Change, event: Event | None) -> Sequence[Change]:
    """Return the changes that a decision on this one is for: of a batch those that it applies to."""
    if event is None or not is_first(change):
        return [change]
    return moved_by(members_of(tx, change), event) or [change]


def _undecided(tx: Transaction, ctx: Context, change_id: str) -> Change:
    """Return the stored change. Raises UnknownChange, and Conflict where its deadline has passed."""
    current = _stored(tx, change_id)
    check_in_time(ctx, current)
    return current


def check_in_time(ctx: Context, change: Change) -> None:
    """Raise Conflict where the deadline of a change that has not begun has passed."""
    if change.state in AWAITING | {State.APPROVED} and ctx.clock.now() >= change.deadline:
        raise Conflict(f"{change.id} has expired. Propose it again.")


def check_not_past(ctx: Context, change: Change) -> None:
    """Raise Conflict where the time until which a change was to hold has come."""
    if change.is_past(ctx.clock.now()):
        raise Conflict(
            f"The time until which {change.id} was to hold is past. Propose it with another one."
        )


def _stored(tx: Transaction, change_id: str) -> Change:
    if (current := tx.change(change_id)) is None:
        raise UnknownChange(f"There is no change {change_id} here.")
    return current


def _ask_for_more(
    tx: Transaction, ctx: Context, before: Change, after: Change, *, outcome: bool
) -> bool:
    """Save the change, and record where more approvals are needed than before.

    Return whether the decision itself no longer counts: a confirmation where others have to approve
    now.
    """
    more = after.approvals_needed > before.approvals_needed
    replaced = more and not before.approvals_needed
    ends_partly = after.is_partly_done and after.state is State.PARTIAL
    save_change(tx, after, outcome=outcome or replaced or ends_partly)
    if more:
        detail: dict[str, object] = {"why": after.asked_again, "policy": after.policy}
        detail |= {"approvals_needed": after.approvals_needed}
        record_step(tx, ctx.clock, after, ASKED_AGAIN if replaced else MORE_ASKED, detail)
    return replaced


def _notify_of_approval_by_word(
    tx: Transaction, ctx: Context, change: Change, approver: Actor, customers: Sequence[str]
) -> None:
    """Notify the approver, who did not click and may object, and others.

    Raises Conflict if nobody.
    """
    for customer in customers:
        if why := why_nobody_is_notified(tx, ctx, customer, change.requester, approver.user):
            raise Conflict(why)
    notify(tx, ctx, change, approver.user, customers)


def _record(
    tx: Transaction,
    ctx: Context,
    authorization: Authorization,
    kind: str,
    seen: Change,
    after: Change,
    detail: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Record who decided, by which role rows, and on which preview (that of ``seen``)."""
    actor = authorization.principal.actor
    record(
        tx,
        ctx.clock,
        kind,
        actor,
        after,
        name=authorization.name,
        customer=after.customer,
        change_id=after.id,
        detail={
            "rows": authorization.rows_on(after.customer),
            "preview_revision": seen.preview_revision,
            "preview": seen.preview.numbers() if seen.preview else None,
            "reason": after.decision_reason,
            "given": _given(actor),
            **detail,
        },
    )


def _given(actor: Actor) -> str:
    """Return how the decision was given, for the audit trail."""
    if actor.terminal:
        return "terminal"
    if actor.direct:
        return "clicked in a direct message"
    return "clicked" if actor.clicked else "typed"
