"""The commands that a person may use, and the page of one of them."""

from __future__ import annotations

from bot.domain.commands import HelpCommand
from bot.grammar import MORE, help_for
from bot.service.queries import history
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import TypedPayload
from bot.slack.views import help as view

feature = Feature()


@feature.command(HelpCommand)
async def show_help(deps: FeatureContext, payload: TypedPayload, command: HelpCommand) -> str:
    """Show help, to each person what they may use."""
    rights = await history.rights_anywhere(deps.ctx, payload.actor)
    if command.topic is None:
        return view.help_overview(rights)
    if command.topic == MORE:
        return view.help_more(rights)
    page = help_for(command.topic)
    if not view.usable(page, rights):
        return view.refused(page)
    return view.help_page(page)
