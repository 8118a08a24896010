"""Times as text that sorts: aware UTC, always with microseconds, so that all have one width."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def in_utc(at: datetime) -> datetime:
    """Return the same moment in UTC. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.astimezone(UTC)


def as_text(at: datetime) -> str:
    """Return ``2026-03-14T03:04:05.000000+00:00``; text order is time order."""
    return in_utc(at).isoformat(timespec="microseconds")


def as_optional_text(at: datetime | None) -> str | None:
    """Return the text of a time that may be missing."""
    return None if at is None else as_text(at)


def as_time(text: str) -> datetime:
    """Return the time of a text that ``as_text`` wrote, aware, in UTC."""
    return datetime.fromisoformat(text)


def as_optional_time(text: str | None) -> datetime | None:
    """Return the time of a text that may be missing."""
    return None if text is None else as_time(text)
