"""Renders a row of the outbox from its change, audit entries and user outcomes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.change import Change
from bot.domain.change_state import AWAITING, State
from bot.domain.limits import MAX_NAMED_PEOPLE
from bot.domain.outcome import UserStatus
from bot.domain.roles import Role
from bot.errors import StoreUnusable
from bot.ports import Message, MessageKind, Transaction, message_key
from bot.service.batches import as_shown, members_of
from bot.slack.outbox.change_views import card_of, entries_of, outcome_of
from bot.slack.outbox.direct_view import direct_of
from bot.slack.outbox.notices import is_of_several, render_notice
from bot.slack.views.changes.channel_fallback import redirected_card, redirected_message
from bot.slack.views.changes.differences import (
    DIFFERENCES_BLOCK,
)
from bot.slack.views.changes.not_proposed import not_proposed, removed
from bot.slack.views.changes.outcome import timeline
from bot.slack.views.changes.terminal_origin import verbal_approval_notice
from bot.slack.views.drill import labelled, labelled_blocks, labelled_reply
from bot.slack.views.mrkdwn import BlockReply, Blocks, context
from bot.slack.views.outage import silence_line
from bot.slack.views.texts import outage as texts

# For how long a card may say that the bot could not be reached before.
SILENCE_TOLD_FOR = timedelta(hours=1)
# Until the heartbeat notes that a silence is over: a command may come before.
NOTED_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A message at a revision of its change.

    ``fallback_recipient`` is the person or channel that gets it where its own channel does not
    accept it, and ``redirected_blocks`` are the blocks for them. ``for_requester`` is what the
    requester alone is told where the card is removed. One that is ``unneeded`` is not posted: what
    it would tell is over, or was told. One ``of_several`` changes names those that are drills by itself.
    """

    text: str
    blocks: Blocks
    revision: int
    fallback_recipient: str
    redirected_blocks: Blocks
    change: Change
    thread_ts: str | None = None
    for_requester: BlockReply | None = None
    unneeded: bool = False
    of_several: bool = False

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
    return with_label(_rendered(tx, message, now, workspace_url))


def with_label(view: RenderedMessage) -> RenderedMessage:
    """Return the message of a drill with its label, any other one as it is."""
    if not view.change.drill or view.of_several:
        return view
    text, blocks = labelled(view.text, view.blocks)
    told = view.for_requester and labelled_reply(view.for_requester)
    redirected = labelled_blocks(view.redirected_blocks)
    return replace(view, text=text, blocks=blocks, redirected_blocks=redirected, for_requester=told)


def _rendered(
    tx: Transaction, message: Message, now: datetime, workspace_url: str
) -> RenderedMessage:
    change = tx.change(message.change_id)
    if change is None:  # the foreign key forbids it
        raise StoreUnusable(texts.ROW_MISSING.format(change=message.change_id))
    change = as_shown(tx, change)
    name = tx.customer_name(change.customer)
    recipient, thread_ts = change.requester, None
    if message.removed:
        return _removed(tx, message, change, name)
    match message.kind:
        case MessageKind.CARD:
            text, blocks = card_of(tx, change, name, now, workspace_url)
            if line := _silence(tx, message, change):
                blocks.append(context(line))
        case MessageKind.NOW:  # the counts come from the API
            text, blocks = "", []
            return RenderedMessage(
                text, blocks, message.wanted, "", blocks, change, of_several=True
            )
        case MessageKind.TIMELINE:
            text, blocks = timeline(change, entries_of(tx, change))
            if posted := tx.message(message_key(MessageKind.CARD, change.id)):
                recipient, thread_ts = posted.channel, posted.ts
        case MessageKind.ASSERTED:
            text, blocks = _verbal_approval(tx, message, change, name, now)
            # The requester may be who claimed the approval.
            recipient = change.channel
        case MessageKind.NOTICE:  # it is posted where it says, as it is
            text, blocks = render_notice(tx, message, change, name, now, workspace_url)
            return RenderedMessage(
                text,
                blocks,
                change.revision,
                "",
                blocks,
                change,
                unneeded=not text,
                of_several=is_of_several(message),
            )
        case MessageKind.DIRECT:
            text, blocks = direct_of(tx, message, change, name, now, workspace_url)
            # Nobody is told first when it is over.
            waits = change.state is State.AWAITING_APPROVAL or change.is_review_owed
            over = message.ts is None and not waits
            return RenderedMessage(text, blocks, change.revision, "", blocks, change, unneeded=over)
        case _:
            text, blocks = outcome_of(tx, change, name, now)
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


def _verbal_approval(
    tx: Transaction, message: Message, change: Change, name: str, now: datetime
) -> tuple[str, Blocks]:
    recipient = message.key.rpartition(":")[2]
    customer = members_of(tx, change)[0].customer
    rows = tx.grants(customer=customer, role=Role.ADMIN)
    admins = [row.subject.id for row in rows if row.in_force(now)][:MAX_NAMED_PEOPLE]
    return verbal_approval_notice(change, name, recipient, admins)
