"""Renders a row of the outbox from its change, audit entries and user outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.actions import ImportUsers
from bot.domain.audit.chain import AuditEntry
from bot.domain.change import AWAITING, Change, State, listed_one_by_one
from bot.domain.limits import MAX_NAMED_PEOPLE
from bot.domain.outcome import FailedUsers, UserStatus
from bot.domain.roles import Role
from bot.errors import StoreUnusable
from bot.ports import Message, MessageKind, Transaction, message_key
from bot.service.access.missing_approvers import missing_approvers
from bot.service.related_changes import opposites, superseded_by
from bot.slack.outbox.notices import render_notice
from bot.slack.outbox.personal_data import channel_may_see
from bot.slack.views.changes.approvers import too_few_approvers
from bot.slack.views.changes.card import card
from bot.slack.views.changes.channel_fallback import redirected_card, redirected_message
from bot.slack.views.changes.differences import (
    DIFFERENCES_BLOCK,
    MAX_DIFFERENCES,
    first_differences,
)
from bot.slack.views.changes.not_proposed import not_proposed, removed
from bot.slack.views.changes.opposite import MAX_OPPOSITES, opposite_line
from bot.slack.views.changes.outcome import outcome, timeline
from bot.slack.views.changes.terminal_origin import verbal_approval_notice
from bot.slack.views.mrkdwn import BlockReply, Blocks, context
from bot.slack.views.outage import silence_line
from bot.slack.views.texts import outage as texts

# An outcome that is posted later says when it happened.
MAX_OUTCOME_DELAY = timedelta(seconds=10)
# For how long a card may say that the bot could not be reached before.
SILENCE_TOLD_FOR = timedelta(hours=1)
# Until the heartbeat notes that a silence is over: a command may come before.
NOTED_WITHIN = timedelta(seconds=30)
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


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A message at a revision of its change.

    ``fallback_recipient`` is the person or channel that gets it where its own channel does not
    accept it, and ``redirected_blocks`` are the blocks for them. ``for_requester`` is what the
    requester alone is told where the card is removed.
    """

    text: str
    blocks: Blocks
    revision: int
    fallback_recipient: str
    redirected_blocks: Blocks
    change: Change
    thread_ts: str | None = None
    for_requester: BlockReply | None = None

    @property
    def offers(self) -> str:
        """The state of the change whose buttons this shows, or "" for none."""
        return self.change.state if any(one["type"] == "actions" for one in self.blocks) else ""


def render(
    tx: Transaction,
    message: Message,
    now: datetime,
    workspace_url: str = "",
) -> RenderedMessage:
    """Return the message for the present state of its change. Raises StoreUnusable.

    ``workspace_url`` is the workspace's address, for links to messages, or "" where it is not
    known yet.
    """
    change = tx.change(message.change_id)
    if change is None:  # the foreign key forbids it
        raise StoreUnusable(texts.ROW_MISSING.format(change=message.change_id))
    name = tx.customer_name(change.customer)
    recipient, thread_ts = change.requester, None
    if message.removed:
        return _removed(tx, message, change, name)
    match message.kind:
        case MessageKind.CARD:
            text, blocks = _card(tx, change, name, now, workspace_url)
            if line := _silence(tx, message, change):
                blocks.append(context(line))
        case MessageKind.NOW:  # the counts come from the API
            text, blocks = "", []
            return RenderedMessage(text, blocks, message.wanted, "", blocks, change)
        case MessageKind.TIMELINE:
            text, blocks = timeline(change, _entries(tx, change))
            if posted := tx.message(message_key(MessageKind.CARD, change.id)):
                recipient, thread_ts = posted.channel, posted.ts
        case MessageKind.ASSERTED:
            text, blocks = _verbal_approval(tx, message, change, name, now)
            # The requester may be who claimed the approval.
            recipient = change.channel
        case MessageKind.NOTICE:  # it is posted where it says, as it is
            text, blocks = render_notice(tx, message, change, name, now, workspace_url)
            return RenderedMessage(text, blocks, change.revision, "", blocks, change)
        case _:
            text, blocks = _outcome(tx, change, name, now)
    redirect = redirected_card if message.kind is MessageKind.CARD else redirected_message
    # Who may see users' data was decided for the change's own channel.
    elsewhere = [one for one in blocks if one.get("block_id") != DIFFERENCES_BLOCK]
    redirected = redirect(change, elsewhere)
    shown = blocks if message.channel == change.channel else redirected
    return RenderedMessage(text, shown, change.revision, recipient, redirected, change, thread_ts)


def _silence(tx: Transaction, message: Message, change: Change) -> str:
    """Return that the bot could not be reached before, for the first card of the channel after."""
    contact = tx.slack_contact()
    silence = contact.silence if contact else None
    if silence is None or change.state not in AWAITING:
        return ""
    over = silence.end - NOTED_WITHIN
    if not over <= change.created_at < silence.end + SILENCE_TOLD_FOR:
        return ""
    first = tx.first_card_since(message.channel, over, change)
    return silence_line(silence) if first else ""


def _removed(tx: Transaction, message: Message, change: Change, name: str) -> RenderedMessage:
    """Return what is told where a card or timeline is removed; the terminal has told it itself."""
    unknown = tx.count_user_outcomes(change.id)[UserStatus.FAILED]
    told = not_proposed(change, name, unknown)
    private = message.kind is MessageKind.CARD and change.is_pointless and not change.terminal
    return RenderedMessage(
        removed(change),
        [],
        message.wanted,
        change.requester,
        [],
        change,
        for_requester=told if private else None,
    )


def _card(
    tx: Transaction, change: Change, name: str, now: datetime, workspace_url: str
) -> tuple[str, Blocks]:
    failures, more = _failures(tx, change)
    missing = missing_approvers(tx, change, now)
    return card(
        change,
        name,
        failures,
        more,
        _differences(tx, change, now),
        asked_by=_requester_name(tx, change),
        warning=too_few_approvers(change, missing, to_requester=False) if missing else "",
        opposites=_opposites(tx, change, workspace_url),
        again=superseded_by(tx, change) is None,
    )


def _entries(tx: Transaction, change: Change) -> Sequence[AuditEntry]:
    return tx.entries(change_id=change.id, limit=MAX_ENTRIES)


def _outcome(tx: Transaction, change: Change, name: str, now: datetime) -> tuple[str, Blocks]:
    newest_first = reversed(_entries(tx, change))
    entry = next((one for one in newest_first if one.record.kind in _ENDINGS), None)
    ended_at = entry.record.at if entry else change.finished_at
    delayed = ended_at if ended_at and now - ended_at > MAX_OUTCOME_DELAY else None
    asked_by = _requester_name(tx, change)
    return outcome(
        change, name, entry, *_failures(tx, change), delayed=delayed, asked_by=asked_by, now=now
    )


def _requester_name(tx: Transaction, change: Change) -> str:
    """Return the requester's name as Slack told it at the proposal, or ""."""
    with suppress(StoreUnusable):  # an entry that cannot be read holds no message back
        if proposed := tx.first_entry(change.id):
            return proposed.record.actor_name
    return ""


def _verbal_approval(
    tx: Transaction, message: Message, change: Change, name: str, now: datetime
) -> tuple[str, Blocks]:
    recipient = message.key.rpartition(":")[2]
    rows = tx.grants(customer=change.customer, role=Role.ADMIN)
    admins = [row.subject.id for row in rows if row.in_force(now)][:MAX_NAMED_PEOPLE]
    return verbal_approval_notice(change, name, recipient, admins)


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
        posted = tx.message(message_key(MessageKind.CARD, other.id))
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
