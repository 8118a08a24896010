"""`exec "password …"`: ask for a token and a password with hidden input, and set the password."""

from __future__ import annotations

import click

from bot.domain.actor import Actor
from bot.domain.change_commands import PasswordCommand
from bot.domain.password import check_password, check_token
from bot.domain.secret import Secret
from bot.service.changes.password import may_set, set_password
from bot.service.context import Context
from bot.terminal.exec.step_runner import StepRunner
from bot.terminal.output import print_text


def prompt_password(
    runner: StepRunner, ctx: Context, actor: Actor, command: PasswordCommand
) -> None:
    """Check the right, then prompt, then set it and print the receipt. Raises BotError."""
    address = command.address
    runner.run(may_set(ctx, actor))
    token = Secret(check_token(click.prompt("Token", hide_input=True)))
    typed = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    password = Secret(check_password(typed))
    seal = runner.run(set_password(ctx, actor, address, token, password))
    receipt = seal.record.detail
    print_text(
        f"The password of {address} was set. API id {receipt['api_id']} at {receipt['api_timestamp']}."
    )
    print_text(f"Audit {seal.reference}. The channel is not told of it from here.")
