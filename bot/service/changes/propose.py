"""Propose a change. The executor counts, and the card is posted with the count where that comes soon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.domain.actions import ImportUsers, audit_detail
from bot.domain.actor import Actor
from bot.domain.audit.change_history import PROPOSED
from bot.domain.change import Change
from bot.domain.change_request import ChangeRequest, Proposal, command_text
from bot.domain.change_state import AWAITING, OPEN, UNDER_WAY, State
from bot.domain.policy import DECISION_TIME
from bot.domain.scope import FileUsers, case_folded
from bot.domain.time_limit import TimeLimit
from bot.errors import Conflict, StoreUnusable
from bot.ports import MessageKind, Transaction
from bot.service.access.authorise import Authorization, authorise
from bot.service.access.principals import Principal
from bot.service.access.quorum import required_approvals
from bot.service.access.refusals import refuse
from bot.service.batches import card_id
from bot.service.context import Context, RefusalKind, record
from bot.service.reach.proposal import begin, look_before
from bot.service.related_changes import refresh_related

# A phone shows the text of the post, and of no update: so the card waits this long for the count.
# The preview's step makes it due at once; the row is in the outbox from the proposal on.
CARD_WAIT = timedelta(seconds=1)

ExtraWrites = Callable[[Transaction, Change], None]
Decide = Callable[[Transaction, Change], Change]


async def propose(
    ctx: Context,
    actor: Actor,
    request: ChangeRequest,
    *,
    card_channel: str = "",
    extra_writes: ExtraWrites | None = None,
    decide: Decide | None = None,
) -> tuple[Change, bool]:
    """Return the change and whether it is new: an equal request that is open is the same change.

    ``card_channel`` is the channel of the card for requests at the terminal, which come from no
    channel. ``extra_writes`` writes what a new change needs besides its row, in the same
    transaction. ``decide`` decides it in the same transaction, new or found: then nobody is asked for
    an approval. Raises NotAllowed. No request is sent to the API before the person is authorised.
    """
    authorization = await authorise(ctx, actor, request.action.proposed_by, request.customer)
    await check_card_is_seen(ctx, authorization.principal, request.customer)
    seen = await look_before(ctx, authorization.principal.actor.user, [request])

    def step(tx: Transaction) -> tuple[Change, bool]:
        if found := find_open(ctx, tx, request, alone=decide is not None):
            return (decide(tx, found) if decide else found), False
        change = new_change(ctx, tx, authorization, request, card_channel)
        add_change(ctx, tx, authorization, change, extra_writes)
        tx.enqueue_message(MessageKind.TIMELINE, change)
        if decide is None:
            begin(tx, ctx, change, seen)
        return (decide(tx, change) if decide else change), True

    change, new = await ctx.store.write(step)
    ctx.wake_publisher()
    ctx.wake_executor()
    return change, new


async def check_card_is_seen(ctx: Context, principal: Principal, customer: str) -> None:
    """Raise NotAllowed, recorded, where the bot is not in the channel of the card."""
    channel = principal.channel
    if channel and not channel.bot_is_member:
        sentence = "I am not in this channel, so nobody could read the card. Invite me with /invite, then repeat."
        kind = RefusalKind.UNSEEN_PLACE
        await refuse(ctx, principal.actor, principal.name, customer, sentence, kind=kind)


def add_change(
    ctx: Context,
    tx: Transaction,
    authorization: Authorization,
    change: Change,
    extra_writes: ExtraWrites | None = None,
) -> None:
    """Write a change that is proposed, with its entry and its card; of a batch the first has one."""
    tx.add_change(change)
    if extra_writes is not None:
        extra_writes(tx, change)
    refresh_related(tx, change, None)
    if card_id(change) == change.id:
        tx.enqueue_message(MessageKind.CARD, change, not_before=change.created_at + CARD_WAIT)
    _record(ctx, tx, authorization, change)


def find_open(
    ctx: Context, tx: Transaction, request: ChangeRequest, *, alone: bool = False
) -> Change | None:
    """Return the open change with the same action and users, or None; a drill is for another API.

    ``alone``: what waits for a decision on several customers does not hold it up, and is left out.
    Raises Conflict where the change holds for another time.
    """
    now, drill = ctx.clock.now(), ctx.is_drill(request.customer)
    wanted = (request.action, case_folded(request.scope))
    for open_one in tx.changes(states=OPEN, customer=request.customer):
        overdue = open_one.state not in UNDER_WAY and open_one.deadline <= now
        with_others = alone and open_one.batch and open_one.state in AWAITING
        if open_one.drill is not drill or overdue or with_others:
            continue
        if (open_one.action, case_folded(open_one.scope)) == wanted:
            _check_same_time(open_one, request)
            return open_one
    return None


def time_limit(request: ChangeRequest) -> TimeLimit | None:
    """Return after what time the bot takes it back, None where it does not."""
    return request.time_limit if isinstance(request, Proposal | Change) else None


def _check_same_time(found: Change, request: ChangeRequest) -> None:
    """Raise Conflict where the open change holds for another time than is asked for."""
    theirs, asked = found.time_limit, time_limit(request)
    if theirs is None and asked is None:
        return
    if theirs is None or not theirs.same_as(asked):
        how = f"with {theirs.option}" if theirs else "for good"
        raise Conflict(
            f"{found.id} asks for the same {how} and is {found.state.words}. Withdraw it, then propose "
            "this one."
        )


def new_change(
    ctx: Context,
    tx: Transaction,
    authorization: Authorization,
    request: ChangeRequest,
    card_channel: str = "",
) -> Change:
    """Return the change that this person asks for, with what the policy asks of it; it is not saved."""
    now = ctx.clock.now()
    actor = authorization.principal.actor
    need = required_approvals(ctx, tx, actor.user, request)
    return Change(
        id=free_id(ctx, tx),
        customer=request.customer,
        action=request.action,
        scope=request.scope,
        reason=request.reason,
        requester=actor.user,
        requester_usergroups=authorization.principal.usergroups,
        channel=actor.channel or card_channel,
        state=State.AWAITING_APPROVAL if need.approvals else State.AWAITING_CONFIRMATION,
        created_at=now,
        deadline=now + DECISION_TIME,
        approvals_needed=need.approvals,
        policy=need.reason,
        terminal=actor.terminal,
        remarks=request.remarks if isinstance(request, Proposal) else (),
        time_limit=time_limit(request),
        drill=ctx.is_drill(request.customer),
    )


def free_id(ctx: Context, tx: Transaction) -> str:
    """Return an id that no change has and no audit entry names."""
    # The ids are short, to be read aloud; after years one may come up again.
    while _is_taken(tx, found := ctx.new_id()):
        continue
    return found


def _is_taken(tx: Transaction, change_id: str) -> bool:
    """Whether a row or an entry has the id: entries of another change would contradict the new one."""
    try:
        return tx.change(change_id) is not None or tx.first_entry(change_id) is not None
    except StoreUnusable:  # it is there and cannot be read
        return True


def _record(ctx: Context, tx: Transaction, authorization: Authorization, change: Change) -> None:
    channel = authorization.principal.channel
    record(
        tx,
        ctx.clock,
        PROPOSED,
        authorization.principal.actor,
        change,
        name=authorization.name,
        customer=change.customer,
        change_id=change.id,
        detail={
            "command": command_text(change),
            "customer_name": tx.customer_name(change.customer),
            "channel_name": channel.name if channel else "",
            "reason": change.reason,
            "rows": authorization.rows_on(change.customer),
            "policy": change.policy,
            "approvals_needed": change.approvals_needed,
            **({"batch": change.batch} if change.batch else {}),
            **({"drill": True} if change.drill else {}),
            **({"remarks": list(change.remarks)} if change.remarks else {}),
            **audit_detail(change.action),
            **_file(change),
        },
    )


def _file(change: Change) -> dict[str, object]:
    if not isinstance(change.action, ImportUsers) or not isinstance(change.scope, FileUsers):
        return {}
    return {
        "file": change.action.file,
        "users": change.scope.users,
        "sha256": change.scope.digest,
    }
