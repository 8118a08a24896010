"""Tell everybody who could have approved that a commander decided alone, and remind of the review."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.change import Change
from bot.domain.deadline import Deadline, DeadlineKind
from bot.domain.page import PageState
from bot.domain.report import ReportTime
from bot.domain.review import ReviewState
from bot.domain.roles import SLACK_ID
from bot.ports import MessageKind, Recipient, Transaction, message_key
from bot.service.access.approvers import approvers
from bot.service.access.verbal_approval import ops_channels
from bot.service.context import Context
from bot.service.deadlines.runner import Step
from bot.service.end_deadlines import end_key
from bot.service.reach.seen import Seen

# The names of notices; the number of the day follows that of the reminder.
EMERGENCY_NOTICE, REVIEW_NOTICE, REVIEWED_NOTICE = "emergency", "review", "reviewed"
DAY = timedelta(days=1)


def could_approve(
    tx: Transaction, customer: str, now: datetime, without: Iterable[str]
) -> frozenset[str]:
    """Return the ids of those who may approve for a customer now, but the people ``without``."""
    others = frozenset[str]().union(*map(tx.ids_of, without))
    return approvers(tx, customer, now) - others


def reviewers(tx: Transaction, change: Change, now: datetime) -> frozenset[str]:
    """Return the ids of those who may review the change."""
    return could_approve(tx, change.customer, now, not_reviewers(change))


def not_reviewers(change: Change) -> list[str]:
    """Return who never reviews it: who asked for it, and who decided it."""
    commander = [change.emergency.commander] if change.emergency else []
    return [change.requester, *commander]


def review_key(change_id: str) -> str:
    """Return the key of the deadline by which people are reminded of a review."""
    return end_key(DeadlineKind.REVIEW, change_id)


def tell_emergency(tx: Transaction, ctx: Context, change: Change, seen: Seen) -> None:
    """Tell reviewers, channel, operations channel and pagers now, in quiet hours too.

    Of a decision that was said at a terminal the person is told in whose name it was.
    """
    now = ctx.clock.now()
    told = {row.person for row in tx.recipients(change.id)}
    for person in seen.order(reviewers(tx, change, now)):
        if person not in told:
            tx.put_recipient(Recipient(change.id, person, 0, now))
        if tx.message(message_key(MessageKind.DIRECT, change.id, person=person)):
            # An update of the message that they have notifies nobody.
            _notice(tx, change, EMERGENCY_NOTICE, person)
        tx.enqueue_message(MessageKind.DIRECT, change, person=person)
    card = tx.message(message_key(MessageKind.CARD, change.id))
    # The first post of the card tells it; an update of it notifies nobody.
    here = [change.channel] if card is not None and card.ts else []
    for channel in dict.fromkeys([*here, *_elsewhere(tx, ctx, change)]):
        _notice(tx, change, EMERGENCY_NOTICE, channel)
    if change.emergency and change.emergency.terminal:
        _notice(tx, change, EMERGENCY_NOTICE, change.emergency.commander)
    tx.want_page(change, PageState.TRIGGERED, ctx.pagers)
    tx.put_deadline(_due(change.id, _next(ctx.report_at, now)))


def tell_review(tx: Transaction, ctx: Context, change: Change) -> None:
    """Tell an objection, and a review that was said at a terminal; the card tells the others.

    Told are who asked, who decided, the channel and the operations channel; of words at a terminal the person in whose name
    they were, too.
    """
    review = change.review
    if review is None or (review.state is not ReviewState.OBJECTED and not review.terminal):
        return
    people = [*not_reviewers(change), *([review.reviewer or ""] if review.terminal else [])]
    people = [one for one in people if SLACK_ID.fullmatch(one)]
    for person in dict.fromkeys([*people, change.channel, *ops_channels(tx, ctx)]):
        _notice(tx, change, REVIEWED_NOTICE, person)


async def remind_of_review(ctx: Context, deadline: Deadline) -> Step:
    """Return the step that reminds of a review that is owed, and puts the next day's reminder."""

    def step(tx: Transaction) -> None:
        change, now = tx.change(deadline.change_id), ctx.clock.now()
        if change is None or not change.is_review_owed:
            return
        name = f"{REVIEW_NOTICE}-{(deadline.due_at - change.created_at) // DAY + 1}"
        for person in [*sorted(reviewers(tx, change, now)), *ops_channels(tx, ctx)]:
            _notice(tx, change, name, person)
        following = _next(ctx.report_at, deadline.due_at)
        while following <= now:  # days that were missed while no bot ran are left out
            following = _next(ctx.report_at, following)
        tx.put_deadline(_due(change.id, following))

    return step


def wrong_reminder(tx: Transaction, ctx: Context, change: Change) -> list[Deadline]:
    """Return, as it should be, the reminder of an owed review that somebody deleted or put later."""
    latest = _next(ctx.report_at, ctx.clock.now())
    there = tx.deadline(review_key(change.id))
    is_right = (
        there is not None and there.due_at <= latest + DAY
    )  # the time of the report may change
    return [] if is_right or not change.is_review_owed else [_due(change.id, latest)]


def _elsewhere(tx: Transaction, ctx: Context, change: Change) -> list[str]:
    return [one for one in ops_channels(tx, ctx) if one != change.channel]


def _next(plan: ReportTime | None, moment: datetime) -> datetime:
    """Return when the next reminder is due: at the time of the daily report, so that nobody is woken."""
    return plan.next_after(moment) if plan else moment + DAY


def _due(change_id: str, at: datetime) -> Deadline:
    return Deadline(review_key(change_id), DeadlineKind.REVIEW, at, change_id)


def _notice(tx: Transaction, change: Change, name: str, person: str) -> None:
    tx.enqueue_message(MessageKind.NOTICE, change, person=person, name=name)
