"""Logs: one way out for our events, the libraries' records, warnings and whatever nobody caught.

Everything is made plain text first, and every secret in it is hidden, however it is spelled; only
then is it rendered. Local variables are never shown in a traceback.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from bot.redaction import Redactor, log_redactor

OURS = "bot"  # the logger above all of ours


def set_up(
    level: str, log_format: str, secrets: Collection[str], *, to_stderr: bool = False
) -> None:
    """Send all that is logged, warned of or not caught to standard output, without the ``secrets``.

    ``log_format`` `json` is one event a line, its traceback inside. ``to_stderr`` leaves standard
    output to what a person at the terminal is told. Below WARNING only the bot itself is heard: at
    DEBUG the libraries tell whole payloads.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _Plain(log_redactor(secrets)),
            renderer,
        ],
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    _take_over(formatter, logging.getLevelName(level), to_stderr=to_stderr)


class _Plain:
    """A processor that turns an event into plain values without secrets, keys as well."""

    def __init__(self, redact: Redactor) -> None:
        self._redact = redact

    def __call__(self, _: Any, __: str, event: EventDict) -> EventDict:
        return {self._redact(key): self._plain(value) for key, value in event.items()}

    def _plain(self, value: object) -> Any:
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, str):
            return self._redact(value)
        if isinstance(value, Mapping):
            return {self._redact(_text(key)): self._plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._plain(item) for item in value]
        return self._redact(_text(value))


class _Out(logging.Handler):
    """Writes each record out. What cannot be rendered is told of, and not shown."""

    def __init__(self, *, to_stderr: bool) -> None:
        super().__init__()
        self._to_stderr = to_stderr

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as error:  # logging's own way is to print the record as it is
            line = f'{{"event": "log.unreadable", "error": "{type(error).__name__}"}}'
        with suppress(OSError, ValueError):  # nobody listens any more
            stream = sys.stderr if self._to_stderr else sys.stdout
            stream.write(line + "\n")
            stream.flush()


def _take_over(formatter: logging.Formatter, level: int, *, to_stderr: bool) -> None:
    """Make one handler the only one, and bring to it what Python would print by itself."""
    out = _Out(to_stderr=to_stderr)
    out.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [out]
    root.setLevel(max(level, logging.WARNING))
    logging.getLogger(OURS).setLevel(level)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda seen: _uncaught(seen.exc_type, seen.exc_value, seen.exc_traceback)
    sys.unraisablehook = lambda seen: _uncaught(seen.exc_type, seen.exc_value, seen.exc_traceback)


def _uncaught(
    kind: type[BaseException], error: BaseException | None, where: TracebackType | None
) -> None:
    told = error or kind()
    logging.getLogger(OURS).critical("uncaught", exc_info=(kind, told, where))


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)
