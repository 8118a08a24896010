"""`exec … --emergency`: the customer's number is typed once more, or given by --customer-again."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.change_commands import ReviewCommand
from bot.domain.commands import Command
from bot.errors import InvalidInput
from bot.service.changes.emergency.command import REASON_MISSING
from bot.service.changes.emergency.review import review
from bot.service.context import Context
from bot.terminal.exec.arguments import ExecArguments


def is_emergency(command: Command) -> bool:
    """Whether a commander decides it alone."""
    return bool(getattr(command, "emergency", False))


def check_emergency(arguments: ExecArguments, command: Command) -> None:
    """Raise InvalidInput for options that do not go with an emergency, or with nothing else."""
    again = arguments.customer_again
    if not is_emergency(command):
        if again:
            raise InvalidInput("--customer-again goes with --emergency alone.")
        return
    customer = getattr(command, "customer", "")
    if arguments.yes:
        raise InvalidInput(
            "In an emergency the number is typed once more, so --yes does not go with it. Without a "
            f"terminal: --customer-again {customer}."
        )
    if arguments.approvers:
        raise InvalidInput("An emergency needs no approval: leave out --approved-by.")
    if again and again.upper() != customer:
        raise InvalidInput(f"--customer-again {again[:60]} is not the customer of the command.")
    if not getattr(command, "reason", "").strip():
        raise InvalidInput(REASON_MISSING)


async def review_at_terminal(ctx: Context, actor: Actor, command: ReviewCommand) -> str:
    """Review in the name of a person, who is told; return what is said of it."""
    await review(ctx, actor, command.change_id, command.state, command.reason)
    return (
        f"{command.change_id}: {command.state}. It is recorded as said at {actor.terminal}, and "
        f"{actor.user} is told directly as soon as Slack answers and the bot runs."
    )
