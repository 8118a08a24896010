"""Add a message of a channel to the report, and remove it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.actor import Actor
from bot.domain.audit.report_message_history import ADDED, REMOVED, added_detail
from bot.domain.characters import storable
from bot.domain.incident_report.message import MAX_MESSAGE_CHARS, ReportMessage
from bot.domain.roles import Right
from bot.errors import InvalidInput, StoreUnusable
from bot.ports import Transaction
from bot.service.access.authorise import allow
from bot.service.access.principals import Principal, identify
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind, record

NO_RIGHT = (
    "Messages are added to the report by people who may view a customer of an incident channel, in "
    "that channel."
)
NO_TEXT = "This message has no text, so there is nothing to add to the report."
NOT_THERE = "This message is not in the report."


@dataclass(frozen=True, slots=True)
class ChosenMessage:
    """The message below which somebody chose the shortcut, as Slack tells it.

    ``thread_ts`` is the first message of its thread, ``""`` where it stands in none.
    """

    ts: str
    author: str
    text: str
    permalink: str
    thread_ts: str = ""


async def add_message(
    ctx: Context, actor: Actor, chosen: ChosenMessage
) -> tuple[ReportMessage, bool]:
    """Add the message; return it, and whether it is new. Raises NotAllowed and InvalidInput.

    Secrets that the bot knows, and what has the form of a token, are taken out of the text first.
    """
    principal = await _authorised(ctx, actor, chosen)
    lines = chosen.text.expandtabs(1).splitlines()
    text = ctx.redact("\n".join(map(storable, lines))).strip()
    if not text:
        raise InvalidInput(NO_TEXT)
    if len(text) > MAX_MESSAGE_CHARS:
        text = text[: MAX_MESSAGE_CHARS - 1] + "…"
    posted_at = _posted_at(chosen.ts)

    def step(tx: Transaction) -> tuple[ReportMessage, bool]:
        change_id, customer = _card_of(tx, actor.channel or "", chosen)
        message = ReportMessage(
            actor.channel or "",
            chosen.ts,
            chosen.author,
            text,
            chosen.permalink,
            posted_at,
            principal.actor.user,
            ctx.clock.now(),
            change_id,
            customer,
        )
        new = tx.add_report_message(message)
        if new:
            _record(tx, ctx, ADDED, principal, message)
        return message, new

    return await ctx.store.write(step)


async def remove_message(ctx: Context, actor: Actor, chosen: ChosenMessage) -> ReportMessage:
    """Remove the message and return it. Raises NotAllowed, and InvalidInput where it is not there."""
    principal = await _authorised(ctx, actor, chosen)

    def step(tx: Transaction) -> ReportMessage | None:
        message = tx.remove_report_message(actor.channel or "", chosen.ts)
        if message is not None:
            _record(tx, ctx, REMOVED, principal, message)
        return message

    message = await ctx.store.write(step)
    if message is None:
        raise InvalidInput(NOT_THERE)
    return message


async def _authorised(ctx: Context, actor: Actor, chosen: ChosenMessage) -> Principal:
    """Return who asks: they may view here the customer of the card, or any customer of the channel."""
    principal = await identify(ctx, actor)
    _, customer = await ctx.store.read(lambda tx: _card_of(tx, actor.channel or "", chosen))
    if customer:
        await allow(ctx, principal, Right.VIEW, customer)
    elif not principal.has_anywhere(Right.VIEW, ctx.clock.now()):
        who = (principal.actor, principal.name, "", NO_RIGHT)
        await refuse(ctx, *who, kind=RefusalKind.NO_RIGHT)
    return principal


def _card_of(tx: Transaction, channel: str, chosen: ChosenMessage) -> tuple[str, str]:
    """Return the change in whose thread the message stands, or whose card it is, and its customer."""
    change_id = tx.card_change(channel, chosen.thread_ts or chosen.ts)
    try:
        change = tx.change(change_id) if change_id else None
    except StoreUnusable:
        change = None
    return (change.id, change.customer) if change else ("", "")


def _posted_at(ts: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidInput(NOT_THERE) from None


def _record(
    tx: Transaction, ctx: Context, kind: str, principal: Principal, message: ReportMessage
) -> None:
    """Record the digest of the text, never the text: an entry cannot be taken back."""
    who = {"name": principal.name, "customer": message.customer, "change_id": message.change_id}
    record(tx, ctx.clock, kind, principal.actor, **who, detail=added_detail(message))
