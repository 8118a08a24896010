"""`exec "user delete …"`: the request to delete one user."""

from __future__ import annotations

from bot.domain.actions import DeleteUser
from bot.domain.actor import Actor
from bot.domain.change_commands import DeleteUserCommand
from bot.domain.change_request import Proposal
from bot.domain.scope import Users
from bot.service.context import Context
from bot.terminal.exec.arguments import ExecArguments
from bot.terminal.exec.user_files import PreparedRequest


async def delete_user(
    _: Context, __: Actor, arguments: ExecArguments, command: DeleteUserCommand
) -> PreparedRequest:
    """Return the request. Raises InvalidInput for `--yes`."""
    arguments.refuse_yes()
    scope = Users((command.address,))
    return PreparedRequest(Proposal(command.customer, DeleteUser(), scope, command.reason))
