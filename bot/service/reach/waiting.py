"""A change that waits for approvals: since when, by which rule people are told of it, and what is next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.change import Change
from bot.domain.deadline import Deadline, DeadlineKind
from bot.domain.notify import Circle, NotifyRule
from bot.domain.policy import DECISION_TIME
from bot.ports import Recipient, Transaction
from bot.service.people_told import remind_key
from bot.service.reach.circles import members


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits, at the time ``now``.

    ``began`` is when its approvers were asked, the last time that they were. ``quiet``: people get
    no direct message and no mention now. ``pagers`` are those that are configured. ``customers`` are those
    that are decided on.
    """

    change: Change
    customers: Sequence[str]
    rule: NotifyRule
    now: datetime
    quiet: bool
    pagers: tuple[str, ...] = ()

    @property
    def began(self) -> datetime:
        """When the approvers were asked: the deadline counts from there."""
        return self.change.deadline - DECISION_TIME

    @property
    def waited(self) -> timedelta:
        """For how long it has waited for them."""
        return self.now - self.began

    @property
    def is_first(self) -> bool:
        """Whether they are asked for the first time."""
        return self.began == self.change.created_at

    def told(self, tx: Transaction) -> list[Recipient]:
        """Return who was told since they were asked."""
        return [one for one in tx.recipients(self.change.id) if one.told_at >= self.began]

    def due(self, tx: Transaction) -> dict[str, int]:
        """Return who is to be told and was not, each with the number of their step."""
        if self.quiet:
            return {}
        told, found = {one.person for one in self.told(tx)}, dict[str, int]()
        for number, circle in self._reached():
            for person in self.members(tx, circle) - told:
                found.setdefault(person, number)
        return found

    def members(self, tx: Transaction, circle: Circle) -> frozenset[str]:
        """Return who of a circle may approve it, and has not."""
        change = self.change
        without = (change.requester, *(given.approver for given in change.approvals))
        return members(tx, self.customers, circle, self.now, without)

    @property
    def pages(self) -> bool:
        """Whether the pagers are told by now."""
        return any(circle is Circle.PAGER for _, circle in self._reached())

    def next_deadline(self) -> Deadline | None:
        """Return when the next are told or reminded, on the times of the rule; None at the end."""
        times = {*(step.after for step in self.rule.steps), *self.rule.reminders}
        later = sorted(one for one in times if self.waited < one < DECISION_TIME)
        if not later:
            return None
        key, at = remind_key(self.change.id), self.began + later[0]
        return Deadline(key, DeadlineKind.REMIND, at, self.change.id)

    def _reached(self) -> Iterator[tuple[int, Circle]]:
        for number, step in enumerate(self.rule.steps):
            if step.after <= self.waited:
                yield number, step.circle
