"""Whether what is on already is taken back soon: whoever asks for it may think that it stays."""

from __future__ import annotations

from bot.domain.actions import Action, search_topics, switches
from bot.domain.change import Change
from bot.domain.change_state import TOOK_EFFECT
from bot.domain.scope import overlap
from bot.ports import Transaction
from bot.service.context import Context
from bot.service.related_changes import MAX_SEARCHED

IT_ENDS = (
    "{timed} takes it back at {end:%Y-%m-%d %H:%M} UTC: press Extend or Keep below its outcome if it "
    "must stay longer."
)


async def when_it_ends(ctx: Context, change: Change) -> str:
    """Return in a sentence when a timed change of some of the same users ends, or ``""``."""

    def query(tx: Transaction) -> str:
        found = tx.changes(
            states=TOOK_EFFECT,
            customer=change.customer,
            topics=search_topics(change.action),
            limit=MAX_SEARCHED,
        )
        ends = [
            (one.ends_at, one.id)
            for one in found
            if one.ends_at
            and _is_part_of(one.action, change.action)
            and overlap(one.scope, change.scope)
        ]
        return IT_ENDS.format(end=min(ends)[0], timed=min(ends)[1]) if ends else ""

    return await ctx.store.read(query)


def _is_part_of(timed: Action, asked: Action) -> bool:
    """Whether what is on for a time is some of what is asked for."""
    return bool(set(switches(timed)) & set(switches(asked)))
