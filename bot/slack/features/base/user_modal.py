"""A modal about one user: opened at once, filled when the API has answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from bot.domain.change_commands import DeleteUserCommand, EditUserCommand
from bot.errors import ContinuityError, InvalidInput
from bot.ports import UserState
from bot.service.queries.field_choices import field_choices
from bot.service.queries.read_user import read_user
from bot.slack.api.cut_off import tell_before_end
from bot.slack.api.modals import fill, loading
from bot.slack.features.base.context import FeatureContext
from bot.slack.payloads import ActionPayload, TypedPayload
from bot.slack.views.drill import labelled_modal
from bot.slack.views.modals.delete_user import DeleteUserModal
from bot.slack.views.modals.edit_user import EditUserModal
from bot.slack.views.texts import forms as texts


async def open_with_user(
    deps: FeatureContext,
    payload: TypedPayload | ActionPayload,
    command: EditUserCommand | DeleteUserCommand,
    title: str,
    modal: Callable[[str, str, str, UserState, str], EditUserModal | DeleteUserModal],
) -> str:
    """Open the modal for whoever has the right of the command; it also shows errors."""
    authorization = await deps.authorise(payload, command)
    drill = deps.ctx.is_drill(command.customer)
    first = loading(title)
    view_id = await deps.open_modal(payload, labelled_modal(first) if drill else first)
    try:
        user = await read_user(deps.ctx, authorization, command.customer, command.address)
    except asyncio.CancelledError:
        await tell_before_end(fill(deps.client, view_id, loading(title, texts.INTERRUPTED)))
        raise
    except (ContinuityError, InvalidInput) as error:
        view = loading(title, texts.NOT_CHANGED.format(problem=error))
    else:
        name = await deps.customer_name(command.customer)
        filled = modal(command.customer, name, payload.channel, user, command.reason)
        if isinstance(filled, EditUserModal):
            choices = await field_choices(deps.ctx, command.customer)
            filled = replace(filled, choices=choices)
        view = filled.build()
    await fill(deps.client, view_id, labelled_modal(view) if drill else view)
    return ""
