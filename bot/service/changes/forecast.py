"""What a request would do, told before it is proposed: nothing is saved, nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_request import ChangeRequest
from bot.domain.roles import Right
from bot.service.access.authorise import authorise
from bot.service.access.remedies import who_can
from bot.service.changes.preview import count
from bot.service.changes.propose import new_change
from bot.service.context import Context


@dataclass(frozen=True, slots=True)
class Forecast:
    """``change`` is what would be proposed, with its preview and what the policy asks of it.

    ``pointless`` says why it would be withdrawn at once, or is ``""``. ``approvers`` are mentions of
    those who can approve it where that is needed.
    """

    change: Change
    pointless: str
    approvers: tuple[str, ...]


async def forecast(ctx: Context, actor: Actor, request: ChangeRequest) -> Forecast:
    """Return it for whoever may propose the request here. Raises NotAllowed, recorded."""
    authorization = await authorise(ctx, actor, request.action.proposed_by, request.customer)
    change = await ctx.store.read(lambda tx: new_change(ctx, tx, authorization, request))
    seen, halt = await count(ctx, change)
    change = replace(change, preview=replace(seen, spelled=()))
    people: tuple[str, ...] = ()
    if change.approvals_needed:
        people = tuple(await who_can(ctx, Right.APPROVE, change.customer, change.requester))
    return Forecast(change, halt.why if halt else "", people)
