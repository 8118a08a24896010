"""What people are told directly when a change is saved: approvers in their direct messages, and the
requester of its end."""

from __future__ import annotations

from bot.domain.actions import is_revealed_to_requester
from bot.domain.change import Change
from bot.domain.change_state import ENDED, State
from bot.domain.deadline import Deadline, DeadlineKind
from bot.domain.page import PageState
from bot.domain.policy import DECISION_TIME
from bot.domain.roles import SLACK_ID
from bot.ports import MessageKind, Transaction

_OVER = ENDED | {State.NEEDS_OPERATOR}
# The names of the notices that tell of an end: the revision follows.
ENDED_NOTICE = "ended"


def remind_key(change_id: str) -> str:
    """Return the key of the one deadline by which people are told of a waiting change."""
    return f"{DeadlineKind.REMIND}:{change_id}"


def tell_people(tx: Transaction, change: Change, before: Change | None, by: str = "") -> None:
    """Enqueue what people are told of the step that led from ``before`` to ``change``.

    ``by`` is who ended the change by this step, ``""`` where the change itself says it.
    """
    if before is None:
        return
    _set_reminders(tx, change, before)
    _set_pages(tx, change, before)
    if _concerns_approvers(change, before):
        for one in tx.recipients(change.id):
            tx.enqueue_message(MessageKind.DIRECT, change, person=one.person)
    if _concerns_requester(tx, change, before, by):
        name = f"{ENDED_NOTICE}-{change.revision}"
        tx.enqueue_message(MessageKind.NOTICE, change, person=change.requester, name=name)


def _set_reminders(tx: Transaction, change: Change, before: Change) -> None:
    """Begin anew where a change goes back to its approvers; end where it does not wait any more."""
    waits, waited = (one.state is State.AWAITING_APPROVAL for one in (change, before))
    if waits and not waited:
        began, key = change.deadline - DECISION_TIME, remind_key(change.id)
        tx.put_deadline(Deadline(key, DeadlineKind.REMIND, began, change.id))
    elif waited and not waits:
        tx.remove_deadline(remind_key(change.id))


def _set_pages(tx: Transaction, change: Change, before: Change) -> None:
    """Acknowledge the pages of a change that somebody decided on, resolve those of one that ended.

    Those of an emergency stay until it is reviewed: the people on call have to hear of it.
    """
    if _needs_nobody(change) and not _needs_nobody(before):
        tx.want_page(change, PageState.RESOLVED)
    elif len(change.approvals) > len(before.approvals):
        tx.want_page(change, PageState.ACKNOWLEDGED)


def _needs_nobody(change: Change) -> bool:
    return change.state in _OVER and not change.is_review_owed


def _concerns_approvers(change: Change, before: Change) -> bool:
    """Whether a direct message with the card shows something else now.

    The progress of a change that was decided is told in the channel alone.
    """
    waiting = State.AWAITING_APPROVAL
    if change.review != before.review:
        return True
    if change.state is not before.state:
        return waiting in (change.state, before.state) or change.state in _OVER
    decided_on = (change.preview_revision, change.approvals, change.approvals_needed)
    was = (before.preview_revision, before.approvals, before.approvals_needed)
    return change.state is waiting and decided_on != was


def _concerns_requester(tx: Transaction, change: Change, before: Change, by: str) -> bool:
    """Whether the change has ended, and not by the requester's own click."""
    if change.state is before.state or change.state not in _OVER:
        return False
    # A change from the terminal may have a requester who is not in Slack.
    if change.is_pointless or not SLACK_ID.fullmatch(change.requester):
        return False
    return not tx.ids_of(change.requester) & {_who_ended(change, before), by}


def _who_ended(change: Change, before: Change) -> str:
    """Return the person whose click ended the change, ``""`` for none."""
    if is_revealed_to_requester(change.action) and before.state is State.EXECUTING:
        return change.requester
    if change.state in (State.CANCELLED, State.DENIED):
        return change.decided_by or ""
    return change.settled_by or ""
