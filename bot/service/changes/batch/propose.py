"""Propose the same for several customers: a change for each, with one card and one decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_request import ChangeRequest
from bot.domain.change_state import State
from bot.domain.limits import MAX_BATCH_CUSTOMERS
from bot.domain.roles import Right
from bot.errors import Conflict, InvalidInput
from bot.ports import Transaction
from bot.service.access.authorise import Authorization, allow
from bot.service.access.principals import Principal, identify
from bot.service.access.quorum import required_approvals
from bot.service.access.refusals import record_refusal
from bot.service.batches import card_id, whole
from bot.service.changes.propose import (
    add_change,
    check_card_is_seen,
    find_open,
    new_change,
    propose,
)
from bot.service.context import Context
from bot.service.reach.proposal import begin, look_before

LEFT_OUT = "Left out: {customer}. {why}"
ALREADY = "{change} asks for the same already."


@dataclass(slots=True)
class _Sorted:
    """The requests that are proposed, each with its authorization; why others are left out, by customer;
    the open changes that ask for the same."""

    wanted: list[tuple[Authorization, ChangeRequest]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    open_ones: list[Change] = field(default_factory=list)


async def propose_batch(
    ctx: Context, actor: Actor, requests: Sequence[ChangeRequest], *, card_channel: str = ""
) -> tuple[Change, bool]:
    """Return the batch as one change (``domain/batch.py``), and whether it is new.

    All are proposed in one transaction. Customers for which the person or the channel lacks the right, or
    an open change asks for the same, are left out: the card says so. For one customer it is what
    ``propose`` does. Raises NotAllowed where nothing is left for lack of rights, Conflict where open
    changes ask for all of it, and InvalidInput for too many customers.
    """
    requests = list({one.customer: one for one in requests}.values())
    if len(requests) == 1:
        return await propose(ctx, actor, requests[0], card_channel=card_channel)
    await _check(ctx, actor, [one.customer for one in requests])
    right = requests[0].action.proposed_by
    principal = await identify(ctx, actor)
    allowed = await _by_rights(ctx, principal, right, requests)
    await check_card_is_seen(ctx, principal, allowed.wanted[0][1].customer)
    user = principal.actor.user
    seen = await look_before(ctx, user, [one for _, one in allowed.wanted])

    def step(tx: Transaction) -> tuple[Change, bool] | str:
        found = _without_open(ctx, tx, allowed)
        if not found.wanted:
            same = {one.batch or one.id for one in found.open_ones}
            if len(same) == 1:
                return whole(tx, found.open_ones[0]), False
            return " ".join(found.left_out)
        batch = _add(ctx, tx, found, card_channel)
        begin(tx, ctx, batch, seen)
        return batch, True

    result = await ctx.store.write(step)
    if isinstance(result, str):
        await record_refusal(ctx, principal.actor, result, name=principal.name)
        raise Conflict(f"Nothing is proposed. {result}")
    ctx.wake_publisher()
    ctx.wake_executor()
    return result


async def _check(ctx: Context, actor: Actor, customers: Sequence[str]) -> None:
    """Raise InvalidInput, recorded, for more customers than one card can show, and where a drill would be
    decided with what is none.
    """
    sentence, number = "", len(customers)
    drills = [one for one in customers if ctx.is_drill(one)]
    if number > MAX_BATCH_CUSTOMERS:
        sentence = (
            f"These are {number} customers, and one card is for {MAX_BATCH_CUSTOMERS} at most: nothing is "
            "proposed. Name fewer, and repeat it for the others."
        )
    elif 0 < len(drills) < number:
        sentence = f"{drills[0]} is for drills and the others are not: nothing is proposed."
    if sentence:
        await record_refusal(ctx, actor, sentence)
        raise InvalidInput(sentence)


async def _by_rights(
    ctx: Context, principal: Principal, right: Right, requests: Sequence[ChangeRequest]
) -> _Sorted:
    """Sort out the customers for which the right is missing. Raises NotAllowed where it is for all."""
    found, now = _Sorted(), ctx.clock.now()
    for one in requests:
        decision = principal.decide(right, one.customer, now)
        if decision.allowed:
            found.wanted.append((Authorization(principal, decision.evidence, right), one))
        else:
            found.left_out.append(LEFT_OUT.format(customer=one.customer, why=decision.reason))
    if not found.wanted:
        await allow(ctx, principal, right, requests[0].customer)
    return found


def _without_open(ctx: Context, tx: Transaction, allowed: _Sorted) -> _Sorted:
    found = _Sorted(left_out=[*allowed.left_out])
    for authorization, one in allowed.wanted:
        try:
            same = find_open(ctx, tx, one)
            why = ALREADY.format(change=card_id(same)) if same else ""
            found.open_ones += [same] if same else []
        except Conflict as error:
            why = str(error)
        if why:
            found.left_out.append(LEFT_OUT.format(customer=one.customer, why=why))
        else:
            found.wanted.append((authorization, one))
    return found


def _add(ctx: Context, tx: Transaction, found: _Sorted, card_channel: str) -> Change:
    """Write the changes and return the batch; each needs the approvals that any of them needs."""
    actor = found.wanted[0][0].principal.actor
    needs = [required_approvals(ctx, tx, actor.user, one) for _, one in found.wanted]
    highest = max(needs, key=lambda one: one.approvals)
    state = State.AWAITING_APPROVAL if highest.approvals else State.AWAITING_CONFIRMATION
    batch = ""
    for authorization, one in found.wanted:
        change = new_change(ctx, tx, authorization, one, card_channel)
        remarks = change.remarks if batch else (*change.remarks, *found.left_out)
        batch = batch or change.id
        member = replace(
            change,
            batch=batch,
            remarks=remarks,
            approvals_needed=highest.approvals,
            policy=highest.reason,
            state=state,
        )
        add_change(ctx, tx, authorization, member)
    first = tx.change(batch)
    if first is None:
        raise Conflict(f"There is no change {batch} here.")
    return whole(tx, first)
