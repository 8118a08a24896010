"""A request to the continuity API, and its answer."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from bot.redaction import Redactor


@dataclass(frozen=True, slots=True)
class Call:
    """One request. ``line`` is path and query below ``base``; ``redact`` hides its secrets in a
    text. ``drill``: for a simulated API alone."""

    operation: str
    method: str
    base: httpx.URL
    line: str
    auth: httpx.Auth | None
    redact: Redactor
    body: bytes | None = None
    drill: bool = False

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing, so that it may be repeated."""
        return self.method in {"HEAD", "GET"}

    def __repr__(self) -> str:
        return f"{self.method} /{self.line}"  # never the body


@dataclass(frozen=True, slots=True)
class Response:
    """A 2xx with its complete body."""

    response: httpx.Response
    body: bytes
