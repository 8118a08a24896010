"""A report on an incident, posted where it is asked for, and messages that people add to it."""

from __future__ import annotations

import asyncio
import io

from bot.domain.commands import ReportCommand
from bot.errors import BotError, InvalidInput, SlackError
from bot.ports import MessageKind, message_key
from bot.service.incident_report.messages import ChosenMessage, add_message, remove_message
from bot.service.incident_report.read import read_report, record_report
from bot.service.incident_report.request import ReportRequest, request_report
from bot.slack.api.files import send, share
from bot.slack.documents.report_files import make_files
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import BackgroundJob, Feature, Reply
from bot.slack.payloads import ShortcutPayload, TypedPayload
from bot.slack.views import incident_report as view
from bot.slack.views.card_link import message_url
from bot.slack.views.texts import incident_report as texts

MAX_UPLOAD_SECONDS = 600.0

feature = Feature()


@feature.command(ReportCommand)
async def report(deps: FeatureContext, payload: TypedPayload, command: ReportCommand) -> Reply:
    """Check the rights, then make the files and post them outside the worker pool."""
    request = await request_report(deps.ctx, payload.actor, command)
    if deps.reports.locked():
        raise InvalidInput(texts.RUNNING)

    async def work() -> str:
        async with deps.reports:
            return await _post(deps, request, payload.reply_target.thread_ts)

    return BackgroundJob(work)


@feature.shortcut("report_add")
async def add(deps: FeatureContext, payload: ShortcutPayload) -> str:
    """Add the message below which it was chosen."""
    message, new = await add_message(deps.ctx, payload.actor, _chosen(deps, payload))
    return view.added(message) if new else texts.ADDED_ALREADY


@feature.shortcut("report_remove")
async def remove(deps: FeatureContext, payload: ShortcutPayload) -> str:
    """Remove the message below which it was chosen."""
    return view.removed(await remove_message(deps.ctx, payload.actor, _chosen(deps, payload)))


def _chosen(deps: FeatureContext, payload: ShortcutPayload) -> ChosenMessage:
    link = message_url(payload.channel, payload.message_ts, deps.url) if deps.url else ""
    ids = payload.message_ts, payload.author, payload.text, link
    return ChosenMessage(*ids, thread_ts=payload.thread_ts)


async def _post(deps: FeatureContext, request: ReportRequest, thread_ts: str) -> str:
    """Post the files in one message; return what the asker alone reads. Raises BotError.

    That they are made is recorded first, with their SHA-256: nothing leaves that is not recorded.
    """
    ctx = deps.ctx
    found = await read_report(ctx.store, request)
    if not found.entries and not found.messages:
        return texts.NONE
    now = ctx.clock.now()
    files = await make_files(found, f"{view.file_name(found)}-{now:%Y%m%d-%H%M%S}", now)
    digests = {one.name: one.digest for one in files}
    entry = await record_report(ctx.store, ctx.clock, found, digests)
    thread = thread_ts or await _card_thread(deps, request)
    try:
        async with asyncio.timeout(MAX_UPLOAD_SECONDS):
            titles = {
                await send(deps.client, name=one.name, chunks=io.BytesIO(one.content)): one.name
                for one in files
            }
            comment = view.message(found, digests, entry)
            await share(deps.client, titles, request.channel, comment, thread or None)
    except (SlackError, OSError, TimeoutError) as error:
        raise BotError(view.not_posted(error)) from None
    return ""


async def _card_thread(deps: FeatureContext, request: ReportRequest) -> str:
    """Return the thread of the change's card where that is in this channel, else ``""``."""
    change_id = request.audit.where.change_id
    if not change_id:
        return ""
    key = message_key(MessageKind.CARD, change_id)
    card = await deps.ctx.store.read(lambda tx: tx.message(key))
    return card.ts or "" if card and card.channel == request.channel else ""
