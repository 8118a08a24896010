"""Users deleted in bulk: a form asks for the customer number first."""

from __future__ import annotations

from bot.domain.actions import PurgeUsers
from bot.domain.change_request import Proposal, command_text
from bot.domain.commands import PurgeUsersCommand
from bot.domain.roles import Right
from bot.errors import InvalidInput
from bot.grammar import parse
from bot.service.access.authorise import authorise
from bot.slack.features.context import (
    ActionHandler,
    CommandHandler,
    FeatureContext,
    ViewHandler,
    open_form,
)
from bot.slack.features.propose import proposed
from bot.slack.payloads import TypedPayload, ViewPayload
from bot.slack.views.forms import purge_users as form
from bot.slack.views.forms.inputs import WHO


async def _ask(deps: FeatureContext, payload: TypedPayload, asked: PurgeUsersCommand) -> str:
    await authorise(deps.ctx, payload.actor, Right.ADMINISTER, asked.customer)
    name = await deps.ctx.store.read(lambda tx: tx.customer_name(asked.customer))
    text = command_text(_wish(asked, ""))
    _read(text, asked)
    view = form.purge_form(asked, name, payload.channel, text)
    await open_form(deps, payload, view, "Give the command again.")
    return ""


async def _proposed(deps: FeatureContext, payload: ViewPayload) -> str:
    asked = parse(str(payload.values[WHO]))
    if not isinstance(asked, PurgeUsersCommand) or asked.customer != payload.value:
        raise InvalidInput("This form was not understood. Nothing was proposed.")
    return await proposed(deps, payload, _wish(asked, payload.text))


def _wish(asked: PurgeUsersCommand, reason: str) -> Proposal:
    return Proposal(asked.customer, PurgeUsers(), asked.filters, reason)


def _read(text: str, asked: PurgeUsersCommand) -> None:
    """Raise InvalidInput where the command that the form carries would not be read as it was meant."""
    again = parse(text)
    if not isinstance(again, PurgeUsersCommand) or again.filters != asked.filters:
        raise InvalidInput("These filters cannot be carried by a form. Use fewer, plainer groups.")


COMMANDS: dict[type, CommandHandler] = {PurgeUsersCommand: _ask}
CLICKS: dict[str, ActionHandler] = {}
FORMS: dict[str, ViewHandler] = {form.PURGE: _proposed}
