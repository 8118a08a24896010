"""Draw a document in a process of its own: it has limits, and holds up nothing of the bot."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import structlog

import bot
from bot.errors import BotError
from bot.slack.documents.content import Document

MAX_SECONDS = 300.0
MAX_PDF_BYTES = 20_000_000
FAILED = "The PDF could not be made ({why}). The log of the bot says more."
TOO_SLOW = f"it took longer than {MAX_SECONDS:g} s"
TOO_LARGE = f"it is larger than {MAX_PDF_BYTES:,} bytes"

log = structlog.get_logger(__name__)


async def render(document: Document, seconds: float = MAX_SECONDS) -> bytes:
    """Return the PDF of a document. Raises BotError with a sentence why there is none."""
    with tempfile.TemporaryDirectory(prefix="continuity-report-") as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.slack.documents"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(folder),
            cwd=folder,
        )
        try:
            async with asyncio.timeout(seconds):
                pdf, problem = await process.communicate(
                    await asyncio.to_thread(_as_json, document)
                )
        except TimeoutError:
            raise BotError(FAILED.format(why=TOO_SLOW)) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        last = problem.decode("utf-8", "replace").strip().splitlines()[-1:]
        log.error("report.not_drawn", status=process.returncode, why=last)
        raise BotError(FAILED.format(why=f"the process ended with {process.returncode}"))
    if len(pdf) > MAX_PDF_BYTES:
        raise BotError(FAILED.format(why=TOO_LARGE))
    return pdf


def _as_json(document: Document) -> bytes:
    """Return the document; half a surrogate pair, which UTF-8 does not hold, becomes `?`."""
    text = json.dumps(asdict(document), ensure_ascii=False, default=str)
    return text.encode("utf-8", "replace")


def _environment(folder: str) -> dict[str, str]:
    """Return what the process needs and nothing else: no setting and no secret of the bot.

    matplotlib writes a list of fonts into its folder. One thread draws.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(Path(bot.__file__).parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLCONFIGDIR": folder,
        "HOME": folder,
        "OPENBLAS_NUM_THREADS": "1",
    }
