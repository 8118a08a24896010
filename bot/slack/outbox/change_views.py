"""Card and outcome of a change, with what other rows tell of it: entries, user outcomes, other changes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from bot.domain.actions import ImportUsers
from bot.domain.audit.chain import AuditEntry
from bot.domain.batch import is_first
from bot.domain.change import Change, listed_one_by_one
from bot.domain.change_state import AWAITING, State
from bot.domain.outcome import FailedUsers
from bot.errors import StoreUnusable
from bot.ports import MessageKind, Transaction, message_key
from bot.service.access.missing_approvers import missing_approvers
from bot.service.batches import card_id, members_of
from bot.service.changes.batch.again import still_to_repeat
from bot.service.related_changes import opposites, superseded_by
from bot.slack.outbox.personal_data import channel_may_see
from bot.slack.views.changes.approvers import too_few_approvers
from bot.slack.views.changes.batch import batch_card, batch_outcome
from bot.slack.views.changes.batch_rows import BatchRow
from bot.slack.views.changes.card import card
from bot.slack.views.changes.differences import MAX_DIFFERENCES, first_differences
from bot.slack.views.changes.opposite import MAX_OPPOSITES, opposite_line
from bot.slack.views.changes.outcome import outcome
from bot.slack.views.changes.reached import reached_lines
from bot.slack.views.mrkdwn import Blocks
from bot.slack.views.page import pager_lines

# An outcome that is posted later says when it happened.
MAX_OUTCOME_DELAY = timedelta(seconds=10)
# Audit entries of one change that are read.
MAX_ENTRIES = 200
_WITH_FAILURES = (
    State.ACCEPTED,
    State.PARTIAL,
    State.FAILED,
    State.NEEDS_OPERATOR,
    State.GIVEN_UP,
)
# The kinds of audit entries that an outcome is posted for.
_ENDINGS = frozenset(
    f"change.{end}"
    for end in (
        "applied",
        "asked_again",
        "cancelled",
        "denied",
        "expired",
        "failed",
        "given_up",
        "marked_applied",
        "needs_operator",
        "partial",
        "stopped",
    )
)


def card_of(
    tx: Transaction,
    change: Change,
    name: str,
    now: datetime,
    workspace_url: str,
    *,
    reached: bool = True,
) -> tuple[str, Blocks]:
    """Return notification text and blocks of the card in its channel.

    ``reached`` is whether it names who is asked, and who looks.
    """
    missing = missing_approvers(tx, change, now)
    too_few = too_few_approvers(change, missing, to_requester=False) if missing else ""
    warning = "\n".join(filter(None, [too_few, pager_lines(tx.pages(change.id))]))
    people = reached_lines(change, tx.recipients(change.id)) if reached else ()
    asked_by = requester_name(tx, change)
    if is_first(change):
        repeat, rows = len(still_to_repeat(tx, change)), _rows(tx, change)
        return batch_card(
            change, rows, repeat=repeat, asked_by=asked_by, warning=warning, reached=people
        )
    failures, more = _failures(tx, change)
    return card(
        change,
        name,
        failures,
        more,
        _differences(tx, change, now),
        asked_by=asked_by,
        warning=warning,
        opposites=_opposites(tx, change, workspace_url),
        again=superseded_by(tx, change) is None,
        reached=people,
    )


def entries_of(tx: Transaction, change: Change) -> Sequence[AuditEntry]:
    """Return the audit entries of the change, as far as a message tells them."""
    return tx.entries(change_id=change.id, limit=MAX_ENTRIES)


def outcome_of(tx: Transaction, change: Change, name: str, now: datetime) -> tuple[str, Blocks]:
    """Return notification text and blocks of the outcome in its channel."""
    entry = _last_ending(tx, change)
    ended_at = entry.record.at if entry else change.finished_at
    delayed = ended_at if ended_at and now - ended_at > MAX_OUTCOME_DELAY else None
    asked_by = requester_name(tx, change)
    if is_first(change):
        repeat, rows = len(still_to_repeat(tx, change)), _rows(tx, change)
        return batch_outcome(
            change, rows, entry, repeat=repeat, asked_by=asked_by, delayed=delayed, now=now
        )
    return outcome(
        change, name, entry, *_failures(tx, change), delayed=delayed, asked_by=asked_by, now=now
    )


def _last_ending(tx: Transaction, change: Change) -> AuditEntry | None:
    """Return the entry of the outcome; of a batch that of the change that ended last."""
    members = members_of(tx, change) if is_first(change) else [change]
    found = [
        entry for one in members for entry in entries_of(tx, one) if entry.record.kind in _ENDINGS
    ]
    return max(found, key=lambda entry: entry.seq, default=None)


def _rows(tx: Transaction, batch: Change) -> list[BatchRow]:
    def opposite(one: Change) -> Change | None:
        """Return what an approver has to know of; once it is decided nobody does."""
        found = opposites(tx, one) if one.state in AWAITING else ()
        return next(iter(found), None)

    return [
        BatchRow(one, tx.customer_name(one.customer), opposite(one))
        for one in members_of(tx, batch)
    ]


def requester_name(tx: Transaction, change: Change) -> str:
    """Return the requester's name as Slack told it at the proposal, or "".

    A way back is proposed by the bot: its requester is that of the timed change.
    """
    with suppress(StoreUnusable):  # an entry that cannot be read holds no message back
        if proposed := tx.first_entry(change.back_of or change.id):
            return proposed.record.actor_name
    return ""


def _differences(tx: Transaction, change: Change, now: datetime) -> str:
    """Return what an import changes for its first users, while it waits; "" where none may see it."""
    if change.state not in AWAITING or not isinstance(change.action, ImportUsers):
        return ""
    if change.preview is None or not channel_may_see(tx, change, now):
        return ""
    return first_differences(tx.import_rows(change.id, to_send=True, limit=MAX_DIFFERENCES))


def _opposites(tx: Transaction, change: Change, workspace_url: str) -> Sequence[str]:
    lines = []
    for other in opposites(tx, change)[:MAX_OPPOSITES]:
        posted = tx.message(message_key(MessageKind.CARD, card_id(other)))
        is_there = posted is not None and posted.channel == other.channel
        ts = posted.ts or "" if posted is not None and is_there else ""
        lines.append(opposite_line(other, ts, workspace_url))
    return lines


def _failures(tx: Transaction, change: Change) -> tuple[Sequence[FailedUsers], int]:
    if change.state not in _WITH_FAILURES:
        return (), 0
    # These are too many for a card that each read-back updates: a file names them at the end.
    if change.state is State.ACCEPTED and listed_one_by_one(change):
        return (), 0
    return tx.failures(change.id)
