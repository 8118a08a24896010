"""A card that its own channel did not take: where it was posted instead, nothing can be decided, and who
proposed it is told."""

from __future__ import annotations

from bot.domain.change import AWAITING, MAY_BE_REPEATED, Change
from bot.errors import InstallationFault, SlackRefused
from bot.slack.api import error_codes
from bot.slack.views.mrkdwn import Blocks, section


def elsewhere(change: Change, blocks: Blocks) -> Blocks:
    """The card in another channel than its own: its buttons would refuse there, so they are left out,
    and where it is decided is said."""
    kept = [block for block in blocks if block["type"] != "actions"]
    if len(kept) == len(blocks) or change.state in MAY_BE_REPEATED:
        return kept
    words = (
        f"*Not decided here*: that is done in <#{change.channel}> alone, which did not take this card. "
        "Let me post there again: bring it back, /invite me, or let apps post."
    )
    if change.state in AWAITING:
        words += (
            f" Then withdraw this there, `/continuity cancel {change.id}`, and propose it again."
        )
    return [kept[0], section(words), *kept[1:]]  # as plain text the end may be cut


def went(change: Change, why: SlackRefused, place: str) -> str:
    """Tell the requester where the card is instead of its own channel; ``""`` is nowhere."""
    where = "No place takes it."
    if place:
        there = "was sent to you directly" if place.startswith("D") else f"is in <#{place}>"
        where = f"It {there}; nothing can be decided there."
    words = f"The card of {change.id} is not in <#{change.channel}>: {_reason(why)}. {where}"
    if change.state in AWAITING:
        words += f" Once I can post here, withdraw it, `/continuity cancel {change.id}`, and propose it again."
    return words


def waits(change: Change, why: SlackRefused) -> str:
    """Tell the requester that the card cannot be posted anywhere before the installation is mended."""
    return f"The card of {change.id} cannot be posted yet; it will be once this is mended. {why}"


def _reason(why: SlackRefused) -> str:
    if why.code in error_codes.PLACE or not isinstance(why, InstallationFault):
        return f"{error_codes.words(why.code)} ({why.code})"
    return str(why).rstrip(".")
