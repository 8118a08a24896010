"""`exec "purge …"`: the request to delete users in bulk."""

from __future__ import annotations

from bot.domain.actions import PurgeUsers
from bot.domain.actor import Actor
from bot.domain.change_commands import PurgeUsersCommand
from bot.domain.change_request import Proposal
from bot.errors import InvalidInput
from bot.service.context import Context
from bot.terminal.exec.arguments import ExecArguments
from bot.terminal.exec.user_files import PreparedRequest


async def purge_users(
    _: Context, __: Actor, arguments: ExecArguments, command: PurgeUsersCommand
) -> PreparedRequest:
    """Return the request. Raises InvalidInput for `--yes`, and without `--export`."""
    arguments.refuse_yes()
    if not arguments.export:
        raise InvalidInput(
            "Before users are deleted their data are written to a file. Name a new one: --export FILE."
        )
    return PreparedRequest(
        Proposal(command.customer, PurgeUsers(), command.filters, command.reason)
    )
