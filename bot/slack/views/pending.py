"""The reply to `/continuity pending`. All text is escaped mrkdwn."""

from __future__ import annotations

from collections.abc import Sequence

from bot.service.queries.history import OpenChange
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.card_link import link
from bot.slack.views.mrkdwn import customer_label, fit_lines, heading
from bot.slack.views.texts import pending as texts


def pending(waiting: Sequence[OpenChange], team_url: str, more: int = 0) -> str:
    """Return a line with a link for each open change; ``more`` is how many others are open."""
    lines = []
    for row in waiting:
        change = row.change
        customer = customer_label(change.customer, row.name)
        line = f"{change.id} · {heading(change)} · {change.action.title} · {customer}"
        card = link(row, team_url, texts.CARD)
        lines.append(f"{line} · {card}" if card else line)
    return fit_lines(lines, MAX_MESSAGE_TEXT_CHARS, more=more) or texts.NOTHING_WAITS
