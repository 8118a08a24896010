"""Failover and access: switched for typed users and groups, or for the users of a file."""

from __future__ import annotations

from bot.domain.commands import FlagCommand
from bot.slack.features.base import user_files
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import BackgroundJob, Feature, SubmissionError
from bot.slack.payloads import TypedPayload, ViewPayload
from bot.slack.views.modals.flag import FlagFileModal

feature = Feature()


@feature.command(FlagCommand)
async def flag(deps: FeatureContext, payload: TypedPayload, command: FlagCommand) -> str:
    """Propose the change, or ask for the file with the users."""
    if command.from_file:
        return await user_files.ask_for_file(deps, payload, command, FlagFileModal)
    return await deps.propose(payload, command)


@feature.view(FlagFileModal)
async def submit(deps: FeatureContext, payload: ViewPayload) -> BackgroundJob:
    """Propose the change for the users of the file."""
    return await user_files.propose_later(deps, payload, FlagFileModal.command_of(payload))


@feature.check(FlagFileModal)
async def check(deps: FeatureContext, payload: ViewPayload) -> SubmissionError:
    """Find wrong rows while the modal is open."""
    return await user_files.check(deps, payload, FlagFileModal.command_of(payload))
