"""Users from a file: imported, or switched. The inbox keeps the file's id; the file is read after that."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import structlog

from bot.domain.commands import FlagCommand, ImportUsersCommand
from bot.domain.limits import MAX_FILE_BYTES, MAX_REASON_CHARS
from bot.domain.roles import Right
from bot.domain.user_files.csv_format import BOM
from bot.domain.user_files.upload import LineError
from bot.domain.user_files.user_file import error_lines
from bot.errors import InvalidInput, SlackError
from bot.service.access.authorise import authorise
from bot.service.access.principals import identify
from bot.service.changes.user_files import read_user_file, summarise_errors
from bot.slack.api.client import call_slack
from bot.slack.api.files import download, upload
from bot.slack.features.context import (
    ActionHandler,
    BackgroundJob,
    Check,
    CommandHandler,
    FeatureContext,
    SubmissionError,
    ViewHandler,
    open_form,
)
from bot.slack.features.propose import proposed
from bot.slack.payloads import TypedPayload, ViewPayload
from bot.slack.views.forms import user_files as forms
from bot.slack.views.mrkdwn import escape

LONGEST = 60.0  # seconds for the bytes of one file
AT_ONCE = 2_000_000  # bytes of a file that is looked into while the form waits
COMES = "All of them come in a file to you alone."
AGAIN = "Pick another file, or tick “Skip the wrong rows”."
SENT_TO_YOU = "All of them are in a file that only you were sent."

log = structlog.get_logger(__name__)


async def _ask_for_file(
    deps: FeatureContext, payload: TypedPayload, asked: ImportUsersCommand | FlagCommand
) -> str:
    await authorise(deps.ctx, payload.actor, Right.PROPOSE, asked.customer)
    name = await deps.ctx.store.read(lambda tx: tx.customer_name(asked.customer))
    view = forms.build(asked, name, payload.channel)
    await open_form(deps, payload, view, "Give the command again.")
    return ""


async def _sent(deps: FeatureContext, payload: ViewPayload) -> BackgroundJob:
    asked = _asked(payload)
    await authorise(deps.ctx, payload.actor, Right.PROPOSE, asked.customer)

    async def work() -> str:
        async with deps.files:
            return await _read(deps, payload, asked)

    return BackgroundJob(work)


async def _check(deps: FeatureContext, payload: ViewPayload) -> SubmissionError:
    """Look into a small file while the form is still open; what cannot be told in time comes as a message."""
    asked, actor = _asked(payload), payload.actor
    principal = await identify(deps.ctx, actor, asked.customer)
    allowed = principal.decide(Right.PROPOSE, asked.customer, deps.ctx.clock.now()).allowed
    if not allowed or deps.files.locked():
        return SubmissionError()
    async with deps.files:
        try:
            told = await _attached(deps, payload)
            if int(told.get("size") or 0) > AT_ONCE:
                return SubmissionError()
            data, name = await _content(deps, told)
            skip_wrong = forms.skips_wrong(payload.values)
            found = await read_user_file(deps.ctx, data, name, asked, skip_wrong=skip_wrong)
        except InvalidInput as error:
            return SubmissionError({"file": str(error)})
    if found.request is not None:
        return SubmissionError()
    errors, about = found.errors, _about(name, asked)
    words = f"{summarise_errors(errors)} {COMES} {AGAIN}"
    return SubmissionError({"file": words}, partial(_tell_errors, deps, payload, errors, about))


async def _read(
    deps: FeatureContext, payload: ViewPayload, asked: ImportUsersCommand | FlagCommand
) -> str:
    """Read the file and propose what it asks for; nothing while a row is wrong, unless these are skipped."""
    data, name = await _content(deps, await _attached(deps, payload))
    skip_wrong = forms.skips_wrong(payload.values)
    found = await read_user_file(deps.ctx, data, name, asked, skip_wrong=skip_wrong)
    about = _about(name, asked)
    sent = await _tell_errors(deps, payload, found.errors, about) if found.errors else ""
    if found.request is None:
        raise InvalidInput(f"{summarise_errors(found.errors)} {sent}".rstrip())
    words = await proposed(deps, payload, found.request, extra_writes=found.extra_writes)
    skipped = f"{len(found.errors):,} wrong rows are left out. {sent}" if found.errors else ""
    return " ".join(filter(None, (words, skipped, escape(found.note))))


def _asked(payload: ViewPayload) -> ImportUsersCommand | FlagCommand:
    reason = " ".join(str(payload.values.get("reason", "")).split())[:MAX_REASON_CHARS]
    return forms.asked_for(payload.action, payload.value, reason)


def _about(name: str, asked: ImportUsersCommand | FlagCommand) -> str:
    return f"Wrong rows of “{escape(name)}” for customer {asked.customer}."


async def _attached(deps: FeatureContext, payload: ViewPayload) -> Mapping[str, Any]:
    """Return what Slack tells of the file that was attached. Raises InvalidInput, SlackError."""
    ids = payload.values.get("file", [])
    if len(ids) != 1 or isinstance(ids, str):
        raise InvalidInput("One file is needed.")
    told: Mapping[str, Any] = (await call_slack(deps.client.files_info(file=ids[0]))).get(
        "file"
    ) or {}
    owner = await deps.ctx.directory.person(str(told.get("user") or ""))
    sender = await deps.ctx.directory.person(payload.user)
    if owner.ids.isdisjoint(sender.ids):
        raise InvalidInput("This file is not yours: attach your own.")
    return {**told, "id": ids[0]}


async def _content(deps: FeatureContext, told: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return the content and the name of a file. Raises InvalidInput, SlackError."""
    data = await download(deps.client, told["id"], max_bytes=MAX_FILE_BYTES, seconds=LONGEST)
    return data, str(told.get("name") or "file")


async def _tell_errors(
    deps: FeatureContext, payload: ViewPayload, errors: Sequence[LineError], about: str
) -> str:
    """Send the wrong rows, line by line, to the asker alone; return the sentence that says so."""
    try:
        await upload(
            deps.client,
            channel=payload.user,
            name="wrong-rows.csv",
            title="Wrong rows",
            chunks=io.BytesIO((BOM + "".join(error_lines(errors))).encode()),
            comment=about,
        )
    except (SlackError, OSError) as error:
        log.warning("bulk.errors_not_sent", why=str(error))
        return "The file with all of them could not be sent."
    return SENT_TO_YOU


COMMANDS: dict[type, CommandHandler] = {
    ImportUsersCommand: _ask_for_file,
    FlagCommand: _ask_for_file,
}
CLICKS: dict[str, ActionHandler] = {}
FORMS: dict[str, ViewHandler] = {forms.IMPORT: _sent, forms.SWITCH: _sent}
CHECKS: dict[str, Check] = dict.fromkeys((forms.IMPORT, forms.SWITCH), _check)
