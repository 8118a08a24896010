"""Refusals: recorded, counted, and raised with the sentence for the person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from bot.domain.change import Change
from bot.domain.commands import Actor
from bot.errors import Conflict, NotAllowed
from bot.service.context import Context, RefusalKind, record


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
) -> NoReturn:
    """Record a refusal, then raise NotAllowed with the sentence and the ``cure``, which the person alone reads."""
    who = {"name": name, "customer": customer, "change_id": change_id}
    await record_refusal(ctx, actor, sentence, kind, **who)
    raise NotAllowed(f"{sentence} {cure}".rstrip())


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
) -> None:
    """Record and count a refusal. ``asked_for`` is the id that a button or command named."""
    detail = {"why": sentence} | ({"asked_for": asked_for} if asked_for else {})
    who = {"name": name, "customer": customer, "change_id": change_id}
    await ctx.store.write(lambda tx: record(tx, ctx.clock, "refused", actor, **who, detail=detail))
    ctx.on_refusal(kind)


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
