"""Tell people of a change that waits for approvals: a row for each, a direct message, the next deadline."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.notify import NotifyRule, rule_for
from bot.domain.page import PageState
from bot.domain.policy import DECISION_TIME
from bot.ports import MessageKind, Recipient, Transaction, message_key
from bot.service.batches import waiting_customers, whole
from bot.service.context import Context
from bot.service.reach.seen import Seen
from bot.service.reach.waiting import Waiting

AGAIN_NOTICE, REMIND_NOTICE = "again", "remind"


def waiting(tx: Transaction, ctx: Context, change: Change | None) -> Waiting | None:
    """Return the change, or the batch that it is the first of, as one that waits for approvals now; None
    where it does not.
    """
    if change is None:
        return None
    customers, change = waiting_customers(tx, change), whole(tx, change)
    if change.state is not State.AWAITING_APPROVAL:
        return None
    now, terms = ctx.clock.now(), rule(tx, customers[0])
    quiet = terms.quiet_at(now, pagers=bool(ctx.pagers)) and not _no_pager_takes_it(tx, change)
    one = Waiting(change, customers, terms, now, quiet, ctx.pagers)
    return one if one.waited < DECISION_TIME else None


def _no_pager_takes_it(tx: Transaction, change: Change) -> bool:
    """Whether every pager failed to take the page: then people are told in quiet hours, too."""
    pages = tx.pages(change.id)
    return bool(pages) and all(page.error for page in pages)


def go_on(tx: Transaction, one: Waiting, seen: Seen) -> bool:
    """Tell whoever is to be told by now, and put the next deadline; return whether anybody was told."""
    told = _tell(tx, one, seen)
    if one.pages:
        tx.want_page(one.change, PageState.TRIGGERED, one.pagers)
    if deadline := one.next_deadline():
        tx.put_deadline(deadline)
    return told


def remind(tx: Transaction, one: Waiting, since: datetime, seen: Seen) -> None:
    """Tell those again who have not looked, of the last reminder that fell due from ``since`` on."""
    due = [at for at in one.rule.reminders if since - one.began <= at <= one.waited]
    if one.quiet or not due:
        return
    name = _named(one, f"{REMIND_NOTICE}-{max(due) // timedelta(minutes=1)}")
    may = {person for step in one.rule.steps for person in one.members(tx, step.circle)}
    for row in one.told(tx):
        if row.person in may and row.looked_at is None and not seen.bars(row.person):
            tx.enqueue_message(MessageKind.NOTICE, one.change, person=row.person, name=name)


def _tell(tx: Transaction, one: Waiting, seen: Seen) -> bool:
    """Tell who is due, active people first: in this order the card names them."""
    due, change = one.due(tx), one.change
    told = {row.person for row in one.told(tx)} | tx.ids_of(change.requester)
    people = [person for person in seen.order(due) if person not in told]
    numbers = {name: number for found, number in due.items() for name in seen.order([found])}
    for position, person in enumerate(people):
        at = one.now + timedelta(microseconds=position)
        tx.put_recipient(Recipient(change.id, person, numbers[person], at))
        if tx.message(message_key(MessageKind.DIRECT, change.id, person=person)):
            # An update of the message that they have notifies nobody.
            again = _named(one, AGAIN_NOTICE)
            tx.enqueue_message(MessageKind.NOTICE, change, person=person, name=again)
        tx.enqueue_message(MessageKind.DIRECT, change, person=person)
    return bool(people)


def _named(one: Waiting, name: str) -> str:
    """Return the name of a notice: of its own each time that the approvers are asked."""
    return name if one.is_first else f"{name}-{int(one.began.timestamp())}"


def rule(tx: Transaction, customer: str) -> NotifyRule:
    """Return by which rule people are told of a customer's changes."""
    return rule_for(tx.notify_rules(), customer)
