"""The users of a change: customers, addresses, groups, and scopes that cannot be empty."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from string import ascii_letters, digits
from typing import Literal

from bot.domain.characters import describe_character, first_not_in, refuse_invisible
from bot.domain.limits import MAX_ADDRESS_CHARS, MAX_GROUPS, MAX_USERS
from bot.errors import InvalidInput

_CUSTOMER = re.compile(r"[0-9]{5}([A-Z]{2})?")
_LOCAL = re.compile(r"[A-Za-z0-9!$&'*+=^_`{|}~-]+(\.[A-Za-z0-9!$&'*+=^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})+")
# A name with spaces is quoted in a command; an apostrophe inside a name is not a quotation mark.
_QUOTED = re.compile(r"[\"“”„‟]|^['‘’‚‛]|['‘’‚‛]$")
_LOCAL_TAKES = frozenset(f"{ascii_letters}{digits}.!$&'*+=^_`{{|}}~-")
_DOMAIN_TAKES = frozenset(f"{ascii_letters}{digits}.-")
# Addresses that were checked before they were stored, a line each; possessive, so that it takes 0.5
# ms for 5,000 of them, where the rule of each takes 8.
_STORED = re.compile(r"(?:[A-Za-z0-9.!$&'*+=^_`{|}~-]++@[A-Za-z0-9.-]++\n)++")
_CUSTOMER_TAKES = frozenset(f"{ascii_letters}{digits}")


class Flag(StrEnum):
    """The two flags that can be changed.

    An enum, since a request with an empty flag deletes the user.
    """

    FAILOVER = "failover"
    ACCESS = "access"


def parse_customer(text: str) -> str:
    """Return the customer number: five ASCII digits and perhaps two capital letters (`44444DE`).

    Raises InvalidInput. Rule: `[0-9]{5}([A-Z]{2})?` of the API reference.
    """
    refuse_invisible(text, "The customer number")
    if not _CUSTOMER.fullmatch(text):
        # Only for ASCII: upper() turns the sharp s into SS, which would be another customer.
        meant = text.upper() if text.isascii() else ""
        hint = f" Did you mean {meant}?" if _CUSTOMER.fullmatch(meant) else ""
        odd = first_not_in(text, _CUSTOMER_TAKES)
        holds = f" It holds {describe_character(odd)}." if odd else ""
        raise InvalidInput(
            f"“{_shown(text)}” is not a customer number: five digits, perhaps two capital letters, "
            f"as in 44444 or 44444DE.{holds}{hint}"
        )
    return text


def parse_address(text: str) -> str:
    """Return the mail address as typed, case kept.

    Stricter than the vendor's pattern, which admits `?`, `#`, `%2F` and newlines in a path segment:
    one `@`, dot-separated parts of common ASCII characters, a domain with a dot, at most 256
    characters. An address that begins with a dash is probably a mistyped option. Raises
    InvalidInput.
    """
    refuse_invisible(text, "The address")
    local, at, domain = text.partition("@")
    if len(text) > MAX_ADDRESS_CHARS:
        raise InvalidInput(f"“{_shown(text)}” is longer than {MAX_ADDRESS_CHARS} characters.")
    if not at or not domain:
        odd = first_not_in(text, _LOCAL_TAKES | {"@"})
        holds = f", and it holds {describe_character(odd)}" if odd else ""
        raise InvalidInput(f"“{_shown(text)}” is not an address: the domain is missing{holds}.")
    if local.startswith("-"):
        raise InvalidInput(f"“{_shown(text)}” is not an address: it begins with a dash.")
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise InvalidInput(
            f"“{_shown(text)}” is not an address that can be used here: {_odd(local, domain)}."
        )
    return text


def _odd(local: str, domain: str) -> str:
    """Return what is wrong with an address, with the first character that is not allowed."""
    if odd := first_not_in(local, _LOCAL_TAKES):
        return f"it holds {describe_character(odd)}"
    if odd := first_not_in(domain, _DOMAIN_TAKES):
        return f"its domain holds {describe_character(odd)}"
    if not local:
        return "nothing stands before the “@”"
    if not _LOCAL.fullmatch(local):
        return "before the “@” a dot stands at the beginning, at the end, or beside another dot"
    if "." not in domain:
        return "its domain has no dot, as in name@example.com"
    return "a part of its domain is empty, too long, or begins or ends with a dash"


def parse_group(text: str) -> str:
    """Return the name of a failover group: 1 to 128 visible characters, a letter or digit among
    them.

    No quotation mark, and no comma: the reference contradicts itself on how several groups are sent
    (as repeated parameters or joined by commas), so a comma could name other groups. Raises
    InvalidInput.
    """
    refuse_invisible(text, "The group")
    name = text.strip()
    # This refuses wildcards, too, should the API have any.
    if not any(char.isalnum() for char in name):
        raise InvalidInput("A group needs a name: --group emea.")
    if quote := _QUOTED.search(name):
        raise InvalidInput(
            f"“{_shown(name)}” is not a group name: it holds {describe_character(quote[0])}, check its quotes."
        )
    if len(name) > 128 or "," in name:
        raise InvalidInput(
            f"“{_shown(name)}” is not a group name: at most 128 characters and no comma. "
            "Repeat --group for several groups."
        )
    return name


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


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
