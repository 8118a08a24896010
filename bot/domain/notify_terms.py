"""What a notification rule says as words: as typed, stored and told in the audit trail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.characters import refuse_invisible
from bot.domain.notify import Circle, NotifyRule, QuietHours, Step
from bot.domain.policy import DECISION_TIME
from bot.errors import InvalidInput

# A change that waited longer has expired.
MAX_AFTER = DECISION_TIME - timedelta(minutes=1)
MAX_REMINDERS = 6
NO_REMINDERS = "none"
_MINUTES = re.compile(r"([0-9]{1,3})m?")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_CIRCLES = ", ".join(Circle)


def parse_minutes(text: str) -> timedelta:
    """Return the time of `15m`, at most 29 minutes. Raises InvalidInput."""
    refuse_invisible(text, "The time")
    found = _MINUTES.fullmatch(text.strip())
    if not found:
        raise InvalidInput(f"“{_shown(text)}” is no number of minutes: write 15m.")
    after = timedelta(minutes=int(found[1]))
    if after > MAX_AFTER:
        raise InvalidInput(
            f"{_shown(text)} is too late: a change expires after {_minutes(DECISION_TIME)}, "
            f"so at most {_minutes(MAX_AFTER)}."
        )
    return after


def parse_step(text: str) -> Step:
    """Return the step of `admins:15m`. Raises InvalidInput."""
    refuse_invisible(text, "The step")
    circle, colon, after = text.strip().partition(":")
    if circle not in set(Circle) or not colon:
        raise InvalidInput(
            f"“{_shown(text)}” is no step: write who and after how long, as in admins:15m. "
            f"Who is one of {_CIRCLES}."
        )
    return Step(parse_minutes(after), Circle(circle))


def parse_steps(texts: Iterable[str]) -> tuple[Step, ...]:
    """Return the steps in the order of their times. Raises InvalidInput.

    Each circle once, and people among them: a pager that fails tells nobody.
    """
    steps = [parse_step(text) for text in texts]
    circles = [step.circle for step in steps]
    for circle in Circle:
        if circles.count(circle) > 1:
            raise InvalidInput(f"{circle} stands in two steps: name it once.")
    if not {Circle.APPROVERS, Circle.ADMINS} & set(circles):
        raise InvalidInput("No step tells people: name approvers or admins, as in approvers:0m.")
    order = list(Circle)
    return tuple(sorted(steps, key=lambda step: (step.after, order.index(step.circle))))


def parse_reminders(text: str) -> tuple[timedelta, ...]:
    """Return the times of `5m,15m,25m` in their order; `none` is none. Raises InvalidInput."""
    refuse_invisible(text, "The list of reminders")
    if text.strip() == NO_REMINDERS:
        return ()
    times = sorted({parse_minutes(one) for one in text.split(",")})
    if not times[0]:
        raise InvalidInput("A reminder comes after at least 1m.")
    if len(times) > MAX_REMINDERS:
        raise InvalidInput(f"These are {len(times)} reminders: at most {MAX_REMINDERS}.")
    return tuple(times)


def parse_quiet(text: str) -> QuietHours:
    """Return the quiet hours of `22:00-06:00 Europe/Berlin`. Raises InvalidInput."""
    refuse_invisible(text, "The text of the quiet hours")
    hours, _, zone = text.strip().partition(" ")
    start, _, end = hours.partition("-")
    quiet = QuietHours(_clock(start, text), _clock(end, text), _zone(zone.strip()))
    if quiet.start == quiet.end:
        raise InvalidInput(
            f"“{_shown(text)}” ends when it begins: write two times, as in 22:00-06:00."
        )
    return quiet


def terms_of(rule: NotifyRule) -> dict[str, object]:
    """Return what a rule says, as it is stored and recorded."""
    return {
        "steps": [f"{step.circle}:{_minutes(step.after)}" for step in rule.steps],
        "reminders": [_minutes(one) for one in rule.reminders],
        "quiet": str(rule.quiet) if rule.quiet else "",
    }


def rule_of(
    customer: str, terms: Mapping[str, object], set_by: str, set_at: datetime
) -> NotifyRule:
    """Return the rule with these terms. Raises InvalidInput and LookupError.

    A zone that this machine does not know is kept.
    """
    steps, reminders, quiet = terms["steps"], terms["reminders"], str(terms["quiet"])
    if not isinstance(steps, list) or not isinstance(reminders, list):
        raise InvalidInput("steps and reminders are lists")
    return NotifyRule(
        customer,
        parse_steps(map(str, steps)),
        parse_reminders(",".join(map(str, reminders)) or NO_REMINDERS),
        _stored_quiet(quiet) if quiet else None,
        set_by,
        set_at,
    )


def words(rule: NotifyRule) -> str:
    """Return what a rule says in one line, for the terminal and the audit trail."""
    return told(terms_of(rule))


def told(terms: Mapping[str, object]) -> str:
    """Return stored or recorded terms in one line."""
    steps, reminders = _texts(terms.get("steps")), _texts(terms.get("reminders"))
    who = ", ".join(f"{circle} after {after}" for circle, _, after in _split(steps))
    remind = f"reminders after {', '.join(reminders)}" if reminders else "no reminders"
    quiet = terms.get("quiet")
    return f"{who}; {remind}; {f'quiet {quiet}' if quiet else 'no quiet hours'}"


def _split(steps: Sequence[str]) -> Iterable[tuple[str, str, str]]:
    return (step.partition(":") for step in steps)


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _stored_quiet(text: str) -> QuietHours:
    hours, _, zone = text.partition(" ")
    start, _, end = hours.partition("-")
    return QuietHours(_clock(start, text), _clock(end, text), zone)


def _clock(text: str, whole: str) -> time:
    found = _CLOCK.fullmatch(text)
    if not found:
        raise InvalidInput(
            f"“{_shown(whole)}” are no quiet hours: write two times of the day, as in 22:00-06:00."
        )
    return time(int(found[1]), int(found[2]))


def _zone(name: str) -> str:
    if not name:
        raise InvalidInput("Quiet hours need a time zone: --zone Europe/Berlin.")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"“{_shown(name)}” is no time zone that this machine knows: write Europe/Berlin or UTC."
        ) from None
    return name


def _minutes(after: timedelta) -> str:
    return f"{int(after / timedelta(minutes=1))}m"


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
