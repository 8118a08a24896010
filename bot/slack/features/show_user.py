"""One user shown, with buttons that do what typing the command would."""

from __future__ import annotations

from typing import NoReturn

from bot.domain.commands import FlagCommand, ShowUserCommand
from bot.domain.scope import Flag, Users, parse_address, parse_customer
from bot.errors import InvalidInput
from bot.service.access.refusals import refuse
from bot.service.context import RefusalKind
from bot.service.queries.show_user import show_user
from bot.slack.features import edit_user, token
from bot.slack.features.context import CommandHandler, FeatureContext, Handler, Reply
from bot.slack.features.propose import proposed
from bot.slack.payloads import Inbound
from bot.slack.views.show_user import one_user


async def _show(deps: FeatureContext, inbound: Inbound, asked: ShowUserCommand) -> Reply:
    return one_user(await show_user(deps.ctx, inbound.actor, asked.customer, asked.address))


async def _switch(deps: FeatureContext, inbound: Inbound) -> Reply:
    customer, address, word = await _about(deps, inbound)
    if word not in ("on", "off"):
        await _forged(deps, inbound)
    flag = Flag(inbound.action.removeprefix("user_"))
    request = FlagCommand(flag, word == "on", customer, Users((address,)))
    return await proposed(deps, inbound, request)


async def _edit(deps: FeatureContext, inbound: Inbound) -> Reply:
    customer, address, _ = await _about(deps, inbound)
    return await edit_user.open_edit(deps, inbound, customer, address)


async def _token(deps: FeatureContext, inbound: Inbound) -> Reply:
    customer, address, _ = await _about(deps, inbound)
    return await token.ask_token(deps, inbound, customer, address)


async def _about(deps: FeatureContext, inbound: Inbound) -> tuple[str, str, str]:
    """Return customer, address and the rest of a button's value, which anybody can forge."""
    customer, _, rest = inbound.value.partition(" ")
    address, _, word = rest.partition(" ")
    try:
        return parse_customer(customer), parse_address(address), word
    except InvalidInput:
        await _forged(deps, inbound)


async def _forged(deps: FeatureContext, inbound: Inbound) -> NoReturn:
    sentence = "This button is not known here."
    await refuse(deps.ctx, inbound.actor, "", "", sentence, kind=RefusalKind.FOREIGN)


COMMANDS: dict[type, CommandHandler] = {ShowUserCommand: _show}
CLICKS: dict[str, Handler] = {
    "user_failover": _switch,
    "user_access": _switch,
    "user_edit": _edit,
    "user_token": _token,
}
FORMS: dict[str, Handler] = {}
