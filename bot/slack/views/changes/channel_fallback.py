"""A card that its own channel did not accept, and what its requester is told about it."""

from __future__ import annotations

from bot.domain.change import AWAITING, MAY_BE_REPEATED, Change
from bot.slack.views.mrkdwn import Blocks, section


def redirected_card(change: Change, blocks: Blocks) -> Blocks:
    """Return the card for another channel: without buttons, which would refuse there.

    A section says where it is decided. It stands in front, since the end of plain text may be cut.
    """
    kept = [block for block in blocks if block["type"] != "actions"]
    if len(kept) == len(blocks) or change.state in MAY_BE_REPEATED:
        return kept
    text = (
        f"*Not decided here*: that is done in <#{change.channel}> alone, which did not take this "
        "card. Let me post there again: bring it back, /invite me, or let apps post."
    )
    if change.state in AWAITING:
        text += (
            f" Then withdraw this there, `/continuity cancel {change.id}`, and propose it again."
        )
    return [kept[0], section(text), *kept[1:]]


def redirected_message(_: Change, blocks: Blocks) -> Blocks:
    """Return another message of a change for another channel: without buttons."""
    return [block for block in blocks if block["type"] != "actions"]


def card_redirected(change: Change, reason: str, channel: str) -> str:
    """Return the sentences for the requester: why the card is not in its channel, and where it is.

    ``reason`` is a clause without its full stop; ``channel`` is "" where none accepts the card.
    """
    where = "No place takes it."
    if channel:
        there = "was sent to you directly" if channel.startswith("D") else f"is in <#{channel}>"
        where = f"It {there}; nothing can be decided there."
    text = f"The card of {change.id} is not in <#{change.channel}>: {reason}. {where}"
    if change.state in AWAITING:
        text += f" Once I can post here, withdraw it, `/continuity cancel {change.id}`, and "
        text += "propose it again."
    return text


def card_waiting(change: Change, fault: str) -> str:
    """Return the sentences for the requester while the installation has a ``fault``."""
    return f"The card of {change.id} cannot be posted yet; it will be once this is mended. {fault}"
