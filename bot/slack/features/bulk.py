"""Users from a file: imported, or switched. The inbox keeps the file's id; the file is read after that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import structlog

from bot.domain.cells import BOM
from bot.domain.commands import Import, SetFlag
from bot.domain.roles import Right
from bot.domain.upload import LineError
from bot.domain.userfile import error_lines
from bot.errors import InvalidInput, SlackError
from bot.service.authorise import authorise
from bot.service.userfiles import MOST_BYTES, taken, wrong
from bot.slack.features.proposing import proposed
from bot.slack.features.room import Aside, CommandHandler, Handler, Room, open_form
from bot.slack.files import download, upload
from bot.slack.payloads import Inbound
from bot.slack.views import file_forms as forms
from bot.slack.views.words import escape
from bot.slack.web import ask

LONGEST = 60.0  # seconds for the bytes of one file
SENT_TO_YOU = "All of them are in a file that only you were sent."

log = structlog.get_logger(__name__)


async def _ask_for_file(room: Room, inbound: Inbound, asked: Import | SetFlag) -> str:
    await authorise(room.ctx, inbound.actor, Right.PROPOSE, asked.customer)
    name = await room.ctx.store.read(lambda tx: tx.customer_name(asked.customer))
    view = forms.build(asked, name, inbound.channel)
    await open_form(room, inbound, view, "Give the command again.")
    return ""


async def _sent(room: Room, inbound: Inbound) -> Aside:
    reason = " ".join(str(inbound.values.get("reason", "")).split())[: forms.LONGEST_REASON]
    asked = forms.asked_for(inbound.action, inbound.value, reason)
    await authorise(room.ctx, inbound.actor, Right.PROPOSE, asked.customer)

    async def work() -> str:
        async with room.files:
            return await _read(room, inbound, asked)

    return Aside(work)


async def _read(room: Room, inbound: Inbound, asked: Import | SetFlag) -> str:
    """Read the file and propose what it asks for; nothing while a row is wrong, unless these are skipped."""
    data, name = await _file(room, inbound)
    skip_wrong = forms.skips_wrong(inbound.values)
    found = await taken(data, name, asked, skip_wrong=skip_wrong)
    about = f"Wrong rows of “{escape(name)}” for customer {asked.customer}."
    sent = await _tell_errors(room, inbound, found.errors, about) if found.errors else ""
    if found.wish is None:
        raise InvalidInput(f"{wrong(found.errors)} {sent}".rstrip())
    words = await proposed(room, inbound, found.wish, beside=found.beside)
    skipped = f"{len(found.errors):,} wrong rows are left out. {sent}" if found.errors else ""
    return " ".join(filter(None, (words, skipped, escape(found.note))))


async def _file(room: Room, inbound: Inbound) -> tuple[bytes, str]:
    """Return the content and the name of the file that was attached. Raises InvalidInput, SlackError."""
    ids = inbound.values.get("file", [])
    if len(ids) != 1 or isinstance(ids, str):
        raise InvalidInput("One file is needed. Give the command again.")
    told = (await ask(room.client.files_info(file=ids[0]))).get("file") or {}
    owner = await room.ctx.directory.person(str(told.get("user") or ""))
    sender = await room.ctx.directory.person(inbound.user)
    if owner.ids.isdisjoint(sender.ids):
        raise InvalidInput("This file is not yours. Give the command again and attach your own.")
    data = await download(room.client, ids[0], most_bytes=MOST_BYTES, seconds=LONGEST)
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
