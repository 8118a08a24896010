"""Changes whose effect the API does not tell, and how they end (adr/0012)."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.change import Change, switch_of
from bot.domain.outcome import Outcome
from bot.domain.scope import Flag
from bot.domain.steps import already_of
from bot.errors import Ambiguous, ContinuityError
from bot.service.change_types.attempt.read_state import StateCounts
from bot.service.context import Context

FLAG_NOT_TOLD = "accepted; this API does not tell the flag"  # the reason that people read
_PORTAL = {
    Flag.FAILOVER: "Send one mail from outside, or look into the portal.",
    Flag.ACCESS: "Look into the portal.",
}


def flag_was_not_told(change: Change) -> bool:
    """Whether the preview asked the API for the flag, and it did not tell."""
    return change.preview is not None and already_of(change) is None


def lacks_answer(error: ContinuityError) -> bool:
    """Whether the API answered a read with a 2xx that lacks what was asked for."""
    return isinstance(error, Ambiguous) and error.status is not None and error.status // 100 == 2


def unverified_outcome(ctx: Context, change: Change, outcome: Outcome, what: str) -> Outcome:
    """Return the outcome of an accepted change that cannot be read back; ``what`` says why."""
    return replace(
        outcome,
        sentence=f"It cannot be verified: {what} {_PORTAL[switch_of(change).flag]}",
        read_back_at=ctx.clock.now(),
        verifiable=False,
    )


def contradiction(seen: StateCounts, direction: str) -> str:
    """Return a sentence with the counts that do not add up."""
    other = "off" if direction == "on" else "on"
    return (
        f"the API counts {seen.total:,} users, {seen.in_state:,} {direction} and "
        f"{seen.out_of_state:,} {other}."
    )
