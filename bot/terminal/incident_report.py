"""`report`: a report on an incident, written into a folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.domain.commands import ReportCommand
from bot.errors import InvalidInput
from bot.program import PROGRAM
from bot.service.incident_report.read import read_report, record_report
from bot.service.incident_report.request import terminal_request
from bot.slack.documents.report_files import ENDINGS, ReportFile, make_files
from bot.slack.views.incident_report import file_name
from bot.slack.views.texts import incident_report as texts
from bot.terminal.admin import AdminSession


async def write_report(
    session: AdminSession, command: ReportCommand, folder: Path, zone: str
) -> list[str]:
    """Write PDF, CSV and JSON as new files into the folder; return the lines to print.

    That they are made is recorded first, with their SHA-256. Raises BotError and OSError.
    """
    ctx = session.ctx
    _check_zone(zone)
    request = await terminal_request(ctx, session.actor, command, zone)
    report = await read_report(ctx.store, request)
    if not report.entries and not report.messages:
        raise InvalidInput(texts.NOTHING)
    name = file_name(report)
    _check_folder(folder, name)
    files = await make_files(report, name, ctx.clock.now())
    digests = {one.name: one.digest for one in files}
    entry = await record_report(ctx.store, ctx.clock, report, digests)
    await asyncio.to_thread(_write, folder, files)
    lines = [f"{one.digest}  {folder / one.name}" for one in files]
    return [
        *lines,
        texts.RECORDED.format(reference=entry.reference, program=PROGRAM, head=report.head),
    ]


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise InvalidInput(f"“{zone[:60]}” is no time zone. Write it as Europe/Berlin.") from None


def _check_folder(folder: Path, name: str) -> None:
    files = (folder / f"{name}.{ending}" for ending in ENDINGS)
    if there := next((one for one in files if one.exists()), None):
        raise InvalidInput(f"{there} exists already, and is not overwritten.")


def _write(folder: Path, files: Sequence[ReportFile]) -> None:
    """Write the files with mode 600: they hold personal data."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for one in files:
        file = os.open(folder / one.name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(file, "wb") as opened:
            opened.write(one.content)
