"""The headers of cards and outcomes: the state is seen before it is read."""

from __future__ import annotations

from typing import Any

from bot.domain.change import Change
from bot.domain.change_state import AWAITING, ENDED, UNDER_WAY, State
from bot.slack.views.mrkdwn import header, heading
from bot.slack.views.texts import emergency as emergency_texts
from bot.slack.views.texts import states as texts

# An outcome in such a state is out of date: the change was decided or tried again since.
RESUMED = UNDER_WAY | {State.APPROVED}


def card_header(change: Change) -> dict[str, Any]:
    """Return the header of a card.

    One that has ended is quiet, since its outcome tells it, unless its review is owed.
    """
    if change.is_review_owed:
        word = emergency_texts.EMERGENCY
        if change.state in ENDED:
            word = emergency_texts.REVIEW_OWED
        state = texts.EMERGENCY.format(word=word, state=heading(change))
        return _header(change, texts.HEADER, texts.EMERGENCY_EMOJI, state)
    form = texts.ENDED_HEADER if change.state in ENDED else texts.HEADER
    return _header(change, form, mark_of(change), heading(change))


def outcome_header(change: Change, *, asked_again: bool) -> dict[str, Any]:
    """Return the header of an outcome; ``asked_again`` is whether that is what it tells."""
    emoji, state = mark_of(change), heading(change)
    if change.state in AWAITING or (change.state in RESUMED and asked_again):
        emoji, state = texts.AGAIN_EMOJI, texts.ASKED_AGAIN
    elif change.state in RESUMED:
        emoji, state = texts.AGAIN_EMOJI, texts.TRIED_AGAIN
    elif change.state is State.NEEDS_OPERATOR:
        state = texts.NEEDS_A_PERSON
    return _header(change, texts.HEADER, emoji, state)


def _header(change: Change, form: str, emoji: str, state: str) -> dict[str, Any]:
    action = change.action.title
    symbol = texts.ACTION_EMOJI.get(action, "")
    return header(f"{form.format(emoji=emoji, state=state, action=action)} {symbol}".rstrip())


def mark_of(change: Change) -> str:
    """Return the mark of the state."""
    if change.is_between_steps:
        return texts.EMOJI[State.EXECUTING]
    return texts.UNVERIFIED_EMOJI if change.is_unverified else texts.EMOJI[change.state]
