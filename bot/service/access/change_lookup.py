"""Find a change by its id. To somebody who may not see it, it does not exist."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.actor import Actor
from bot.domain.change import CHANGE_ID, Change
from bot.domain.roles import ANY_CUSTOMER, DIRECT_MESSAGE, Grant, Right
from bot.errors import UnknownChange
from bot.ports import MessageKind, Transaction, message_key
from bot.service.access.authorise import Authorization, allow
from bot.service.access.chosen_channel import check_member
from bot.service.access.principals import Principal, identify, rows_for
from bot.service.access.refusals import record_refusal, refuse
from bot.service.context import Context, RefusalKind
from bot.service.end_deadlines import soon_notice


async def authorised_change(
    ctx: Context, actor: Actor, change_id: str, right: Right | None = None
) -> tuple[Change, Authorization]:
    """Return a change of this channel and the authorization for ``right`` (None: to propose it).

    Raises what ``change_of_channel`` and ``authorise`` raise.
    """
    change, principal = await change_of_channel(ctx, actor, change_id)
    right = right or change.action.proposed_by
    return change, await allow(ctx, principal, right, change.customer, change.id)


async def change_of_channel(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, Principal]:
    """Return a change of the channel in which it is asked for, and who asks.

    A press in the person's own direct message with the card counts as one in the channel. Raises
    what ``visible_change`` raises, and NotAllowed for a change of another channel. That is
    recorded, since the value of a button can be forged.
    """
    actor = await _as_in_channel(ctx, actor, change_id)
    change, principal = await visible_change(ctx, actor, change_id)
    if actor.channel not in (None, change.channel):
        sentence = f"{change.id} belongs to another channel: decide it there."
        kind = RefusalKind.OTHER_CHANNEL
        who = (principal.actor, principal.name, change.customer, sentence, change.id)
        await refuse(ctx, *who, kind=kind, cure=f"It is <#{change.channel}>.")
    return change, principal


async def _as_in_channel(ctx: Context, actor: Actor, change_id: str) -> Actor:
    """Return the actor in the change's own channel, where they press a button of its direct message.

    That is one which the outbox posted for this change to this person, in the conversation in which
    they press. The channel is then asked about and its role row needed, as for a press there.
    """
    here = actor.channel or ""
    if not (actor.clicked and here.startswith(DIRECT_MESSAGE)):
        return actor

    def query(tx: Transaction) -> str:
        change = tx.change(change_id)
        keys = [
            key
            for one in tx.ids_of(actor.user)
            for key in _keys_with_buttons(change, change_id, one)
        ]
        posted = [row for row in map(tx.message, keys) if row is not None and row.ts]
        is_ours = any(row.channel == here for row in posted)
        return change.channel if change and is_ours else ""

    channel = await ctx.store.read(query)
    return replace(actor, channel=channel, direct=here) if channel else actor


def _keys_with_buttons(change: Change | None, change_id: str, person: str) -> list[str]:
    """Return the keys of the direct messages to this person that have buttons of the change."""
    keys = [message_key(MessageKind.DIRECT, change_id, person=person)]
    if change is not None and change.ends_at is not None:
        name = soon_notice(change)
        keys.append(message_key(MessageKind.NOTICE, change_id, person=person, name=name))
    return keys


async def as_in_own_channel(ctx: Context, actor: Actor, change_id: str) -> Actor:
    """Return the actor in the change's own channel, for a press in a report of several channels.

    Rights are asked for there. Raises as ``visible_change``: elsewhere they need to see the change;
    and NotAllowed, recorded, for people who are not in that channel.
    """
    change, principal = await visible_change(ctx, actor, change_id)
    if actor.terminal:
        return principal.actor
    here = actor.channel or ""
    if here != change.channel:
        sentence = f"{change.id} belongs to a channel that you are not in, so nothing was done."
        cure = f"It is <#{change.channel}>: join it, and press again."
        who = (principal, change.channel, change.customer)
        await check_member(ctx, *who, sentence, cure=cure, change_id=change.id)
    direct = here if here.startswith(DIRECT_MESSAGE) else ""
    return replace(principal.actor, channel=change.channel, direct=direct)


async def visible_change(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, Principal]:
    """Return a change that this person may see, and who asks, with the role rows for its customer, or all for one
    of a batch.

    In the change's own channel everybody sees its card, and at the terminal everybody sees the
    database. Elsewhere the right to view its customer is needed; without it the answer is the same
    as for an unknown id. Raises NotAllowed and UnknownChange, recorded.
    """
    principal = await identify(ctx, actor, ANY_CUSTOMER)
    actor = principal.actor

    def query(tx: Transaction) -> tuple[Change | None, tuple[Grant, ...]]:
        found = tx.change(change_id)
        customer = found.customer if found else ANY_CUSTOMER
        needed = None if found and found.batch else customer  # one decision may be for several
        return found, rows_for(tx, actor, principal.ids, principal.usergroups, needed)

    change, rows = await ctx.store.read(query)
    principal = replace(principal, rows=rows)
    if change is not None and _may_see(ctx, principal, change):
        return change, principal
    kind, sentence = _unknown(actor, change_id)
    who = {"name": principal.name}
    if change is not None:
        kind = RefusalKind.NO_RIGHT
        who |= {"customer": change.customer, "change_id": change.id}
    asked_for = change_id[:40].encode("unicode_escape").decode()
    await record_refusal(ctx, actor, sentence, kind, **who, asked_for=asked_for)
    raise UnknownChange(sentence)


def _may_see(ctx: Context, principal: Principal, change: Change) -> bool:
    if principal.actor.terminal or principal.actor.channel == change.channel:
        return True
    return principal.anywhere.decide(Right.VIEW, change.customer, ctx.clock.now()).allowed


def _unknown(actor: Actor, change_id: str) -> tuple[RefusalKind, str]:
    if not CHANGE_ID.fullmatch(change_id):
        sentence = "There is no change of that name here that you may see. Look with `/continuity pending`."
        return RefusalKind.UNKNOWN_CHANGE, sentence
    # A button names a change of the database from which its card was posted.
    if actor.clicked:
        return RefusalKind.UNKNOWN_CARD, (
            f"I do not know the change {change_id}: another bot with another database may be running "
            "on this Slack app, or my database was restored from an older backup. Nothing was done. "
            "Tell whoever runs the bot."
        )
    sentence = (
        f"There is no change {change_id} here that you may see. Look with `/continuity pending`."
    )
    return RefusalKind.UNKNOWN_CHANGE, sentence
