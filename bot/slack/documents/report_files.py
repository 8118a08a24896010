"""The three files of a report, with their SHA-256."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime

from bot.service.incident_report.read import IncidentReport
from bot.slack.documents.content import Document
from bot.slack.documents.renderer import render
from bot.slack.documents.report_data import csv_file, json_file
from bot.slack.documents.report_document import document

ENDINGS = ("pdf", "csv", "json")


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file with its name and the SHA-256 of its content."""

    name: str
    content: bytes
    digest: str


async def make_files(report: IncidentReport, name: str, made_at: datetime) -> list[ReportFile]:
    """Return PDF, CSV and JSON; ``name`` is what their names begin with. Raises BotError.

    The sentences are made in a thread and the PDF in a process: commands go on meanwhile.
    """
    data, content = await asyncio.to_thread(_data, report, name, made_at)
    return [_file(f"{name}.pdf", await render(content)), *data]


def _data(
    report: IncidentReport, name: str, made_at: datetime
) -> tuple[list[ReportFile], Document]:
    data = [_file(f"{name}.csv", csv_file(report)), _file(f"{name}.json", json_file(report))]
    return data, document(report, {one.name: one.digest for one in data}, made_at)


def _file(name: str, content: bytes) -> ReportFile:
    return ReportFile(name, content, hashlib.sha256(content).hexdigest())
