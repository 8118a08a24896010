"""A card that its own channel did not take: where it was posted instead, nothing can be decided."""

from __future__ import annotations

from bot.domain.change import AWAITING, MAY_BE_REPEATED, Change
from bot.slack.views.words import Blocks, section


def elsewhere(change: Change, blocks: Blocks) -> Blocks:
    """The card in another channel than its own: its buttons would refuse there, so they are left out,
    and where it is decided is said."""
    kept = [block for block in blocks if block["type"] != "actions"]
    if len(kept) == len(blocks) or change.state in MAY_BE_REPEATED:
        return kept
    words = (
        f"*Not decided here*: that is done in <#{change.channel}> alone, which did not take this card. "
        "Bring that channel back, or invite me to it with /invite."
    )
    if change.state in AWAITING:
        words += (
            f" Then withdraw this there, `/continuity cancel {change.id}`, and propose it again."
        )
    return [kept[0], section(words), *kept[1:]]  # as plain text the end may be cut
