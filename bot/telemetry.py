"""Logs: one way out for our events, the libraries' records, warnings and whatever nobody caught.

Everything is made plain text first, and every secret in it is hidden, however it is spelled; only
then is it rendered. Local variables are never shown in a traceback.
"""

from __future__ import annotations

import html
import json
import logging
import re
import sys
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import EventDict, Processor

HIDDEN = "[redacted]"
OURS = "bot"  # the logger above all of ours
SHORTEST_SECRET = 4  # characters; hiding less would hide half of every line

# Secrets by their form, whosever they are: tokens, authorization headers, tickets of WebSocket URLs.
_FORMS = (
    r"\bx(?:ox[a-z]|app)-[\w.%-]+",
    r"(?<=Basic )[\w+/-]{16,}",
    r"(?<=Bearer )[\w.%~+/-]{16,}",
    r"(?<=[?&]ticket=)[\w%-]+",
)

Hide = Callable[[str], str]


def hiding(secrets: Collection[str]) -> Hide:
    """Return a function that takes ``secrets`` out of a text: plain, escaped or encoded.

    An account's `user:password` is a secret too: its base64 is what HTTP Basic sends.
    """
    whole = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]
    whole += [form for secret in whole for form in _encoded(secret)]
    known = [_spelled(secret) for secret in sorted(whole, key=len, reverse=True)]
    pattern = re.compile("|".join((*known, *_FORMS)), re.IGNORECASE)
    return lambda text: pattern.sub(HIDDEN, text)


def set_up(
    level: str, log_format: str, secrets: Collection[str], *, to_stderr: bool = False
) -> None:
    """Send all that is logged, warned of or not caught to standard output, without the ``secrets``.

    ``log_format`` `json` is one event a line, its traceback inside. ``to_stderr`` leaves standard output
    to what a person at the terminal is told. Below WARNING only the bot itself is heard: at DEBUG the
    libraries tell whole payloads.
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
            _Plain(hiding(secrets)),
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

    def __init__(self, hide: Hide) -> None:
        self._hide = hide

    def __call__(self, _: Any, __: str, event: EventDict) -> EventDict:
        return {self._hide(key): self._plain(value) for key, value in event.items()}

    def _plain(self, value: object) -> Any:
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, str):
            return self._hide(value)
        if isinstance(value, Mapping):
            return {self._hide(_text(key)): self._plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._plain(item) for item in value]
        return self._hide(_text(value))


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


def _spelled(secret: str) -> str:
    """Return a pattern for the secret as it is, percent-encoded, or escaped any number of times.

    Every search of it is linear in the text: a run of backslashes is taken as a whole or not at all
    (`*+`), and from its beginning alone.
    """
    first, *others = re.findall(r"\\+|[^\\]", secret, re.DOTALL)
    return _spelled_part(first, r"(?:(?<!\\)\\++)?", r"(?<!\\)\\++") + "".join(
        _spelled_part(part, r"\\*+", r"\\++") for part in others
    )


def _spelled_part(part: str, escape: str, run: str) -> str:
    """Return a pattern for one character, or for a run of backslashes."""
    if part.isascii() and (part.isalnum() or part in "-._~"):
        return re.escape(part)
    if part.startswith("\\"):
        return f"(?:{run}|(?:%5C){{{len(part)}}})"
    in_bytes = "".join(rf"\x{octet:02x}" for octet in part.encode())
    escaped = {json.dumps(part)[1:-1], ascii(part)[1:-1], in_bytes}
    forms = {part, quote(part, safe=""), quote_plus(part), html.escape(part)}
    loose = {re.escape(form.lstrip("\\")).replace("\\\\", r"\\++") for form in forms | escaped}
    return f"{escape}(?:{'|'.join(sorted(loose, key=len, reverse=True))})"


def _encoded(secret: str) -> list[str]:
    """Return it reversed, in hex, and in base64: whole, and wherever in other bytes it stands."""
    data = secret.encode()
    forms = [secret[::-1], data.hex()]
    for encode in (b64encode, urlsafe_b64encode):
        forms.append(encode(data).decode().rstrip("="))
        forms += aligned(encode, data, 6)
    return [form for form in forms if len(form) >= SHORTEST_SECRET]


def aligned(encode: Callable[[bytes], bytes], data: bytes, bits: int) -> Iterator[str]:
    """Give what ``encode`` makes of it, wherever in other bytes it stands: the characters, of ``bits`` each,
    that it alone decides."""
    for before in range(bits if bits % 2 else bits // 2):
        encoded = encode(bytes(before) + data).decode()
        yield encoded[-(-8 * before // bits) : 8 * (before + len(data)) // bits]
