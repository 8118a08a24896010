"""Refusals: recorded, counted, and raised with the sentence for the person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from bot.domain.actor import Actor
from bot.domain.audit.chain import AuditEntry
from bot.domain.change import Change
from bot.domain.roles import Right
from bot.errors import Conflict, NotAllowed, Remedy, RemedyKind
from bot.service.context import Context, RefusalKind, record

REFUSED = "refused"


async def refuse(
    ctx: Context,
    actor: Actor,
    name: str,
    customer: str,
    sentence: str,
    change_id: str = "",
    *,
    kind: RefusalKind = RefusalKind.RULE,
    cure: str = "",
    ask: Right | None = None,
) -> NoReturn:
    """Record a refusal, then raise NotAllowed with the sentence and the ``cure``, which the person alone reads.

    ``ask`` is the right of others who can be asked for it, or None; they are asked in the channel.
    """
    ask = None if actor.direct else ask
    who = {"name": name, "customer": customer, "change_id": change_id}
    entry = await record_refusal(ctx, actor, sentence, kind, **who, ask=ask or "")
    remedy = Remedy(RemedyKind.ASK_OTHERS, str(entry.seq)) if ask else None
    raise NotAllowed(f"{sentence} {cure}".rstrip(), remedy=remedy)


async def record_refusal(
    ctx: Context,
    actor: Actor,
    sentence: str,
    kind: RefusalKind = RefusalKind.CONFLICT,
    /,
    *,
    name: str = "",
    customer: str = "",
    change_id: str = "",
    asked_for: str = "",
    ask: str = "",
) -> AuditEntry:
    """Record and count a refusal; return its entry.

    ``asked_for`` is the id that a button or command named, ``ask`` the right of others who can be
    asked for it.
    """
    told = {"asked_for": asked_for, "command": actor.command, "right": ask}
    detail = {"why": sentence} | {key: value for key, value in told.items() if value}
    who = {"name": name, "customer": customer, "change_id": change_id}
    entry = await ctx.store.write(
        lambda tx: record(tx, ctx.clock, REFUSED, actor, **who, detail=detail)
    )
    ctx.on_refusal(kind)
    return entry


@asynccontextmanager
async def conflicts_recorded(
    ctx: Context, actor: Actor, change: Change, name: str = ""
) -> AsyncIterator[None]:
    """Record a Conflict raised by the block as a refusal, and raise it again."""
    try:
        yield
    except Conflict as error:
        who = {"name": name, "customer": change.customer, "change_id": change.id}
        await record_refusal(ctx, actor, str(error), **who)
        raise
