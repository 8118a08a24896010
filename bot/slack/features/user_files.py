"""Users from a file: imported, or switched. The inbox keeps the file's id; the file is read after that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any

import structlog

from bot.domain.commands import Import, SetFlag
from bot.domain.roles import Right
from bot.domain.user_files.csv_format import BOM
from bot.domain.user_files.upload import LineError
from bot.domain.user_files.user_file import error_lines
from bot.errors import InvalidInput, SlackError
from bot.service.access.authorise import authorise
from bot.service.access.principals import identify
from bot.service.changes.user_files import MOST_BYTES, taken, wrong
from bot.slack.api.client import ask
from bot.slack.api.files import download, upload
from bot.slack.features.context import (
    Aside,
    Check,
    CommandHandler,
    Handler,
    Room,
    Wrong,
    open_form,
)
from bot.slack.features.propose import proposed
from bot.slack.payloads import Inbound
from bot.slack.views.forms import user_files as forms
from bot.slack.views.mrkdwn import escape

LONGEST = 60.0  # seconds for the bytes of one file
AT_ONCE = 2_000_000  # bytes of a file that is looked into while the form waits
COMES = "All of them come in a file to you alone."
AGAIN = "Pick another file, or tick “Skip the wrong rows”."
SENT_TO_YOU = "All of them are in a file that only you were sent."

log = structlog.get_logger(__name__)


async def _ask_for_file(room: Room, inbound: Inbound, asked: Import | SetFlag) -> str:
    await authorise(room.ctx, inbound.actor, Right.PROPOSE, asked.customer)
    name = await room.ctx.store.read(lambda tx: tx.customer_name(asked.customer))
    view = forms.build(asked, name, inbound.channel)
    await open_form(room, inbound, view, "Give the command again.")
    return ""


async def _sent(room: Room, inbound: Inbound) -> Aside:
    asked = _asked(inbound)
    await authorise(room.ctx, inbound.actor, Right.PROPOSE, asked.customer)

    async def work() -> str:
        async with room.files:
            return await _read(room, inbound, asked)

    return Aside(work)


async def _check(room: Room, inbound: Inbound) -> Wrong:
    """Look into a small file while the form is still open; what cannot be told in time comes as a message."""
    asked, actor = _asked(inbound), inbound.actor
    caller = await identify(room.ctx, actor, asked.customer)
    allowed = caller.decide(Right.PROPOSE, asked.customer, room.ctx.clock.now()).allowed
    if not allowed or room.files.locked():
        return Wrong()
    async with room.files:
        try:
            told = await _attached(room, inbound)
            if int(told.get("size") or 0) > AT_ONCE:
                return Wrong()
            data, name = await _content(room, told)
            skip_wrong = forms.skips_wrong(inbound.values)
            found = await taken(room.ctx, data, name, asked, skip_wrong=skip_wrong)
        except InvalidInput as error:
            return Wrong({"file": str(error)})
    if found.wish is not None:
        return Wrong()
    errors, about = found.errors, _about(name, asked)
    words = f"{wrong(errors)} {COMES} {AGAIN}"
    return Wrong({"file": words}, partial(_tell_errors, room, inbound, errors, about))


async def _read(room: Room, inbound: Inbound, asked: Import | SetFlag) -> str:
    """Read the file and propose what it asks for; nothing while a row is wrong, unless these are skipped."""
    data, name = await _content(room, await _attached(room, inbound))
    skip_wrong = forms.skips_wrong(inbound.values)
    found = await taken(room.ctx, data, name, asked, skip_wrong=skip_wrong)
    about = _about(name, asked)
    sent = await _tell_errors(room, inbound, found.errors, about) if found.errors else ""
    if found.wish is None:
        raise InvalidInput(f"{wrong(found.errors)} {sent}".rstrip())
    words = await proposed(room, inbound, found.wish, beside=found.beside)
    skipped = f"{len(found.errors):,} wrong rows are left out. {sent}" if found.errors else ""
    return " ".join(filter(None, (words, skipped, escape(found.note))))


def _asked(inbound: Inbound) -> Import | SetFlag:
    reason = " ".join(str(inbound.values.get("reason", "")).split())[: forms.LONGEST_REASON]
    return forms.asked_for(inbound.action, inbound.value, reason)


def _about(name: str, asked: Import | SetFlag) -> str:
    return f"Wrong rows of “{escape(name)}” for customer {asked.customer}."


async def _attached(room: Room, inbound: Inbound) -> Mapping[str, Any]:
    """Return what Slack tells of the file that was attached. Raises InvalidInput, SlackError."""
    ids = inbound.values.get("file", [])
    if len(ids) != 1 or isinstance(ids, str):
        raise InvalidInput("One file is needed.")
    told: Mapping[str, Any] = (await ask(room.client.files_info(file=ids[0]))).get("file") or {}
    owner = await room.ctx.directory.person(str(told.get("user") or ""))
    sender = await room.ctx.directory.person(inbound.user)
    if owner.ids.isdisjoint(sender.ids):
        raise InvalidInput("This file is not yours: attach your own.")
    return {**told, "id": ids[0]}


async def _content(room: Room, told: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return the content and the name of a file. Raises InvalidInput, SlackError."""
    data = await download(room.client, told["id"], most_bytes=MOST_BYTES, seconds=LONGEST)
    return data, str(told.get("name") or "file")


async def _tell_errors(
    room: Room, inbound: Inbound, errors: Sequence[LineError], about: str
) -> str:
    """Send the wrong rows, line by line, to the asker alone; return the sentence that says so."""

    async def chunks() -> AsyncIterator[bytes]:
        yield (BOM + "".join(error_lines(errors))).encode()

    try:
        await upload(
            room.client,
            channel=inbound.user,
            name="wrong-rows.csv",
            title="Wrong rows",
            chunks=chunks(),
            comment=about,
        )
    except (SlackError, OSError) as error:
        log.warning("bulk.errors_not_sent", why=str(error))
        return "The file with all of them could not be sent."
    return SENT_TO_YOU


COMMANDS: dict[type, CommandHandler] = {Import: _ask_for_file, SetFlag: _ask_for_file}
CLICKS: dict[str, Handler] = {}
FORMS: dict[str, Handler] = {forms.IMPORT: _sent, forms.SWITCH: _sent}
CHECKS: dict[str, Check] = dict.fromkeys((forms.IMPORT, forms.SWITCH), _check)
