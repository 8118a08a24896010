"""A card that its own channel did not accept, and what its requester is told about it."""

from __future__ import annotations

from bot.domain.change import Change
from bot.domain.change_state import AWAITING, MAY_BE_REPEATED
from bot.slack.views.mrkdwn import Blocks, channel_mention, section
from bot.slack.views.texts import channel_fallback as texts


def redirected_card(change: Change, blocks: Blocks) -> Blocks:
    """Return the card for another channel: without buttons, which would refuse there.

    A section below the header says where it is decided: the end of plain text may be cut.
    """
    kept = redirected_message(change, blocks)
    if len(kept) == len(blocks) or change.state in MAY_BE_REPEATED:
        return kept
    lines = [texts.NOT_DECIDED_HERE.format(channel=channel_mention(change.channel))]
    if change.state in AWAITING:
        lines.append(texts.WITHDRAW_THERE.format(change=change.id))
    return [kept[0], section(" ".join(lines)), *kept[1:]]


def redirected_message(_: Change, blocks: Blocks) -> Blocks:
    """Return another message of a change for another channel: without buttons."""
    return [block for block in blocks if block["type"] != "actions"]


def card_redirected(change: Change, reason: str, channel: str) -> str:
    """Return the sentences for the requester: why the card is not in its channel, and where it is.

    ``reason`` is a clause without its full stop; ``channel`` is "" where none accepts the card.
    """
    form = texts.REDIRECTED if channel else texts.REDIRECTED_NOWHERE
    if channel.startswith("D"):
        form = texts.REDIRECTED_DIRECT
    here, there = channel_mention(change.channel), channel_mention(channel)
    lines = [form.format(change=change.id, channel=here, reason=reason, other=there)]
    if change.state in AWAITING:
        lines.append(texts.WITHDRAW_ONCE_I_CAN_POST.format(change=change.id))
    return " ".join(lines)


def card_waiting(change: Change, fault: str) -> str:
    """Return the sentences for the requester while the installation has a ``fault``."""
    return texts.WAITING.format(change=change.id, fault=fault)
