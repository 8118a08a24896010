"""The commands that a person may use, and the page of one of them."""

from __future__ import annotations

from bot.domain.commands import HelpCommand
from bot.domain.roles import Right
from bot.grammar import MORE, help_for
from bot.service.queries import history
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.features.change_form import open_form
from bot.slack.payloads import CommandPayload, TypedPayload
from bot.slack.views import help as view
from bot.slack.views.texts import change_form

feature = Feature()


@feature.command(HelpCommand)
async def show_help(deps: FeatureContext, payload: TypedPayload, command: HelpCommand) -> str:
    """Show help, to each person what they may use; `/continuity` alone opens the form.

    A mention has no trigger for a form, and who may propose nothing reads the help.
    """
    rights = await history.rights_anywhere(deps.ctx, payload.actor)
    if isinstance(payload, CommandPayload) and not payload.text.strip():
        if Right.PROPOSE in rights:
            return await open_form(deps, payload, too_late=change_form.TOO_LATE)
        return view.help_overview(rights)
    if command.topic is None:
        return view.help_overview(rights)
    if command.topic == MORE:
        return view.help_more(rights)
    page = help_for(command.topic)
    if not view.usable(page, rights):
        return view.refused(page)
    return view.help_page(page)
