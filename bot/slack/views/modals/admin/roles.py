"""The form for the roles that an admin grants in Slack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.admin_commands import GrantRoleCommand
from bot.domain.roles import (
    GRANTED_IN_SLACK,
    Grant,
    Role,
    Subject,
    SubjectKind,
    check_grantable,
    parse_subject,
)
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.program import PROGRAM
from bot.service.queries.administered import Administered
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.admin_modal import (
    CUSTOMER,
    AdminModal,
    Row,
    customer_of,
    label,
)
from bot.slack.views.modals.inputs import channel_select, input_block, select
from bot.slack.views.modals.modal import Parts
from bot.slack.views.mrkdwn import Blocks, format_time
from bot.slack.views.roles import holder, person
from bot.slack.views.texts import admin as texts

ROLE, PERSON, PLACE, USERGROUP, HOURS = "role", "person", "place", "usergroup", "hours"


def command_of(values: Values) -> GrantRoleCommand:
    """Return the command that says the same. Raises InvalidInput."""
    return GrantRoleCommand(_holder(values), _role(values), customer_of(values), _hours(values))


def _role(values: Values) -> Role:
    chosen = str(values.get(ROLE) or "")
    if chosen not in texts.ROLE_OPTIONS:
        raise InvalidInput(texts.ROLE_MISSING)
    return Role(chosen)


def _holder(values: Values) -> Subject:
    given = [str(values[one]).strip() for one in (PERSON, PLACE, USERGROUP) if values.get(one)]
    if len(given) != 1:
        raise InvalidInput(texts.ONE_HOLDER if given else texts.WHO_MISSING)
    subject = parse_subject(given[0])
    if values.get(ROLE):
        check_grantable(subject, _role(values))
    return subject


def _hours(values: Values) -> int | None:
    typed = str(values.get(HOURS) or "").strip()
    return converters.hours(typed) if typed else None


@dataclass(frozen=True, slots=True)
class RolesModal(AdminModal):
    """Grants a role, and revokes those that can be revoked in Slack."""

    callback_id: ClassVar[str] = "admin_roles"
    title: ClassVar[str] = texts.ROLES
    intro: ClassVar[str] = texts.ROLES_INTRO.format(program=PROGRAM)
    send: ClassVar[str] = texts.GRANT
    remove: ClassVar[str] = texts.REVOKE
    remove_title: ClassVar[str] = texts.REVOKE_TITLE
    parts: ClassVar[Parts] = {ROLE: _role, PERSON: _holder, CUSTOMER: customer_of, HOURS: _hours}

    def inputs(self) -> Blocks:
        """Return the inputs for a row."""
        element = {"type": "users_select"}
        element |= {"initial_user": chosen} if (chosen := self.text(PERSON)) else {}
        place = self.text(PLACE)
        return [
            select(ROLE, texts.ROLE, texts.ROLE_OPTIONS, self.text(ROLE)),
            input_block(PERSON, texts.PERSON, element, optional=True),
            channel_select(PLACE, texts.PLACE, place, optional=True, hint=texts.PLACE_HINT),
            self.line(USERGROUP, texts.USERGROUP, texts.USERGROUP_HINT, 25, optional=True),
            self.customer(),
            self.line(HOURS, texts.HOURS, texts.HOURS_HINT, 4, optional=True),
        ]

    @classmethod
    def rows_of(cls, found: Administered) -> list[Row]:
        """Return the rows that there are; those that are revoked elsewhere have no button."""
        return [_row(found, grant) for grant in found.grants]


def _row(found: Administered, grant: Grant) -> Row:
    until = grant.expires_at
    line = texts.ROLE_ROW.format(
        holder=holder(grant.subject),
        role=grant.role,
        customer=label(found, grant.customer),
        until=texts.UNTIL.format(time=format_time(until)) if until else "",
        granter=person(grant.granted_by),
    )
    if grant.role not in GRANTED_IN_SLACK:
        return Row(texts.ON_TERMINAL.format(row=line))
    if grant.subject.kind is SubjectKind.USER and grant.subject.id in found.person:
        return Row(texts.OWN.format(row=line))
    return Row(line, f"{grant.subject.id} {grant.role} {grant.customer}")
