"""Notices on break-glass: the rows that they are rendered from."""

from __future__ import annotations

from bot.domain.audit.change_history import EMERGENCY
from bot.ports import Transaction
from bot.slack.outbox.change_views import entries_of, requester_name
from bot.slack.outbox.direct_view import card_ts
from bot.slack.views.card_link import message_link
from bot.slack.views.mrkdwn import Blocks
from bot.slack.views.notices import emergency as view
from bot.slack.views.notices.notice import Notice
from bot.slack.views.texts import emergency as texts


def decided_alone(tx: Transaction, notice: Notice) -> tuple[str, Blocks]:
    """Render that a commander decided alone."""
    return view.decided_alone(notice, _commander(tx, notice), _link(tx, notice))


def review_owed(tx: Transaction, notice: Notice) -> tuple[str, Blocks]:
    """Render the daily reminder of a review; nothing where it was reviewed."""
    return view.review_owed(notice, _commander(tx, notice), _link(tx, notice))


def reviewed(tx: Transaction, notice: Notice) -> tuple[str, Blocks]:
    """Render what came of the review."""
    return view.reviewed(notice, requester_name(tx, notice.change))


def _commander(tx: Transaction, notice: Notice) -> str:
    """Return the commander's name as Slack told it at the decision, or ``""``."""
    entries = (one.record for one in entries_of(tx, notice.change))
    return next((one.actor_name for one in entries if one.kind == EMERGENCY), "")


def _link(tx: Transaction, notice: Notice) -> str:
    change, ts = notice.change, card_ts(tx, notice.change)
    if not ts:
        return ""
    return message_link(change.channel, ts, notice.workspace_url, texts.OPEN_CARD)
