"""The bodies of the continuity API: tolerant of unknown fields, strict about types.

What the reference does not show is marked "assumed", is here alone, and is listed in
``docs/continuity-api.md``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from bot.domain.identifiers import parse_address
from bot.errors import InvalidInput, Refused

USERS = "users"  # assumed: the array of users in "list users"
UPDATED_USERS = "users"  # assumed: the array of users in the body of "bulk update"
AFFECTED = "affectedUsers"  # assumed for "bulk delete" and "bulk update"; documented for a flag
FAILOVER_GROUPS = "failoverGroups"  # assumed: the array of a user's groups
DELETE_FILTERS = ("activation", "access", "failover", "group")  # assumed: as for "list users"
MAX_USER_CHARS = 256 * 1024  # our own limit; the reference has none
MAX_OUTSIDE_CHARS = 256 * 1024  # outside the array of a list; our own limit
MAX_RESPONSE_BYTES = 1024 * 1024  # of any answer but a list; our own limit


def _text(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


def _number(value: object) -> int | None:
    """Return a number of users, None for anything else: a write must not fail because of it."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


class FlagFields(BaseModel):
    """The flags. None is absent or null; a string such as "false" is refused."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    failover: StrictBool | None = None  # assumed
    access: StrictBool | None = None  # assumed
    activation: StrictBool | None = None  # assumed


class UserObject(FlagFields):
    """A user; the flags inside it are assumed."""

    user: StrictStr


class UserResponse(FlagFields):
    """The answer to "show user"; flags may also be outside the user object (assumed)."""

    user: UserObject

    def flag(self, name: str) -> bool | None:
        """Return a flag of the user object, else the one outside of it, else None."""
        inside: bool | None = getattr(self.user, name)
        outside: bool | None = getattr(self, name)
        return outside if inside is None else inside


class WriteResponse(BaseModel):
    """The answer to a write: id and timestamp always, `affectedUsers` for several users.

    A number is accepted as a text. An `affectedUsers` that is no number is None.
    """

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    id: Annotated[StrictStr, BeforeValidator(_text), Field(min_length=1)]
    timestamp: Annotated[StrictStr, BeforeValidator(_text)]
    affected: Annotated[int | None, BeforeValidator(_number)] = Field(None, alias=AFFECTED)
    status: StrictInt | None = None  # of an error body; a success has none
    message: StrictStr = ""


class TokenResponse(WriteResponse):
    """The answer to "request token"; the secret fields are in no repr."""

    token: Annotated[StrictStr, Field(min_length=1, repr=False)]
    url: StrictStr = Field("", repr=False)
    expires: StrictStr = Field("", alias="expiryTimestamp")


class ErrorResponse(BaseModel):
    """The body of an error. Every field may be missing: a gateway may have answered."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    id: StrictStr | None = None
    timestamp: StrictStr | None = None
    status: StrictInt | None = None
    message: StrictStr = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the secrets among the other fields, which the message may repeat."""
        outside = self.model_extra or {}
        values = (outside.get(name) for name in ("url", "token", "password"))
        return tuple(value for value in values if isinstance(value, str))


def user_body(customer: str, address: str, fields: Mapping[str, object]) -> bytes:
    """Return the body of "update user": the user object (assumed).

    Raises Refused if it has no fields, or those of another user or customer.
    """
    if not fields:
        raise Refused("There is nothing to write. Nothing was sent.")
    if str(fields.get("user", address)).lower() != address.lower():
        raise Refused("The user object is that of another user. Nothing was sent.")
    if fields.get("customer", customer) != customer:
        raise Refused("The user object is that of another customer. Nothing was sent.")
    return as_json(dict(fields))


def users_body(customer: str, users: Sequence[Mapping[str, object]]) -> bytes:
    """Return the body of "bulk update". Raises Refused for no users, and for one that is there
    twice."""
    if not users:
        raise Refused("There is nobody to write. Nothing was sent.")
    addresses: set[str] = set()
    for user in users:
        try:
            address = parse_address(str(user.get("user", "")))
        except InvalidInput as error:
            raise Refused(f"{error} Nothing was sent.") from None
        if address.lower() in addresses:
            raise Refused(f"{address} is there twice. Nothing was sent.")
        if user.get("customer", customer) != customer:
            raise Refused(f"{address} is a user of another customer. Nothing was sent.")
        addresses.add(address.lower())
    return as_json({UPDATED_USERS: [dict(user) for user in users]})


def password_body(token: str, password: str) -> bytes:
    """Return the body of "set password"."""
    return as_json({"token": token, "password": password})


def as_json(body: object) -> bytes:
    """Return the body as JSON. Raises Refused if it cannot be encoded; no value is repeated."""
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):  # ValueError includes UnicodeEncodeError
        raise Refused("A field holds a value that cannot be sent. Nothing was sent.") from None
