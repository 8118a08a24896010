"""One user shown, with buttons that do what typing the command would."""

from __future__ import annotations

from typing import NoReturn

from bot.domain.commands import FlagCommand, ShowUserCommand
from bot.domain.scope import Flag, Users, parse_address, parse_customer
from bot.errors import InvalidInput
from bot.service.access.refusals import refuse
from bot.service.context import RefusalKind
from bot.service.queries.show_user import show_user
from bot.slack.button_values import UserButton
from bot.slack.features import edit_user, token
from bot.slack.features.context import (
    ActionHandler,
    CommandHandler,
    FeatureContext,
    Reply,
    ViewHandler,
)
from bot.slack.features.propose import proposed
from bot.slack.payloads import ActionPayload, TypedPayload
from bot.slack.views.show_user import user_details


async def _show(deps: FeatureContext, payload: TypedPayload, asked: ShowUserCommand) -> Reply:
    return user_details(await show_user(deps.ctx, payload.actor, asked.customer, asked.address))


async def _switch(deps: FeatureContext, payload: ActionPayload) -> Reply:
    button = await _button(deps, payload)
    if button.direction not in ("on", "off"):
        await _forged(deps, payload)
    flag = Flag(payload.action.removeprefix("user_"))
    users = Users((button.address,))
    request = FlagCommand(flag, button.direction == "on", button.customer, users)
    return await proposed(deps, payload, request)


async def _edit(deps: FeatureContext, payload: ActionPayload) -> Reply:
    button = await _button(deps, payload)
    return await edit_user.open_edit(deps, payload, button.customer, button.address)


async def _token(deps: FeatureContext, payload: ActionPayload) -> Reply:
    button = await _button(deps, payload)
    return await token.ask_token(deps, payload, button.customer, button.address)


async def _button(deps: FeatureContext, payload: ActionPayload) -> UserButton:
    """Return what the button is about, checked. Raises NotAllowed, recorded, where it is forged."""
    button = UserButton.parse(payload.value)
    try:
        parse_customer(button.customer)
        parse_address(button.address)
    except InvalidInput:
        await _forged(deps, payload)
    return button


async def _forged(deps: FeatureContext, payload: ActionPayload) -> NoReturn:
    sentence = "This button is not known here."
    await refuse(deps.ctx, payload.actor, "", "", sentence, kind=RefusalKind.FOREIGN)


COMMANDS: dict[type, CommandHandler] = {ShowUserCommand: _show}
CLICKS: dict[str, ActionHandler] = {
    "user_failover": _switch,
    "user_access": _switch,
    "user_edit": _edit,
    "user_token": _token,
}
FORMS: dict[str, ViewHandler] = {}
