"""The values of the simulated API: users, tokens and errors, with the limits of the reference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

CUSTOMER = re.compile(r"[0-9]{5}([A-Z]{2})?")  # the vendor's pattern
USER = re.compile(r"[^/]+@[^/]+")  # the vendor's pattern, after decoding
GROUP = re.compile(r"[^,\x00-\x1f]{1,128}")  # assumed: the reference shows no rule
MAX_ADDRESS_CHARS = 256  # the reference's limit of user
PASSWORD = re.compile(r"[a-zA-Z0-9@$!%*?&]{8,256}")  # the vendor's pattern
FLAGS = ("failover", "access")
TOKEN_SECONDS = 24 * 3600  # assumed: how long a token works

# field of the user object -> attribute, shortest, longest (the reference's limits)
_TEXTS = {
    "domain": ("domain", 0, 128),
    "displayName": ("display_name", 1, 256),
    "givenName": ("given_name", 1, 128),
    "surName": ("sur_name", 1, 128),
    "language": ("language", 1, 8),
    "timezone": ("timezone", 1, 128),
}
_KNOWN = {*_TEXTS, "customer", "user", "failoverGroups", "activation", "access", "failover"}

Answer = dict[str, Any]  # the fields of an answer


class ApiError(Exception):
    """An answer that is an error: HTTP status and the API's own message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(slots=True)
class MailUser:
    """A user of the simulated API. Change the attributes at will: the next answer shows it."""

    customer: str
    user: str
    domain: str
    display_name: str = ""
    given_name: str = ""
    sur_name: str = ""
    language: str = "en_GB"
    timezone: str = "Europe/Berlin"
    failover: bool = False
    access: bool = True
    activation: bool = True
    groups: set[str] = field(default_factory=set)
    others: dict[str, Any] = field(default_factory=dict)  # fields that the reference does not show

    def as_json(self) -> dict[str, Any]:
        """Return the user object; failoverGroups and the three booleans are assumed."""
        texts = {
            name: text
            for name, (attribute, shortest, _) in _TEXTS.items()
            if len(text := getattr(self, attribute)) >= shortest  # an empty name is left out
        }
        return {
            "customer": self.customer,
            "user": self.user,
            **texts,
            "failoverGroups": sorted(self.groups),
            "activation": self.activation,
            "access": self.access,
            "failover": self.failover,
            **self.others,
        }

    def update_from(self, body: Mapping[str, Any]) -> None:
        """Take the fields of a user object; flags are changed by their own calls only (assumed).

        Raises ApiError.
        """
        texts = {name: body[name] for name in _TEXTS if name in body}
        for name, value in texts.items():
            _, shortest, longest = _TEXTS[name]
            if not isinstance(value, str) or not shortest <= len(value) <= longest:
                raise ApiError(400, f"{name} must be a text of {shortest} to {longest}")
        for name in ("activation", "access", "failover"):
            if not isinstance(body.get(name, False), bool):
                raise ApiError(400, f"{name} must be true or false")
        if not CUSTOMER.fullmatch(str(body.get("customer", self.customer))):
            raise ApiError(400, "customer does not match [0-9]{5}([A-Z]{2})?")
        address = body.get("user", self.user)
        if not isinstance(address, str) or len(address) > MAX_ADDRESS_CHARS:
            raise ApiError(400, f"user must be a text of at most {MAX_ADDRESS_CHARS}")
        groups = body.get("failoverGroups", sorted(self.groups))
        if not isinstance(groups, list) or not all(
            isinstance(group, str) and GROUP.fullmatch(group) for group in groups
        ):
            raise ApiError(400, "failoverGroups must be an array of texts of 1 to 128")
        self.groups = set(groups)
        for name, value in texts.items():
            setattr(self, _TEXTS[name][0], value)
        self.others |= {name: value for name, value in body.items() if name not in _KNOWN}


@dataclass(slots=True)
class Token:
    """A token for one user's password; works once, until ``expires`` (UNIX seconds)."""

    customer: str
    user: str
    expires: float


def parse_flag(text: str) -> str:
    """Return the name of a flag. Raises ApiError."""
    if text not in FLAGS:
        raise ApiError(400, "FLAG must be failover or access")
    return text


def timestamp(seconds: float) -> str:
    """Return UNIX seconds as the API writes times: ISO 8601, UTC, milliseconds."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def example_users(
    customer: str,
    users: int,
    groups: Mapping[str, int],
    *,
    access_off: int = 0,
    not_activated: int = 0,
    failover_on: int = 0,
    domain: str = "example.com",
) -> dict[str, MailUser]:
    """Return user0001 to user{users}, by address, always the same for the same arguments.

    Groups take users one after the other, and start again after the last; ``failover_on`` counts
    from the first user, ``access_off`` and ``not_activated`` from the last.
    """
    created: list[MailUser] = []
    for number in range(1, users + 1):
        address = f"user{number:04d}@{domain}"
        user = MailUser(customer, address, domain, f"User {number:04d}", "User", f"{number:04d}")
        user.failover = number <= failover_on
        user.access = number <= users - access_off
        user.activation = number <= users - not_activated
        created.append(user)
    position = 0
    for group, size in groups.items():
        for _ in range(min(size, users)):
            created[position % users].groups.add(group)
            position += 1
    return {user.user: user for user in created}
