"""The header `Retry-After` of any service."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_RETRY_AFTER_SECONDS = 86_400.0  # no change waits for longer
MAX_RETRY_AFTER_CHARS = 64
_SECONDS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)


def retry_after(text: str | None, now: datetime) -> float | None:
    """Return the seconds of a `Retry-After`, from 0 to MAX_RETRY_AFTER_SECONDS.

    None if it is neither a number nor an HTTP date that exists.
    """
    value = (text or "").strip()
    if len(value) > MAX_RETRY_AFTER_CHARS:
        return None
    if _SECONDS.fullmatch(value):
        seconds = float(value)
    else:
        try:
            when = parsedate_to_datetime(value)
            aware = when if when.tzinfo else when.replace(tzinfo=UTC)
            seconds = (aware - now).total_seconds()
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return min(max(0.0, seconds), MAX_RETRY_AFTER_SECONDS)
