"""What a channel is told after an outage: what holds now, and that the bot could not be reached."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ports import Silence
from bot.service.queries.standing import Standing
from bot.slack.views.mrkdwn import Blocks, customer_label, fit_lines, format_time, section
from bot.slack.views.texts import outage as texts
from bot.slack.views.texts.plural import Plural


def now_message(standings: Sequence[Standing]) -> tuple[str, Blocks]:
    """Return notification text and blocks: a line for each customer."""
    text = fit_lines([_line(one) for one in standings])
    return text.replace("*", ""), [section(text)]


def silence_line(silence: Silence) -> str:
    """Return since when until when the bot could not be reached, and what to do."""
    words = texts.NOT_RUNNING if silence.stopped else texts.NOT_CONNECTED
    return words.format(start=format_time(silence.start), end=format_time(silence.end))


def _line(one: Standing) -> str:
    parts = [texts.NOW.format(customer=customer_label(one.customer, one.name, drill=one.drill))]
    flags = [
        _flag(one.failover, one.users, *_FAILOVER),
        _flag(one.access, one.users, *_ACCESS),
    ]
    if all(flags):
        parts += [*flags, texts.COUNTED.format(time=format_time(one.at))]
    else:
        parts.append(texts.NOT_COUNTED.format(number=one.customer))
    if one.under_way:
        parts.append(texts.UNDER_WAY.format(changes=", ".join(one.under_way)))
    return " · ".join(parts)


_FAILOVER = (texts.FAILOVER_ON_FOR_ALL, texts.FAILOVER_OFF_FOR_ALL, texts.FAILOVER_ON_FOR_SOME)
_ACCESS = (texts.ACCESS_ON_FOR_ALL, texts.ACCESS_OFF_FOR_ALL, texts.ACCESS_ON_FOR_SOME)


def _flag(on: int | None, users: int | None, on_all: Plural, off: str, some: str) -> str:
    """Return for whom a flag is on, or "" where it is not known."""
    if on is None or users is None:
        return ""
    if not on:
        return off
    return on_all.format(users) if on == users else some.format(on=f"{on:,}", users=f"{users:,}")
