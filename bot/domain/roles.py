"""Who may do what: the role table, and a decision that names the rows it is based on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.errors import InvalidInput

ANY_CUSTOMER = "*"
# What the id of a direct message begins with.
DIRECT_MESSAGE = "D"
# What the id of a person begins with.
PEOPLE = ("U", "W")
SLACK_ID = re.compile(r"[UWSCG][A-Z0-9]{1,24}")


class SubjectKind(StrEnum):
    """What a role can be granted to."""

    USER = "user"
    USERGROUP = "usergroup"
    CHANNEL = "channel"


class Role(StrEnum):
    """The six roles; ``incident`` is for channels, the others are for people."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"
    COMMANDER = "commander"
    INCIDENT = "incident"


class Right(StrEnum):
    """What a role allows."""

    VIEW = "view"
    PROPOSE = "propose"
    APPROVE = "approve"
    ADMINISTER = "administer"
    COMMAND = "decide alone"  # in an emergency, without an approval


ROLES_WITH: dict[Right, frozenset[Role]] = {
    Right.VIEW: frozenset({Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.ADMIN, Role.COMMANDER}),
    Right.PROPOSE: frozenset({Role.OPERATOR, Role.ADMIN, Role.COMMANDER}),
    Right.APPROVE: frozenset({Role.APPROVER, Role.ADMIN}),
    Right.ADMINISTER: frozenset({Role.ADMIN}),
    Right.COMMAND: frozenset({Role.COMMANDER}),
}
NOT_THROUGH_A_USERGROUP = frozenset({Role.APPROVER, Role.ADMIN, Role.COMMANDER})
GRANTED_IN_SLACK = frozenset({Role.VIEWER, Role.OPERATOR, Role.INCIDENT})


@dataclass(frozen=True, slots=True)
class Subject:
    """The holder of a role: a kind and Slack's id. Names are not stored, since they change."""

    kind: SubjectKind
    id: str


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of the table ``roles``.

    ``customer`` is ``*`` or a number; ``expires_at`` None: no expiry.
    """

    subject: Subject
    role: Role
    customer: str
    granted_by: str
    granted_at: datetime
    expires_at: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        """Whether the row has not expired."""
        return self.expires_at is None or now < self.expires_at

    def covers(self, customer: str, now: datetime) -> bool:
        """Whether the row is in force now for this customer."""
        return self.in_force(now) and self.customer in (ANY_CUSTOMER, customer)


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of an authorisation, the reason in a sentence, and the deciding rows.

    ``missing`` are roles of which any one would have been enough, ``right`` is what was asked for.
    """

    allowed: bool
    reason: str
    evidence: tuple[Grant, ...] = field(default=())
    missing: frozenset[Role] = field(default=frozenset())
    right: Right | None = None


def parse_subject(text: str) -> Subject:
    """Return the subject of a Slack id; its first letter determines the kind. Raises InvalidInput.

    U or W is a user, S a user group, C or G a channel.
    """
    if not SLACK_ID.fullmatch(text):
        raise InvalidInput(
            f"“{text[:60]}” is not a Slack id: U… or W… for a person, S… for a user group, "
            "C… or G… for a channel."
        )
    kinds = {"U": SubjectKind.USER, "W": SubjectKind.USER, "S": SubjectKind.USERGROUP}
    return Subject(kinds.get(text[0], SubjectKind.CHANNEL), text)


def check_grantable(subject: Subject, role: Role) -> None:
    """Raise InvalidInput where this kind of subject can never hold this role."""
    if (subject.kind is SubjectKind.CHANNEL) != (role is Role.INCIDENT):
        raise InvalidInput(
            "A channel can only be given the role incident, and only a channel can: "
            f"{subject.id} cannot be {role}."
        )
    if subject.kind is SubjectKind.USERGROUP and role in NOT_THROUGH_A_USERGROUP:
        raise InvalidInput(f"The role {role} is given to people one by one, not to a user group.")


def decide(
    right: Right,
    customer: str,
    grants: Iterable[Grant],
    *,
    person: str,
    others: Iterable[str] = (),
    usergroups: Iterable[str] = (),
    channel: str | None,
    now: datetime,
) -> Decision:
    """Decide whether ``person``, in ``channel``, has ``right`` on ``customer``.

    ``others`` are further ids of the same person. ``grants`` must hold the rows of these subjects,
    and may hold others. A row of the person is needed and, unless ``channel`` is None (at the
    terminal), a row of the channel.
    """
    rows = [grant for grant in grants if grant.covers(customer, now)]
    whose = "all customers" if customer == ANY_CUSTOMER else f"customer {customer}"
    people = {Subject(SubjectKind.USER, one) for one in (person, *others)}
    groups = {Subject(SubjectKind.USERGROUP, one) for one in usergroups}
    personal = [
        row for row in rows if row.role in ROLES_WITH[right] and _holds(row, people, groups)
    ]
    if not personal:
        # Nobody is made a commander for what other roles give.
        missing = ROLES_WITH[right] - {Role.COMMANDER} or ROLES_WITH[right]
        wanted = " or ".join(role for role in Role if role in missing)
        reason = f"You may not {right} for {whose}: it needs the role {wanted}."
        return Decision(allowed=False, reason=reason, missing=missing, right=right)
    if channel is None:
        return Decision(allowed=True, reason="allowed by role", evidence=(personal[0],))
    place = Subject(SubjectKind.CHANNEL, channel)
    channels = [row for row in rows if row.subject == place and row.role is Role.INCIDENT]
    if not channels:
        here = "A direct message" if channel.startswith(DIRECT_MESSAGE) else "This channel"
        reason = f"{here} is not an incident channel for {whose}."
        missing = frozenset({Role.INCIDENT})
        return Decision(allowed=False, reason=reason, missing=missing, right=right)
    evidence = (personal[0], channels[0])
    return Decision(allowed=True, reason="allowed by role and channel", evidence=evidence)


def _holds(row: Grant, people: Collection[Subject], groups: Collection[Subject]) -> bool:
    """Whether a row is of these ids of a person, or of a user group that may hold its role."""
    in_group = row.subject in groups and row.role not in NOT_THROUGH_A_USERGROUP
    return row.subject in people or in_group
