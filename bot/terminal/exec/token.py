"""Tokens and passwords at the terminal: printed once, or typed unseen."""

from __future__ import annotations

from collections.abc import Callable

import click

from bot.domain.change import Change
from bot.domain.commands import Actor, PasswordCommand
from bot.domain.password import check_password, check_token
from bot.domain.secret import Secret
from bot.errors import Conflict
from bot.ports import Token
from bot.service.access.refusals import record_refusal
from bot.service.changes.password import may_set, set_password
from bot.service.changes.token_reveal import reveal_token
from bot.service.context import Context
from bot.store.sqlite.lock import DatabaseLock
from bot.terminal.exec.steps import StepRunner

BOT_RUNS = (
    "A bot runs on this database, and only one process carries changes out. Have the token shown in "
    "Slack, by the button of its card, or stop the bot and give the same command again."
)

Say = Callable[[str], None]


async def check_alone(ctx: Context, actor: Actor, customer: str, lock: DatabaseLock) -> None:
    """Raise Conflict, recorded, where a bot runs: before anybody approves what is not shown here then."""
    if lock.taken():
        await record_refusal(ctx, actor, BOT_RUNS, customer=customer)
        raise Conflict(BOT_RUNS)


async def show_here(
    ctx: Context, actor: Actor, change: Change, lock: DatabaseLock, say: Say
) -> Change:
    """Have the token made and print it, once. Raises Conflict where a bot has started meanwhile."""

    async def show(token: Token) -> str:
        say(f"Page for the user: {token.url.reveal()}")
        say(f"Token: {token.token.reveal()}")
        say("It is printed this once: clear the screen when the user has what they need.")
        return ""

    if not lock.acquire():
        await record_refusal(ctx, actor, BOT_RUNS, customer=change.customer, change_id=change.id)
        raise Conflict(BOT_RUNS)
    try:
        return await reveal_token(ctx, actor, change.id, show)
    finally:
        lock.release()


def set_here(
    runner: StepRunner, ctx: Context, actor: Actor, command: PasswordCommand, say: Say
) -> None:
    """Ask for token and password without showing them, and set it. Raises BotError."""
    address = command.address
    runner.run(may_set(ctx, actor))
    token = Secret(check_token(click.prompt("Token", hide_input=True)))
    typed = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    password = Secret(check_password(typed))
    seal = runner.run(set_password(ctx, actor, address, token, password))
    told = seal.record.detail
    say(f"The password of {address} was set. API id {told['api_id']} at {told['api_timestamp']}.")
    say(f"Audit {seal.reference}. The channel is not told of it from here.")
