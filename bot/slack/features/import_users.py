"""Users updated from a file."""

from __future__ import annotations

from bot.domain.change_commands import ImportUsersCommand
from bot.slack.button_values import FormButton
from bot.slack.features.base import user_files
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import BackgroundJob, Feature, SubmissionError
from bot.slack.payloads import ActionPayload, TypedPayload, ViewPayload
from bot.slack.views.modals.import_users import ImportUsersModal

feature = Feature()


@feature.command(ImportUsersCommand)
async def import_users(
    deps: FeatureContext, payload: TypedPayload, command: ImportUsersCommand
) -> str:
    """Ask for the file."""
    return await user_files.ask_for_file(deps, payload, command, ImportUsersModal)


@feature.view(ImportUsersModal)
async def submit(deps: FeatureContext, payload: ViewPayload) -> BackgroundJob:
    """Propose the import."""
    return await user_files.propose_later(deps, payload, ImportUsersModal.command_of(payload))


@feature.again(ImportUsersModal)
async def send_again(
    deps: FeatureContext, payload: ActionPayload, form: FormButton
) -> BackgroundJob:
    """Propose what the file of a refused form asks for."""
    return await user_files.send_again(deps, payload, form, ImportUsersModal.command_of)


@feature.check(ImportUsersModal)
async def check(deps: FeatureContext, payload: ViewPayload) -> SubmissionError:
    """Find wrong rows while the modal is open."""
    return await user_files.check(deps, payload, ImportUsersModal.command_of(payload))
