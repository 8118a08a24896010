"""The users of a change, as scopes that cannot be empty."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from bot.domain.identifiers import parse_address, parse_group
from bot.domain.limits import MAX_GROUPS, MAX_USERS
from bot.errors import InvalidInput

# Addresses that were checked before they were stored, a line each; possessive, so that it takes 0.5
# ms for 5,000 of them, where the rule of each takes 8.
_STORED = re.compile(r"(?:[A-Za-z0-9.!$&'*+=^_`{|}~-]++@[A-Za-z0-9.-]++\n)++")


class Flag(StrEnum):
    """The two flags that can be changed.

    An enum, since a request with an empty flag deletes the user.
    """

    FAILOVER = "failover"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class Everyone:
    """All users of the customer."""

    kind: Literal["everyone"] = field(default="everyone", init=False)


@dataclass(frozen=True, slots=True)
class Groups:
    """The users in at least one of 1 to 16 failover groups. Raises InvalidInput when empty."""

    names: tuple[str, ...]
    kind: Literal["groups"] = field(default="groups", init=False)

    def __post_init__(self) -> None:
        names = tuple(dict.fromkeys(parse_group(name) for name in self.names))
        if not 1 <= len(names) <= MAX_GROUPS:
            raise InvalidInput(
                f"Between 1 and {MAX_GROUPS} groups, please; these are {len(names)}."
            )
        object.__setattr__(self, "names", names)


@dataclass(frozen=True, slots=True)
class Filters:
    """The users of a customer who are in at least one of the groups and have the given flags.

    No filter means every user. At most 16 groups; duplicates are removed. Raises InvalidInput.
    """

    groups: tuple[str, ...] = ()
    failover: bool | None = None
    access: bool | None = None
    activation: bool | None = None
    kind: Literal["filters"] = field(default="filters", init=False)

    def __post_init__(self) -> None:
        groups = Groups(self.groups).names if self.groups else ()
        object.__setattr__(self, "groups", groups)

    def with_flag(self, flag: Flag, on: bool) -> Filters:
        """Return the filters with this flag asked for, on or off."""
        if flag is Flag.FAILOVER:
            return replace(self, failover=on)
        return replace(self, access=on)


EVERY_USER = Filters()


@dataclass(frozen=True, slots=True)
class Users:
    """Named users, 1 to 5,000. Duplicates are removed, regardless of case. Raises InvalidInput."""

    addresses: tuple[str, ...]
    kind: Literal["users"] = field(default="users", init=False)

    def __post_init__(self) -> None:
        case_folded = {
            parse_address(address).lower(): address for address in reversed(self.addresses)
        }
        addresses = tuple(reversed(case_folded.values()))
        if not 1 <= len(addresses) <= MAX_USERS:
            raise InvalidInput(
                f"Between 1 and {MAX_USERS:,} users at once, please; these are {len(addresses)}."
            )
        object.__setattr__(self, "addresses", addresses)

    @classmethod
    def stored(cls, addresses: tuple[str, ...]) -> Users:
        """Return the users of a row that was written from ``Users``: folded, and each address
        checked.

        Raises InvalidInput where it was not, as far as the characters tell.
        """
        lines = "".join([f"{one}\n" for one in addresses])
        whole = _STORED.fullmatch(lines) and lines.count("\n") == len(addresses) <= MAX_USERS
        if not whole:
            raise InvalidInput("These are not the addresses of 1 to 5,000 users.")
        users = object.__new__(cls)
        object.__setattr__(users, "addresses", addresses)
        object.__setattr__(users, "kind", "users")
        return users


@dataclass(frozen=True, slots=True)
class FileUsers:
    """The users of a file. ``users`` is their number, ``digest`` the SHA-256 of the file.

    The rows are kept in the store (``ImportRow``).
    """

    users: int
    digest: str
    kind: Literal["file"] = field(default="file", init=False)


Scope = Everyone | Groups | Users | Filters | FileUsers
SCOPE_KINDS = ("everyone", "groups", "users", "filters", "file")


def single_address(scope: Scope) -> str:
    """Return the address of a scope of one named user. Raises TypeError for any other."""
    if not isinstance(scope, Users) or len(scope.addresses) != 1:
        raise TypeError("this is for one named user")
    return scope.addresses[0]


def case_folded(scope: Scope) -> Scope | tuple[str, ...]:
    """Return the scope with addresses in small letters: the API may differ in case."""
    if not isinstance(scope, Users):
        return scope
    return tuple(address.lower() for address in scope.addresses)


def describe_filters(filters: Filters) -> list[str]:
    """Return the filters in words: `failover on`, `group emea`; or `every user`."""
    words = [
        f"{name} {'on' if value else 'off'}"
        for name, value in (("failover", filters.failover), ("access", filters.access))
        if value is not None
    ]
    if filters.activation is not None:
        words.append("activated" if filters.activation else "not activated")
    if filters.groups:
        words.append(
            f"{'group' if len(filters.groups) == 1 else 'groups'} {' or '.join(filters.groups)}"
        )
    return words or ["every user"]


def overlap(one: Scope, other: Scope) -> bool:
    """Whether two scopes of one customer may have a user in common.

    Only two lists of named users can be compared: the members of groups are known to the API alone.
    """
    if isinstance(one, Users) and isinstance(other, Users):
        mine = {address.lower() for address in one.addresses}
        return any(address.lower() in mine for address in other.addresses)
    return True
