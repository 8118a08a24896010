"""Somebody who was refused asks those who may do it, in the channel, by one press."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.actor import Actor
from bot.domain.audit.chain import AuditEntry
from bot.domain.change import Change
from bot.domain.change_state import ENDED
from bot.domain.roles import ANY_CUSTOMER, Right
from bot.errors import Conflict, InvalidInput
from bot.ports import Transaction
from bot.service.access.authorise import refuse_by_rows
from bot.service.access.principals import Principal, identify
from bot.service.access.refusals import REFUSED, refuse
from bot.service.access.remedies import admins_of, who_can
from bot.service.context import Context, RefusalKind, record

ASKED = "others.asked"
# A refusal can be asked about for so long, and a person asks once in it for a customer and a right.
ASKING_TIME = timedelta(minutes=10)
NOT_YOURS = "This button is not known here."


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks whom for what: ``people`` are mentions.

    ``grant``: nobody has the right, so the admins are asked to grant it. ``command`` is the name of
    the command that was refused, or ""; ``change`` is the change concerned, or None; ``drill``: the customer is one of a simulated API.
    """

    asker: str
    people: tuple[str, ...]
    right: Right
    customer: str
    name: str
    grant: bool
    command: str
    change: Change | None
    drill: bool = False


async def ask_others(ctx: Context, actor: Actor, refusal: str) -> Question:
    """Record that the person asks others, and return what is posted in the channel.

    ``refusal`` is the number of the audit entry of their refusal; everybody can forge it. Raises
    NotAllowed, recorded, InvalidInput and Conflict; then nothing is posted.
    """
    entry = await _entry(ctx, refusal)
    customer = entry.record.customer if entry else ANY_CUSTOMER
    principal = await identify(ctx, actor, customer)
    if entry is None or not _is_theirs(entry, principal):
        kind = RefusalKind.FOREIGN
        await refuse(ctx, principal.actor, principal.name, "", NOT_YOURS, kind=kind)
    question = await _question(ctx, principal, entry)
    now = ctx.clock.now()

    def step(tx: Transaction) -> None:
        before = tx.questions(principal.known_ids, customer, now - ASKING_TIME)
        if any(one.record.detail.get("right") == question.right for one in before):
            raise InvalidInput(
                f"You asked for this within the last {_minutes()} minutes, and it stands in the "
                "channel. Nothing was posted again."
            )
        who = {"name": principal.name, "customer": customer, "change_id": entry.record.change_id}
        detail = {"right": question.right, "refusal": entry.seq, "people": [*question.people]}
        record(tx, ctx.clock, ASKED, principal.actor, **who, detail=detail)

    await ctx.store.write(step)
    return question


async def _entry(ctx: Context, refusal: str) -> AuditEntry | None:
    if not (refusal.isascii() and refusal.isdecimal() and len(refusal) < 16):
        return None
    number = int(refusal)
    found = await ctx.store.read(lambda tx: tx.entries_after(number - 1, 1))
    return found[0] if found and found[0].seq == number else None


def _is_theirs(entry: AuditEntry, principal: Principal) -> bool:
    """Return whether the entry is a refusal of this person here, about which others can be asked."""
    it = entry.record
    mine = it.actor in principal.known_ids and it.channel == principal.actor.channel
    return mine and it.kind == REFUSED and it.detail.get("right") in {*Right}


async def _question(ctx: Context, principal: Principal, entry: AuditEntry) -> Question:
    """Return what is asked, by what holds now. Raises InvalidInput, Conflict and NotAllowed."""
    it, now = entry.record, ctx.clock.now()
    if now - it.at >= ASKING_TIME:
        raise InvalidInput(
            f"This refusal is older than {_minutes()} minutes, so nobody was asked. Do again what "
            "was refused, then press “Ask them”."
        )
    sees = principal.decide(Right.VIEW, it.customer, now)
    if not sees.allowed:
        await refuse_by_rows(ctx, principal, sees, it.customer, it.change_id)
    right = Right(str(it.detail["right"]))
    change = await ctx.store.read(lambda tx: tx.change(it.change_id)) if it.change_id else None
    if change is not None and change.state in ENDED:
        raise Conflict(f"{change.id} is {change.state.words} already, so nobody was asked.")
    own = change is not None and change.requester in principal.known_ids
    if not own and principal.decide(right, it.customer, now).allowed:
        raise InvalidInput("You may do it yourself now, so nobody was asked. Do it again.")
    asker = principal.actor.user
    people = await who_can(ctx, right, it.customer, asker, it.change_id)
    admins = [] if people else await admins_of(ctx, it.customer, asker)
    if not people and not admins:
        raise InvalidInput("There is nobody now who could be asked.")
    return Question(
        asker=asker,
        people=(*people, *admins),
        right=right,
        customer=it.customer,
        name=await ctx.store.read(lambda tx: tx.customer_name(it.customer)),
        grant=not people,
        command=str(it.detail.get("command") or ""),
        change=change,
        drill=ctx.is_drill(it.customer),
    )


def _minutes() -> int:
    return ASKING_TIME // timedelta(minutes=1)
