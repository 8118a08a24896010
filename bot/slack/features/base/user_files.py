"""Users from a file, for the features that take one. The inbox holds the id of the file only."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog

from bot.domain.change_commands import FlagCommand, ImportUsersCommand
from bot.domain.limits import MAX_FILE_BYTES
from bot.domain.user_files.csv_format import BOM
from bot.domain.user_files.upload import LineError
from bot.domain.user_files.user_file import error_lines
from bot.errors import InvalidInput, SlackError
from bot.service.access.principals import identify
from bot.service.changes.time_limit import time_limit_of
from bot.service.changes.user_files import (
    FileResult,
    WrongRows,
    read_user_file,
    summarise_errors,
    wrong_rows,
)
from bot.slack.api.client import call_slack
from bot.slack.api.files import download, upload
from bot.slack.button_values import FormButton
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import BackgroundJob, SubmissionError
from bot.slack.payloads import ActionPayload, TypedPayload, ViewPayload
from bot.slack.views.modals.flag import FlagFileModal
from bot.slack.views.modals.import_users import ImportUsersModal
from bot.slack.views.modals.user_files import FILE, skips_wrong
from bot.slack.views.mrkdwn import escape
from bot.slack.views.texts import user_files as texts

MAX_DOWNLOAD_SECONDS = 60.0
# Of a file that is read while the modal waits.
MAX_CHECKED_BYTES = 2_000_000

FileCommand = ImportUsersCommand | FlagCommand

log = structlog.get_logger(__name__)


async def ask_for_file(
    deps: FeatureContext,
    payload: TypedPayload,
    command: Any,
    modal: type[ImportUsersModal] | type[FlagFileModal],
) -> str:
    """Open the modal of a command, for whoever has its right."""
    await deps.authorise(payload, command)
    view = modal(command, await deps.customer_name(command.customer), payload.channel).build()
    await deps.open_modal(payload, view)
    return ""


async def propose_later(
    deps: FeatureContext, payload: ViewPayload, command: FileCommand
) -> BackgroundJob:
    """Return the job that reads the file and proposes what it asks for. Raises NotAllowed."""
    await deps.authorise(payload, command)

    async def work() -> str:
        async with deps.files:
            return await _propose(deps, payload, command)

    return BackgroundJob(work)


async def send_again(
    deps: FeatureContext,
    payload: ActionPayload,
    form: FormButton,
    command_of: Callable[[ViewPayload], FileCommand],
) -> BackgroundJob:
    """Do with the file of a refused form what its submission does. Raises NotAllowed."""
    again = ViewPayload(
        key=payload.key,
        user=payload.user,
        team=payload.team,
        app=payload.app,
        channel=payload.channel,
        form=form.form,
        action=form.action,
        value=form.about,
        values=form.values,
    )
    return await propose_later(deps, again, command_of(again))


async def check(
    deps: FeatureContext, payload: ViewPayload, command: FileCommand
) -> SubmissionError:
    """Check a small file while the modal is open; a larger one is checked by the handler alone."""
    principal = await identify(deps.ctx, payload.actor, command.customer)
    decision = principal.decide(command.right, command.customer, deps.ctx.clock.now())
    if not decision.allowed or deps.files.locked():
        return SubmissionError()
    async with deps.files:
        try:
            file = await _attached(deps, payload)
            if int(file.get("size") or 0) > MAX_CHECKED_BYTES:
                return SubmissionError()
            found, name = await _read(deps, payload, command, file)
        except InvalidInput as error:
            return SubmissionError({FILE: str(error)})
    if found.request is not None:
        return SubmissionError()
    words = f"{summarise_errors(found.errors)} {texts.COMING} {texts.PICK_ANOTHER}"
    send = partial(_send_errors, deps, payload, found.errors, _comment(name, command))
    return SubmissionError({FILE: words}, send)


async def _propose(deps: FeatureContext, payload: ViewPayload, command: FileCommand) -> str:
    """Propose what the file asks for; nothing while a row is wrong, unless these are skipped."""
    found, name = await _read(deps, payload, command, await _attached(deps, payload))
    sent = skipped = ""
    if found.errors:
        sent = await _send_errors(deps, payload, found.errors, _comment(name, command))
        skipped = f"{texts.SKIPPED.format(wrong_rows(found.errors))} {sent}"
    if found.request is None:
        words = f"{summarise_errors(found.errors)} {sent}".rstrip()
        raise WrongRows(words, wrong_rows(found.errors), found.rest)
    words = await deps.propose(payload, found.request, found.extra_writes)
    return " ".join(filter(None, (words, skipped, escape(found.note))))


def _comment(name: str, command: FileCommand) -> str:
    return texts.WRONG_ROWS_OF.format(file=escape(name), customer=command.customer)


async def _attached(deps: FeatureContext, payload: ViewPayload) -> Mapping[str, Any]:
    """Return Slack's description of the attached file. Raises InvalidInput, SlackError."""
    ids = payload.values.get(FILE, [])
    if len(ids) != 1 or isinstance(ids, str):
        raise InvalidInput(texts.ONE_FILE)
    answer = await call_slack(deps.client.files_info(file=ids[0]))
    file: Mapping[str, Any] = answer.get("file") or {}
    owner = await deps.ctx.directory.person(str(file.get("user") or ""))
    sender = await deps.ctx.directory.person(payload.user)
    if owner.ids.isdisjoint(sender.ids):
        raise InvalidInput(texts.NOT_YOURS)
    return {**file, "id": ids[0]}


async def _read(
    deps: FeatureContext, payload: ViewPayload, command: FileCommand, file: Mapping[str, Any]
) -> tuple[FileResult, str]:
    """Return the content of a file, parsed, and its name. Raises InvalidInput, SlackError."""
    data = await download(
        deps.client, file["id"], max_bytes=MAX_FILE_BYTES, seconds=MAX_DOWNLOAD_SECONDS
    )
    name, skip_wrong = str(file.get("name") or "file"), skips_wrong(payload.values)
    limit = None
    if isinstance(command, FlagCommand):
        limit = await time_limit_of(deps.ctx, payload.actor, command)
    found = await read_user_file(
        deps.ctx, data, name, command, skip_wrong=skip_wrong, time_limit=limit
    )
    return found, name


async def _send_errors(
    deps: FeatureContext, payload: ViewPayload, errors: Sequence[LineError], comment: str
) -> str:
    """Send the wrong rows, line by line, to the person alone; return the sentence that says so."""
    try:
        await upload(
            deps.client,
            channel=payload.user,
            name="wrong-rows.csv",
            title=texts.WRONG_ROWS_TITLE,
            chunks=io.BytesIO((BOM + "".join(error_lines(errors))).encode()),
            comment=comment,
        )
    except (SlackError, OSError) as error:
        log.warning("user_file.errors_not_sent", why=str(error))
        return texts.NOT_SENT
    return texts.SENT
