"""What holds for a customer besides approvals: when access ends after a restore, and break-glass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.configuration import Entry
from bot.domain.limits import MAX_TIME_LIMIT, MIN_TIME_LIMIT
from bot.domain.policy import ANY
from bot.domain.time_limit import AskedTime, TimeLimit, parse_lasts, words
from bot.errors import InvalidInput

NEVER = "never"
ALLOWED, FORBIDDEN = "allowed", "forbidden"


@dataclass(frozen=True, slots=True)
class AccessAfter:
    """After how long a restore takes access back, None for never."""

    lasts: timedelta | None

    @property
    def limit(self) -> TimeLimit | None:
        """The time limit of the restore."""
        return TimeLimit(lasts=self.lasts) if self.lasts else None


@dataclass(frozen=True, slots=True)
class CustomerRule:
    """``access_after``: after how long a restore takes access back, None for never. ``emergency``: whether
    break-glass is allowed."""

    access_after: timedelta | None = timedelta(hours=48)
    emergency: bool = True

    @classmethod
    def of(cls, terms: Mapping[str, object]) -> CustomerRule:
        """Return the rule of an entry. Raises InvalidInput."""
        emergency = terms.get("emergency", ALLOWED)
        if emergency not in (ALLOWED, FORBIDDEN):
            raise InvalidInput(f"Break-glass is {ALLOWED} or {FORBIDDEN}.")
        return cls(parse_access_after(str(terms.get("access_after", "48h"))), emergency == ALLOWED)

    def terms(self) -> dict[str, object]:
        """Return the terms of the entry."""
        after = self.access_after
        return {
            "access_after": NEVER if after is None else str(AskedTime(lasts=after)),
            "emergency": ALLOWED if self.emergency else FORBIDDEN,
        }

    def words(self) -> str:
        """Return the rule as a sentence says it: `access off 2 days after a restore, break-glass allowed`."""
        after = (
            "access stays on after a restore"
            if self.access_after is None
            else f"access off {words(self.access_after)} after a restore"
        )
        return f"{after}, break-glass {ALLOWED if self.emergency else FORBIDDEN}"


DEFAULT = CustomerRule()


def parse_access_after(text: str) -> timedelta | None:
    """Return the time of `48h`, None for `never`. Raises InvalidInput."""
    if text.strip().lower() == NEVER:
        return None
    try:
        lasts = parse_lasts(text).lasts
    except InvalidInput:
        lasts = None
    if lasts is None or not MIN_TIME_LIMIT <= lasts <= MAX_TIME_LIMIT:
        raise InvalidInput(
            f"“{text[:60]}” is not after how long access goes off: write 48h or 3d, from "
            f"{words(MIN_TIME_LIMIT)} to {words(MAX_TIME_LIMIT)}, or {NEVER}."
        )
    return lasts


def customer_rule_for(entries: Iterable[Entry], customer: str) -> CustomerRule:
    """Return the customer's rule, else that of `*`, else the default.

    Of an entry whose terms are not understood, break-glass is forbidden, and access stays on.
    """
    by_name = {entry.name: entry for entry in entries}
    entry = by_name.get(customer) or by_name.get(ANY)
    if entry is None:
        return DEFAULT
    try:
        return CustomerRule.of(entry.terms)
    except InvalidInput:
        return CustomerRule(None, emergency=False)
