"""The process that draws: a document as JSON on standard input, a PDF on standard output."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from pydantic import TypeAdapter

from bot.slack.documents.content import Document

# Of this process: memory in bytes, processor time in seconds.
MAX_MEMORY, MAX_CPU_SECONDS = 1024**3, 120


def main() -> None:
    """Draw one document."""
    _limit()
    document = TypeAdapter(Document).validate_json(sys.stdin.buffer.read())
    from bot.slack.documents.pdf import write_pdf  # noqa: PLC0415  # after the limits

    sys.stdout.buffer.write(write_pdf(document))


def _limit() -> None:
    """Take less than the bot takes; a system that refuses it, or has no limits, is no fault."""
    with suppress(OSError, ValueError, ImportError, AttributeError):
        os.nice(5)
    with suppress(OSError, ValueError, ImportError):
        import resource  # noqa: PLC0415  # not everywhere

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))


if __name__ == "__main__":
    main()
