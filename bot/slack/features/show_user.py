"""One user shown, with buttons that do what typing the command would."""

from __future__ import annotations

from bot.domain.change_commands import EditUserCommand, FlagCommand, TokenCommand
from bot.domain.commands import ShowUserCommand
from bot.domain.identifiers import parse_address, parse_customer
from bot.domain.scope import Flag, Users
from bot.errors import InvalidInput
from bot.service.queries.show_user import show_user as read_user
from bot.slack.button_values import UserButton
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.features.edit_user import edit_user
from bot.slack.features.token import token
from bot.slack.payloads import ActionPayload, TypedPayload
from bot.slack.views.mrkdwn import BlockReply
from bot.slack.views.show_user import user_details
from bot.slack.views.texts.forms import UNKNOWN_BUTTON

feature = Feature()


@feature.command(ShowUserCommand)
async def show_user(
    deps: FeatureContext, payload: TypedPayload, command: ShowUserCommand
) -> BlockReply:
    """Show fields, flags and the last changes."""
    return user_details(await read_user(deps.ctx, payload.actor, command.customer, command.address))


@feature.action(*(f"user_{flag}" for flag in Flag))
async def switch(deps: FeatureContext, payload: ActionPayload) -> str:
    """Propose to switch a flag of the user."""
    button = await _button(deps, payload)
    if button.direction not in ("on", "off"):
        await deps.refuse_foreign(payload, UNKNOWN_BUTTON)
    flag = Flag(payload.action.removeprefix("user_"))
    users = Users((button.address,))
    return await deps.propose(
        payload, FlagCommand(flag, button.direction == "on", button.customer, users)
    )


@feature.action("user_edit")
async def edit(deps: FeatureContext, payload: ActionPayload) -> str:
    """Open the modal with the user's fields."""
    button = await _button(deps, payload)
    return await edit_user(deps, payload, EditUserCommand(button.customer, button.address))


@feature.action("user_token")
async def propose_token(deps: FeatureContext, payload: ActionPayload) -> str:
    """Propose a token for the user."""
    button = await _button(deps, payload)
    return await token(deps, payload, TokenCommand(button.customer, button.address))


async def _button(deps: FeatureContext, payload: ActionPayload) -> UserButton:
    """Return what the button is about, checked. Raises NotAllowed, recorded, where it is forged."""
    button = UserButton.parse(payload.value)
    try:
        parse_customer(button.customer)
        parse_address(button.address)
    except InvalidInput:
        await deps.refuse_foreign(payload, UNKNOWN_BUTTON)
    return button
