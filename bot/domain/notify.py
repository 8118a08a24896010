"""Who is told of a change that waits, after how long, and when nobody but the pager is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.policy import ANY


class Circle(StrEnum):
    """People, or the pager, who are told together.

    ``APPROVERS`` are those who may approve and are no admin, where there is such a person, else the
    admins. ``PAGER`` is every pager that is configured.
    """

    APPROVERS = "approvers"
    ADMINS = "admins"
    PAGER = "pager"


@dataclass(frozen=True, slots=True)
class Step:
    """``circle`` is told when the change has waited for ``after``."""

    after: timedelta
    circle: Circle


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` until before ``end`` by the clock of ``zone``, an IANA name.

    ``end`` may be before ``start``: over midnight. What the clock shows counts: an hour that it
    shows twice is quiet twice, one that it leaves out is not there.
    """

    start: time
    end: time
    zone: str

    def covers(self, at: datetime) -> bool:
        """Return whether the aware time ``at`` is in them; False where the zone is not known here.

        In doubt people are told.
        """
        try:
            shown = at.astimezone(ZoneInfo(self.zone)).time()
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return False
        if self.start <= self.end:
            return self.start <= shown < self.end
        return shown >= self.start or shown < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone}"


@dataclass(frozen=True, slots=True)
class NotifyRule:
    """One row of the table ``notify_rules``; ``*`` is every customer that has no row.

    ``reminders`` are the times after which those are told again who have not looked.
    """

    customer: str
    steps: tuple[Step, ...]
    reminders: tuple[timedelta, ...]
    quiet: QuietHours | None
    set_by: str
    set_at: datetime

    def after(self, circle: Circle) -> timedelta | None:
        """Return after how long a circle is told, None if it is not."""
        return next((step.after for step in self.steps if step.circle is circle), None)

    def quiet_at(self, at: datetime, *, pagers: bool) -> bool:
        """Return whether people get no direct message and no mention at ``at``.

        Only where a pager is told: ``pagers`` says whether one is configured. A change never waits
        with nobody told.
        """
        told = pagers and self.after(Circle.PAGER) is not None
        return told and self.quiet is not None and self.quiet.covers(at)


# Where no row applies. A change expires after 30 minutes: the admins are told at half of it.
DEFAULT = NotifyRule(
    ANY,
    (
        Step(timedelta(0), Circle.APPROVERS),
        Step(timedelta(0), Circle.PAGER),
        Step(timedelta(minutes=15), Circle.ADMINS),
    ),
    (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=25)),
    quiet=None,
    set_by="",
    set_at=datetime.fromtimestamp(0, UTC),
)


def rule_for(rules: Iterable[NotifyRule], customer: str) -> NotifyRule:
    """Return the customer's rule, else that for ``*``, else the default."""
    known = {rule.customer: rule for rule in rules}
    return known.get(customer) or known.get(ANY) or DEFAULT
