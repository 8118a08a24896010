"""Failover and access: switched for typed users and groups, or for the users of a file; both in order."""

from __future__ import annotations

from bot.domain.change_commands import ActivateCommand, FlagCommand, RestoreCommand
from bot.service.changes.propose_again import propose_access
from bot.service.changes.time_limit import timed_request
from bot.slack.button_values import ChangeButton, FormButton
from bot.slack.features.base import user_files
from bot.slack.features.base.context import FeatureContext, bind_change
from bot.slack.features.base.feature import BackgroundJob, Feature, SubmissionError
from bot.slack.features.emergency import open_emergency
from bot.slack.payloads import ActionPayload, TypedPayload, ViewPayload
from bot.slack.views.modals.flag import FlagFileModal

feature = Feature()


@feature.command(FlagCommand)
async def flag(deps: FeatureContext, payload: TypedPayload, command: FlagCommand) -> str:
    """Propose the change, or ask for the file with the users."""
    if command.emergency:
        return await open_emergency(deps, payload, command)
    if command.from_file:
        return await user_files.ask_for_file(deps, payload, command, FlagFileModal)
    return await deps.propose(payload, await timed_request(deps.ctx, payload.actor, command))


@feature.command(ActivateCommand)
@feature.command(RestoreCommand)
async def of_steps(
    deps: FeatureContext, payload: TypedPayload, command: ActivateCommand | RestoreCommand
) -> str:
    """Propose what follows the manual's order."""
    if command.emergency:
        return await open_emergency(deps, payload, command)
    return await deps.propose(payload, await timed_request(deps.ctx, payload.actor, command))


@feature.action("flag_access_on")
async def access_on(deps: FeatureContext, payload: ActionPayload) -> str:
    """Propose access on for the users of a failover, below its outcome."""
    button = ChangeButton.parse(payload.value)
    bind_change(button.change)
    return await deps.proposed(*await propose_access(deps.ctx, payload.actor, button.change))


@feature.view(FlagFileModal)
async def submit(deps: FeatureContext, payload: ViewPayload) -> BackgroundJob:
    """Propose the change for the users of the file."""
    return await user_files.propose_later(deps, payload, FlagFileModal.command_of(payload))


@feature.again(FlagFileModal)
async def send_again(
    deps: FeatureContext, payload: ActionPayload, form: FormButton
) -> BackgroundJob:
    """Propose what the file of a refused form asks for."""
    return await user_files.send_again(deps, payload, form, FlagFileModal.command_of)


@feature.check(FlagFileModal)
async def check(deps: FeatureContext, payload: ViewPayload) -> SubmissionError:
    """Find wrong rows while the modal is open."""
    return await user_files.check(deps, payload, FlagFileModal.command_of(payload))
