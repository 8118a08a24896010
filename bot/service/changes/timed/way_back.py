"""At the end of a timed change the bot takes it back, by a change of its own.

It rests on the decision that the timed change was executed by, which covered both ways (adr/0022).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.domain.actions import Restore
from bot.domain.actor import Actor
from bot.domain.audit.change_history import CONTRADICTED, PROPOSED
from bot.domain.change import Change
from bot.domain.change_request import command_text
from bot.domain.change_state import State
from bot.domain.deadline import Deadline
from bot.domain.preview import Preview
from bot.domain.steps import end_of
from bot.domain.time_limit import words
from bot.errors import ContinuityError, NotSent
from bot.ports import MessageKind, Transaction
from bot.service.access.audit_consistency import (
    entries_contradiction,
    required_channel,
    required_rights,
)
from bot.service.access.authorise import still_allowed
from bot.service.batches import card_id, members_of, show_again
from bot.service.change_types import change_type_of
from bot.service.changes.propose import free_id
from bot.service.changes.time_limit import access_limit
from bot.service.changes.timed.end_now import NOT_MADE, end_now
from bot.service.changes.timed.newer import newer_change, taken_back_too, takes_mail, why_not_made
from bot.service.changes.timed.notice import tell_not_made
from bot.service.context import Context, no_answer, record_event, record_step
from bot.service.deadlines.runner import Step
from bot.service.drill_deadlines import is_over
from bot.service.related_changes import MAX_SEARCHED, refresh_related

# The users would stay as they are, so it is tried for longer than other changes.
START_TIME = timedelta(hours=24)
# For so long it is tried to count who would lose their mail.
COUNTED_FOR = timedelta(minutes=10)
# What is made later than that after its time says so.
LATE_AFTER = timedelta(minutes=2)
MADE = "change.back_made"
CONTRADICTS = "It is not taken back: the audit trail contradicts the database:"
DRILL_OVER = "Its drill has ended: the simulated API has the users as before."
LOST_RIGHT = (
    "Somebody who asked for {change} or approved it lost the right to since. It is taken back all the "
    "same: what was decided covers both ways."
)


async def make_way_back(ctx: Context, deadline: Deadline) -> Step:
    """Count for whom the change is taken back; return the step that does it, or tells why not.

    Raises NotSent for a while where that cannot be counted and users may lose their mail.
    """
    timed = await ctx.store.read(lambda tx: tx.change(deadline.change_id))
    if timed is None or timed.ends_at is None:
        return lambda _: None
    if await ctx.store.read(lambda tx: is_over(tx, timed)):
        return lambda tx: _end_of_drill(tx, ctx, timed.id)
    seen, nothing_to_do = await _counted(ctx, timed)
    may_wait = ctx.clock.now() < deadline.due_at + COUNTED_FOR
    if seen.problem and may_wait and takes_mail(timed, seen):
        raise NotSent(seen.problem)

    def step(tx: Transaction) -> None:
        current = tx.change(timed.id)
        if current is None or current.ends_at is None:
            return
        if current.ends_at > ctx.clock.now():  # the row of the deadline was altered
            tx.put_deadline(replace(deadline, due_at=current.ends_at))
            return
        newer = newer_change(tx, current)
        if against := entries_contradiction(tx, current):
            record_event(tx, ctx.clock, current, CONTRADICTED, {"why": against})
            _end(tx, ctx, current, f"{CONTRADICTS} {against}.")
        elif nothing_to_do:
            _end(tx, ctx, current, nothing_to_do)
        elif newer is not None:
            _end(tx, ctx, current, why_not_made(current, newer), newer=newer.id)
        elif why := takes_mail(current, seen):
            _end(tx, ctx, current, why)
        else:
            _make(tx, ctx, current, seen)

    return step


def _end_of_drill(tx: Transaction, ctx: Context, timed_id: str) -> None:
    """Give up the way back of a change whose drill has ended; nobody is told: the score sheet said it."""
    current = tx.change(timed_id)
    if current is not None and current.ends_at is not None:
        after = end_now(tx, ctx, current, DRILL_OVER)
        record_step(tx, ctx.clock, after, NOT_MADE, {"why": DRILL_OVER})


async def _counted(ctx: Context, timed: Change) -> tuple[Preview, str]:
    """Return the preview of the way back, and why there is nothing to do or ``""``."""
    change_type = change_type_of(ctx, _way_back(ctx, timed, ""))
    try:
        async with asyncio.timeout(change_type.max_count_seconds()):
            seen = await change_type.count()
    except (ContinuityError, TimeoutError) as error:  # some of the users may be deleted since
        return Preview(ctx.clock.now(), problem=str(error) or no_answer(ctx)), ""
    if seen.total == 0:
        return seen, f"Nothing was sent: nobody of {timed.id} is left."
    nothing = change_type.nothing_to_do(seen)
    return seen, nothing.replace("Nothing to do", "Nothing was sent")


def _way_back(ctx: Context, timed: Change, change_id: str, **fields: object) -> Change:
    """Return the way back as it is proposed: approved, since the timed change was."""
    now, action = ctx.clock.now(), end_of(timed)
    if action is None:
        raise TypeError(f"{timed.id} has no way back")
    back = Change(
        id=change_id,
        customer=timed.customer,
        action=action,
        scope=timed.scope,
        reason=f"Back by itself after {timed.id}",
        requester=timed.requester,
        requester_usergroups=timed.requester_usergroups,
        channel=timed.channel,
        state=State.APPROVED,
        created_at=now,
        deadline=now + START_TIME,
        approvals_needed=timed.approvals_needed,
        policy=f"decided with {timed.id}",
        approvals=timed.approvals,
        decided_at=now,
        decided_by=timed.decided_by,
        back_of=timed.id,
        drill=timed.drill,
    )
    return replace(back, **fields)  # type: ignore[arg-type]  # names are checked by replace()


def _make(tx: Transaction, ctx: Context, timed: Change, seen: Preview) -> None:
    """Propose the way back as approved; the executor carries it out."""
    told = (_late(ctx, timed), _lost_right(tx, ctx, timed), taken_back_too(tx, timed))
    why = " ".join(filter(None, told))
    spelled = replace(seen, spelled=())
    back = _way_back(
        ctx, timed, free_id(ctx, tx), preview=spelled, preview_revision=1, decision_reason=why
    )
    if isinstance(back.action, Restore):
        back = replace(back, time_limit=access_limit(tx, back.customer))
    back = replace(back, batch=_batch_of_ways_back(tx, timed) or back.id if timed.batch else "")
    tx.add_change(back)
    refresh_related(tx, back, None)
    if card_id(back) != back.id:
        show_again(tx, back)
    else:
        tx.enqueue_message(MessageKind.CARD, back)
    if not back.batch:
        tx.enqueue_message(MessageKind.TIMELINE, back)
    detail = {
        "command": command_text(back),
        "customer_name": tx.customer_name(back.customer),
        "reason": back.reason,
        "why": why,
        "policy": back.policy,
        "approvals_needed": back.approvals_needed,
        "back_of": timed.id,
        **({"drill": True} if back.drill else {}),
        **({"batch": back.batch} if back.batch else {}),
        "requester": back.requester,
        "approved_by": [one.approver for one in back.approvals],
        "preview": seen.numbers(),
    }
    record_step(tx, ctx.clock, back, PROPOSED, detail)
    after = end_now(tx, ctx, timed, f"{back.id} {back.action.title} is its way back.")
    record_step(tx, ctx.clock, after, MADE, {"by": back.id})


def _batch_of_ways_back(tx: Transaction, timed: Change) -> str:
    """Return the batch of the ways back of other changes of the same batch, "" before the first of them."""
    together = {one.id for one in members_of(tx, timed)}
    made = tx.changes(requesters=[timed.requester], limit=MAX_SEARCHED)
    return next((one.batch for one in made if one.back_of in together), "")


def _end(tx: Transaction, ctx: Context, timed: Change, why: str, **detail: object) -> None:
    """Give the way back up, and tell channel and requester why."""
    after = end_now(tx, ctx, timed, why)
    record_step(tx, ctx.clock, after, NOT_MADE, {"why": why, **detail})
    tell_not_made(tx, after)


def _late(ctx: Context, timed: Change) -> str:
    due = max(filter(None, (timed.ends_at, timed.finished_at)), default=ctx.clock.now())
    late = ctx.clock.now() - due
    if late <= LATE_AFTER:
        return ""
    return f"It is made {words(late)} late: the bot was not running, or could not work, when it was due."


def _lost_right(tx: Transaction, ctx: Context, timed: Change) -> str:
    for person, right, groups in required_rights(timed):
        actor = Actor(person, required_channel(timed))
        if not still_allowed(tx, ctx, actor, right, groups, timed.customer).allowed:
            return LOST_RIGHT.format(change=timed.id)
    return ""
