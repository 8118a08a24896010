"""What cards, direct messages and outcomes tell of a change that a commander decided alone."""

from __future__ import annotations

from bot.domain.change import Change
from bot.domain.review import Review, ReviewState
from bot.slack.views.mrkdwn import escape, format_time, mention, mentions
from bot.slack.views.texts import emergency as texts

# Of an escaped reason; a section may hold two, and more.
MAX_SHOWN_CHARS = 500


def emergency_lines(change: Change) -> list[str]:
    """Return who decided it alone and why, and how the review stands; escaped; [] for other changes."""
    alone = change.emergency
    if alone is None:
        return []
    decided = texts.DECIDED.format(
        person=said_by(alone.commander, alone.terminal),
        time=format_time(alone.at),
    )
    if alone.reason != change.reason:  # else the card says it below
        decided += " " + texts.DECIDED_WHY.format(reason=escape(alone.reason, MAX_SHOWN_CHARS))
    return [decided, *([review_line(change, change.review)] if change.review else [])]


def outcome_line(change: Change) -> list[str]:
    """Return the line of the outcome; what becomes of the review stands on the card."""
    alone = change.emergency
    if alone is None:
        return []
    return [texts.OUTCOME.format(person=said_by(alone.commander, alone.terminal))]


def review_line(change: Change, review: Review) -> str:
    """Return by whom a review is owed, or what came of it; escaped."""
    if review.state is ReviewState.OWED or review.at is None:
        commander = [change.emergency.commander] if change.emergency else []
        return texts.OWED.format(people=mentions(dict.fromkeys([change.requester, *commander])))
    form = texts.ACCEPTED_WHY if review.reason else texts.ACCEPTED
    return (texts.OBJECTED if review.state is ReviewState.OBJECTED else form).format(
        person=said_by(review.reviewer or "", review.terminal),
        time=format_time(review.at),
        reason=escape(review.reason, MAX_SHOWN_CHARS),
    )


def said_by(person: str, terminal: str) -> str:
    """Return a mention of a person, and the terminal where it was said in their name; escaped."""
    if not terminal:
        return mention(person)
    return texts.AT_TERMINAL.format(person=mention(person), terminal=escape(terminal, 300))
