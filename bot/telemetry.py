"""Logging: one handler for our events, the libraries' records, warnings and uncaught exceptions.

Every value is turned into plain text, and redacted, before it is rendered. Tracebacks never show
local variables.
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

ROOT_LOGGER = "bot"  # the parent of all our loggers


def set_up(
    level: str, log_format: str, secrets: Collection[str], *, to_stderr: bool = False
) -> None:
    """Send everything that is logged, warned of or not caught to standard output, without
    ``secrets``.

    With ``log_format`` `json` an event is one line, with its traceback. ``to_stderr`` keeps
    standard output free for the command's own output. Below WARNING only the bot's own loggers are
    written: at DEBUG the libraries log whole payloads.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _Redacted(log_redactor(secrets)),
            _renderer(log_format),
        ],
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    _install(formatter, logging.getLevelName(level), to_stderr=to_stderr)


def _renderer(log_format: str) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer()
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)


class _Redacted:
    """A processor that turns keys and values of an event into plain, redacted values."""

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


class _OutputHandler(logging.Handler):
    """Writes each record to standard output or error; one that fails to render is replaced by a
    line."""

    def __init__(self, *, to_stderr: bool) -> None:
        super().__init__()
        self._to_stderr = to_stderr

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as error:  # logging itself would print the record without redaction
            line = f'{{"event": "log.unreadable", "error": "{type(error).__name__}"}}'
        with suppress(OSError, ValueError):  # the stream is closed
            stream = sys.stderr if self._to_stderr else sys.stdout
            stream.write(line + "\n")
            stream.flush()


def _install(formatter: logging.Formatter, level: int, *, to_stderr: bool) -> None:
    """Make one handler the only one, also for warnings and uncaught exceptions."""
    out = _OutputHandler(to_stderr=to_stderr)
    out.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [out]
    root.setLevel(max(level, logging.WARNING))
    logging.getLogger(ROOT_LOGGER).setLevel(level)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda hook: _uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)
    sys.unraisablehook = lambda hook: _uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)


def _uncaught(
    kind: type[BaseException], error: BaseException | None, where: TracebackType | None
) -> None:
    raised = error or kind()
    logging.getLogger(ROOT_LOGGER).critical("uncaught", exc_info=(kind, raised, where))


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)
