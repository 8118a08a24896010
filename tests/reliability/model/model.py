"""The model: who is entitled to what, kept beside the product and without its code.

The rules are spelled out once more here on purpose: where the product and the model differ, one of them
is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.scope import Everyone, Flag, Groups, Scope, Users

HALF_AN_HOUR = timedelta(minutes=30)
PROPOSERS = ("operator", "admin")
APPROVERS = ("approver", "admin")
PERSONAL = ("approver", "admin")  # never through a user group
OPEN = ("awaiting_confirmation", "awaiting_approval", "approved")


@dataclass
class ModelChange:
    """What the model knows of one change: what was requested, by whom, and every approval."""

    id: str
    customer: str
    flag: Flag
    on: bool
    scope: Scope
    requester: str
    requester_groups: tuple[str, ...]
    channel: str
    needed: int
    proposed_at: datetime
    deadline: datetime
    state: str
    since: int = 1  # the revision with which it came into this state
    decided_at: datetime | None = None
    retried: bool = False  # by a person, and no attempt was begun since
    confirmed: int | None = None  # the revision of the preview that the requester saw
    approvals: dict[str, int] = field(default_factory=dict)  # the same by approver
    taken_back: bool = False
    attempts: dict[int, str] = field(default_factory=dict)  # why each should not have been begun

    def moved(self, state: str, revision: int, now: datetime) -> None:
        """Note the state that it is in; a decision that no longer holds is waited for anew."""
        if self.state == "approved" and state.startswith("awaiting"):
            self.deadline = now + HALF_AN_HOUR
        self.state, self.since = state, revision

    def decided(self, now: datetime) -> None:
        """Note that enough people said yes: it is to start within half an hour."""
        self.decided_at, self.deadline = now, now + HALF_AN_HOUR

    def tried_again(self, now: datetime) -> None:
        """Note that a person has it sent once more: soon, and on the decision that there is."""
        self.retried, self.deadline = True, now + HALF_AN_HOUR

    @property
    def requests(self) -> set[str]:
        """The request lines that this change may send."""
        verb = "PUT" if self.on else "DELETE"
        match self.scope:
            case Everyone():
                return {f"{verb} /{self.customer}/{self.flag}"}
            case Groups(names=names):
                return {f"{verb} /{self.customer}/{self.flag}?group={','.join(names)}"}
            case Users(addresses=addresses):
                return {f"{verb} /{self.customer}/{one}/{self.flag}" for one in addresses}
            case _:
                raise TypeError(self.scope.kind)

    def touches(self, other: ModelChange) -> bool:
        """Whether both may change the same user."""
        if isinstance(self.scope, Users) and isinstance(other.scope, Users):
            mine, others = set(self.scope.addresses), set(other.scope.addresses)
            return self.customer == other.customer and bool(mine & others)
        return self.customer == other.customer

    def released(self, revision: int) -> bool:
        """Whether enough people said yes to this preview."""
        if self.needed == 0:
            return self.confirmed == revision
        others = {who for who, seen in self.approvals.items() if seen == revision}
        return len(others - {self.requester}) >= self.needed


@dataclass
class Model:
    """The role rows, Slack's truth and the policy as they are now, and all changes."""

    rows: dict[tuple[str, str, str], datetime | None] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)  # channels that the bot is no member of
    silent: bool = False  # Slack does not answer
    policy: dict[str, int] = field(default_factory=dict)  # by customer, for every change of it
    changes: dict[str, ModelChange] = field(default_factory=dict)

    # --- may they? ---

    def holds(self, subject: str, roles: Iterable[str], customer: str, now: datetime) -> bool:
        """Whether the subject has a row in force with one of the roles, for the customer or all."""
        return any(
            (who, role) == (subject, wanted)
            and where in ("*", customer)
            and (until is None or now < until)
            for (who, role, where), until in self.rows.items()
            for wanted in roles
        )

    def by_rows(
        self,
        person: str,
        groups: Iterable[str],
        roles: tuple[str, ...],
        modelled: tuple[str, str],
        now: datetime,
    ) -> bool:
        """Whether the rows alone allow it, for (customer, channel)."""
        customer, channel = modelled
        through_groups = [role for role in roles if role not in PERSONAL]
        personal = self.holds(person, roles, customer, now) or any(
            self.holds(group, through_groups, customer, now) for group in groups
        )
        return personal and self.holds(channel, ("incident",), customer, now)

    def may(
        self, person: str, channel: str, roles: tuple[str, ...], customer: str, now: datetime
    ) -> bool:
        """Whether Slack and the rows allow it now, there."""
        trusted = not (self.silent or person in self.barred or channel in self.shared)
        groups = self.groups_of(person)
        return trusted and self.by_rows(person, groups, roles, (customer, channel), now)

    def groups_of(self, person: str) -> tuple[str, ...]:
        """The user groups of the person."""
        return tuple(group for group, people in self.members.items() if person in people)

    # --- how many must agree? ---

    def needed(self, requester: str, customer: str, scope: Scope, now: datetime) -> int:
        """How many approvals by others a new change needs."""
        for row in (customer, "*"):
            if row in self.policy:
                return self.policy[row]
        if not isinstance(scope, Users) or len(scope.addresses) > 10:
            return 1
        within_the_hour = sum(
            len(modelled.scope.addresses)
            for modelled in self.changes.values()
            if isinstance(modelled.scope, Users)
            and modelled.requester == requester
            and modelled.proposed_at >= now - timedelta(hours=1)
            and modelled.state not in ("denied", "cancelled", "expired")
        )
        return 0 if within_the_hour + len(scope.addresses) <= 50 else 1

    # --- was that right? ---

    def why_not(self, modelled: ModelChange, attempt: int, revision: int, now: datetime) -> str:
        """Return why this attempt must not be made now, or "": judged once, when it begins."""
        if attempt not in modelled.attempts:
            modelled.attempts[attempt] = self._why_not(modelled, attempt, revision, now)
        return modelled.attempts[attempt]

    def _why_not(self, modelled: ModelChange, attempt: int, revision: int, now: datetime) -> str:
        if modelled.taken_back:
            return "it was taken back"
        if not modelled.released(revision):
            return f"not enough people said yes to preview {revision}"
        old = modelled.decided_at is not None and now - modelled.decided_at > HALF_AN_HOUR
        if now >= modelled.deadline or (modelled.retried and old):  # nobody alone gives it new life
            return "it did not start in time"
        modelled.retried = False
        place = (modelled.customer, modelled.channel)
        if not self.by_rows(modelled.requester, modelled.requester_groups, PROPOSERS, place, now):
            return f"{modelled.requester} may not propose any more"
        lost = [
            one for one in modelled.approvals if not self.by_rows(one, (), APPROVERS, place, now)
        ]
        return f"{lost} may not approve any more" if lost else ""
