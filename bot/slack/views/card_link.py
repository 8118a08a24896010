"""Links to the card of a change. All text is escaped mrkdwn."""

from __future__ import annotations

from bot.service.queries.history import OpenChange
from bot.slack.views.texts import pending as texts


def proposed_already(row: OpenChange, team_url: str) -> str:
    """Return that the same change is open, with a link to its card."""
    card = link(row, team_url, texts.OPEN_CARD)
    return f"{texts.PROPOSED_ALREADY.format(change=row.change.id)} {card}".rstrip()


def moved(change_id: str, channel: str, ts: str, team_url: str) -> str:
    """Return what replaces a duplicate of a card, which is no longer updated."""
    card = message_link(channel, ts, team_url, texts.OPEN_IT)
    return f"{texts.MOVED.format(change=change_id)} {card}".rstrip()


def link(row: OpenChange, team_url: str, label: str) -> str:
    """Return a link to the card of a change, or "" where it is not posted."""
    return message_link(row.channel, row.ts, team_url, label) if row.ts else ""


def message_link(channel: str, ts: str, team_url: str, label: str) -> str:
    """Return a link to a message, or "" where the workspace's URL is not known."""
    return f"<{message_url(channel, ts, team_url)}|{label}>" if team_url else ""


def message_url(channel: str, ts: str, team_url: str) -> str:
    """Return the address of a message."""
    return f"{team_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
