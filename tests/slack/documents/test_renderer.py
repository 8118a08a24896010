"""The process that draws: what it is given, its limits, and what it says when it fails."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.slack.documents.content import Section, Table
from bot.slack.documents.renderer import MAX_PDF_BYTES, _environment, render
from tests.slack.documents.test_pdf import DOCUMENT, pages


def children() -> set[str]:
    """Return the ids of the processes that this one started and that are not gone."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
        except OSError:
            continue
        if f"PPid:\t{os.getpid()}\n" in status:
            found.add(folder.name)
    return found


async def test_a_document_comes_back_as_pdf() -> None:
    pdf = await render(DOCUMENT)
    assert DOCUMENT.title in pages(pdf)[0]
    assert len(pdf) < MAX_PDF_BYTES


def test_the_process_has_neither_settings_nor_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "CONTINUITY_PASSWORD", "DATABASE", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "canary")
    assert "canary" not in str(_environment("/folder"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
async def test_one_that_takes_too_long_is_ended() -> None:
    """By a signal: it would go on for a minute."""
    before = children()
    table = Table(("Entry", "What"), (1, 5), (("1", "asked"),) * 20_000)
    long = replace(DOCUMENT, sections=(Section("All", (), table),))
    async with asyncio.timeout(30):
        with pytest.raises(BotError, match=r"The PDF could not be made \(it took longer than"):
            await render(long, seconds=0.5)
    assert children() <= before


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
async def test_a_cancelled_one_is_ended() -> None:
    before = children()
    task = asyncio.create_task(render(DOCUMENT))
    while children() <= before:  # noqa: ASYNC110  # another process sets no event
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() <= before


async def test_one_that_fails_is_told_and_logged(capsys: pytest.CaptureFixture[str]) -> None:
    assert DOCUMENT.timeline is not None
    wrong = replace(DOCUMENT.timeline.panels[0], points=())
    timeline = replace(DOCUMENT.timeline, panels=(wrong,))
    with pytest.raises(BotError, match=r"The PDF could not be made \(the process ended with 1\)"):
        await render(replace(DOCUMENT, timeline=timeline))
    assert "report.not_drawn" in capsys.readouterr().out
