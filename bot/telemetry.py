"""Logging with redaction: one event a line, and no secret in any of them."""

from __future__ import annotations

import logging
from collections.abc import Collection, MutableMapping
from typing import Any

import structlog


def set_up(level: str, log_format: str, secrets: Collection[str]) -> None:
    """Configure structlog; every occurrence of one of ``secrets`` is replaced before it is written."""
    hidden = [secret for secret in secrets if len(secret) >= 4]

    def clean(value: object) -> object:
        if isinstance(value, str):
            for secret in hidden:
                value = value.replace(secret, "[redacted]")
            return value
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [clean(item) for item in value]
        return value

    def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: clean(value) for key, value in event.items()}

    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
    )
    # The libraries log request lines and payloads at DEBUG: errors alone.
    for name in ("slack_bolt", "slack_sdk", "httpx", "httpcore", "aiohttp"):
        logging.getLogger(name).setLevel(logging.ERROR)
