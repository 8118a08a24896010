"""The commands of admins: roles, names and sets of customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.customer_set import SetName
from bot.domain.roles import Right, Role, Subject


@dataclass(frozen=True, slots=True)
class CreateSetCommand:
    """`set create NAME CUSTOMER...`."""

    right: ClassVar[Right] = Right.ADMINISTER
    name: SetName
    customers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShowSetCommand:
    """`set show NAME`."""

    right: ClassVar[Right] = Right.VIEW
    name: SetName


@dataclass(frozen=True, slots=True)
class ListSetsCommand:
    """`set list`."""

    right: ClassVar[Right] = Right.VIEW


@dataclass(frozen=True, slots=True)
class DeleteSetCommand:
    """`set delete NAME`."""

    right: ClassVar[Right] = Right.ADMINISTER
    name: SetName


@dataclass(frozen=True, slots=True)
class ListRolesCommand:
    """`role list [SUBJECT] [ROLE] [CUSTOMER]`."""

    right: ClassVar[Right] = Right.ADMINISTER
    subject: Subject | None = None
    role: Role | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class GrantRoleCommand:
    """`role grant SUBJECT ROLE CUSTOMER [--hours N]`; ``customer`` is ``*`` or a number."""

    right: ClassVar[Right] = Right.ADMINISTER
    subject: Subject
    role: Role
    customer: str
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class RevokeRoleCommand:
    """`role revoke SUBJECT ROLE CUSTOMER`."""

    right: ClassVar[Right] = Right.ADMINISTER
    subject: Subject
    role: Role
    customer: str


@dataclass(frozen=True, slots=True)
class NameCustomerCommand:
    """`customer name CUSTOMER NAME`; 1 to 80 visible characters."""

    right: ClassVar[Right] = Right.ADMINISTER
    customer: str
    name: str
