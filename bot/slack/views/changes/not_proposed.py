"""A change that was stopped before anybody could decide: its requester alone is told why."""

from __future__ import annotations

from bot.domain.change import Change
from bot.domain.scope import Users
from bot.slack.button_values import ChangeButton
from bot.slack.views.mrkdwn import (
    BlockReply,
    Blocks,
    button,
    customer_label,
    escape,
    section,
)
from bot.slack.views.texts import not_proposed as texts

# Of the reason, which may repeat what the API says.
MAX_WHY_CHARS = 2000


def not_proposed(change: Change, name: str, unknown: int) -> BlockReply:
    """Return the reply to the requester; escaped.

    ``unknown`` is how many of the named users the API does not know: a button proposes the others.
    """
    text = texts.NOT_PROPOSED.format(
        what=change.action.title,
        customer=customer_label(change.customer, name),
        why=escape(change.decision_reason, MAX_WHY_CHARS),
    )
    blocks: Blocks = [section(text)]
    named = len(change.scope.addresses) if isinstance(change.scope, Users) else 0
    if unknown and (rest := named - unknown) > 0:
        value = ChangeButton(change=change.id, revision=change.preview_revision)
        others = button("change_propose_rest", texts.PROPOSE_REST.format(rest), value)
        blocks.append({"type": "actions", "block_id": "not_proposed", "elements": [others]})
    return BlockReply(text, blocks)


def removed(change: Change) -> str:
    """Return what stands in place of a card or timeline that Slack does not delete."""
    return texts.REMOVED.format(change=change.id)
