"""Renders what a pager is told of a change from its row, its entries and its card."""

from __future__ import annotations

from bot.domain.change import Change
from bot.domain.page import PageState
from bot.ports import MessageKind, Page, Transaction, message_key
from bot.service.batches import as_shown
from bot.slack.outbox.change_views import requester_name
from bot.slack.views.card_link import message_url
from bot.slack.views.page import page_summary, severity

# Of the hash of the first audit entry: by it a pager that serves several bots tells them apart.
INSTALLATION_CHARS = 12


def page_of(tx: Transaction, change: Change, state: PageState, workspace_url: str) -> Page:
    """Return the page of a change; the workspace's address is ``""`` where it is not known."""
    change = as_shown(tx, change)
    name = tx.customer_name(change.customer)
    card = tx.message(message_key(MessageKind.CARD, change.id))
    posted = card is not None and card.ts and workspace_url
    return Page(
        key=f"{change.id}/{_installation(tx)}",
        state=state,
        change_id=change.id,
        customer=change.customer,
        customer_name=name,
        summary=page_summary(change, name, requester_name(tx, change)),
        severity=severity(change),
        link=message_url(card.channel, card.ts or "", workspace_url) if card and posted else "",
        proposed_at=change.created_at,
    )


def _installation(tx: Transaction) -> str:
    first = tx.entries_after(0, 1)
    return first[0].hash[:INSTALLATION_CHARS] if first else ""
