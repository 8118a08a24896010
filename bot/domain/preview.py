"""The preview of a change, as counted before the decision: values, never display text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

MAX_NAMES = 10  # of groups in a preview, which is saved with the change


@dataclass(frozen=True, slots=True)
class UserFlags:
    """The flags of one user. None is what the API did not tell."""

    failover: bool | None
    access: bool | None
    activation: bool | None


@dataclass(frozen=True, slots=True)
class Names:
    """The first names of a list; ``more`` are left out."""

    first: tuple[str, ...]
    more: int = 0

    @classmethod
    def of(cls, names: Sequence[str]) -> Names | None:
        """Return the first 10 of these names and the number of the others; None for no name."""
        more = max(len(names) - MAX_NAMES, 0)
        return cls(tuple(names[:MAX_NAMES]), more) if names else None


@dataclass(frozen=True, slots=True)
class Facts:
    """What one kind of change looks up besides the numbers of every preview. None: not looked up.

    A purge counts ``everyone`` (users of the customer) and ``in_failover`` (of those who match),
    access off the latter alone. An import counts the rows of its file: users who are ``new`` to the
    API, ``changed``, ``unchanged``, and rows that were ``skipped``. ``flags`` are those of the one
    user of a deletion or a token. ``new_groups`` have no user yet; of ``groups_not_looked_up`` that
    is not known.
    """

    everyone: int | None = None
    in_failover: int | None = None
    with_access: int | None = None
    new: int | None = None
    changed: int | None = None
    unchanged: int | None = None
    skipped: int | None = None
    flags: UserFlags | None = None
    new_groups: Names | None = None
    groups_not_looked_up: Names | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen, as counted before the decision. None is a number that is not known.

    ``access_off`` and ``not_activated`` count users among ``total``, so that an approver sees who
    could not log in or not read yet. ``problem`` says in a sentence why numbers are missing.
    ``display_name`` is that of the one user: shown, and no part of the audit trail; ``""`` is not
    told. ``spelled`` are named users whom the API spells otherwise than the command, with its
    spelling, until the change has it. ``as_written`` is the JSON that an older version wrote: it is
    saved again as it was, since audit entries hold its digest.
    """

    taken_at: datetime
    total: int | None = None
    already: int | None = None
    access_off: int | None = None
    not_activated: int | None = None
    problem: str = ""
    facts: Facts | None = None
    display_name: str = ""
    spelled: tuple[tuple[str, str], ...] = ()
    as_written: str = field(default="", compare=False, repr=False)

    @property
    def will_change(self) -> int | None:
        """Users whose flag would change, or None when it is not known."""
        if self.total is None or self.already is None:
            return None
        return max(self.total - self.already, 0)

    def numbers(self) -> dict[str, object]:
        """Return what was seen, as plain values for the audit trail."""
        return {
            "total": self.total,
            "already": self.already,
            "access_off": self.access_off,
            "not_activated": self.not_activated,
            "problem": self.problem,
            **(_recorded(self.facts) if self.facts else {}),
        }


def _recorded(facts: Facts) -> dict[str, str]:
    """Return facts in the keys and the form that audit entries have always had."""
    numbers = {
        "Users of this customer": facts.everyone,
        "In failover now": facts.in_failover,
        "With access now": facts.with_access,
        "new": facts.new,
        "changed": facts.changed,
        "unchanged": facts.unchanged,
        "skipped": facts.skipped or None,
    }
    groups = {"new groups": facts.new_groups, "groups not looked up": facts.groups_not_looked_up}
    found = {key: f"{number:,}" for key, number in numbers.items() if number is not None}
    found |= {key: _quoted(names) for key, names in groups.items() if names}
    return found | (_recorded_flags(facts.flags) if facts.flags else {})


def _quoted(names: Names) -> str:
    more = f" and {names.more:,} more" if names.more else ""
    return ", ".join(f"“{name}”" for name in names.first) + more


def _recorded_flags(flags: UserFlags) -> dict[str, str]:
    words = {True: "on", False: "off", None: "not told"}
    failover, access = words[flags.failover], words[flags.access]
    activated = {True: "activated", False: "not activated", None: "activation not told"}
    return {
        "Now": f"failover {failover}, access {access}, {activated[flags.activation]}",
        "failover": failover,
        "access": access,
        "activation": {True: "yes", False: "no", None: "not told"}[flags.activation],
    }
