"""`exec "token …"`: the token is printed once, by the terminal that requests it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.errors import Conflict
from bot.ports import Token
from bot.service.access.refusals import record_refusal
from bot.service.changes.token_reveal import reveal_token
from bot.service.context import Context
from bot.service.replicas.fence import FencedStore
from bot.terminal.exec.replica import TerminalReplica
from bot.terminal.output import print_text

BOT_RUNS = (
    "A bot runs on this database, and only one process carries changes out. Have the token shown in "
    "Slack, by the button of its card, or stop the bot and give the same command again."
)


async def check_no_bot_runs(
    ctx: Context, actor: Actor, customer: str, replica: TerminalReplica
) -> None:
    """Raise Conflict, recorded, if a bot runs: before anybody approves what is not shown here
    then."""
    if await replica.other():
        await record_refusal(ctx, actor, BOT_RUNS, customer=customer)
        raise Conflict(BOT_RUNS)


async def print_token(
    ctx: Context, actor: Actor, change: Change, replica: TerminalReplica
) -> Change:
    """Request the token and print it, once. Raises Conflict if a bot has started meanwhile."""

    async def show(token: Token) -> str:
        print_text(f"Page for the user: {token.url.reveal()}")
        print_text(f"Token: {token.token.reveal()}")
        print_text("It is printed this once: clear the screen when the user has what they need.")
        return ""

    try:
        leads, membership = await replica.leads(), replica.membership
        if not leads or membership is None:
            about = {"customer": change.customer, "change_id": change.id}
            await record_refusal(ctx, actor, BOT_RUNS, **about)
            raise Conflict(BOT_RUNS)
        fenced = FencedStore(ctx.store, membership.fence, membership.lost)
        return await reveal_token(replace(ctx, store=fenced), actor, change.id, show)
    finally:
        await replica.leave()
