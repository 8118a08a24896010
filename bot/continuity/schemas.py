"""The bodies of the continuity API: tolerant of unknown fields, strict about types.

What the reference does not show is marked "assumed" and sits here alone; ``docs/continuity-api.md``
lists it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from bot.domain.scope import parse_address
from bot.errors import InvalidInput, Refused

USERS = "users"  # assumed: the array of users in "list users"
UPDATED_USERS = "users"  # assumed: the array of users in the body of "bulk update"
AFFECTED = "affectedUsers"  # assumed for "bulk delete" and "bulk update"; documented for a flag
FAILOVER_GROUPS = "failoverGroups"  # assumed: the array of a user's groups
DELETE_FILTERS = ("activation", "access", "failover", "group")  # assumed: as for "list users"
LARGEST_USER = 256 * 1024  # characters of one user object: our own bound, the reference has none
LARGEST_BESIDE = 256 * 1024  # characters beside the array of a list: our own bound
LARGEST_ANSWER = 1024 * 1024  # bytes of any answer but a list: our own bound


def _text(told: object) -> object:
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return str(told) if is_number else told


def _number(told: object) -> int | None:
    """Return what is a number of users; whether the write took effect does not hang on it."""
    if isinstance(told, str) and told.isascii() and told.isdecimal() and len(told) < 12:
        return int(told)
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None


class FlagFields(BaseModel):
    """The flags, where told. Absent or null is None; a string such as "false" is another shape."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    failover: StrictBool | None = None  # assumed
    access: StrictBool | None = None  # assumed
    activation: StrictBool | None = None  # assumed


class UserObject(FlagFields):
    """A user; the flags inside it are assumed."""

    user: StrictStr


class UserResponse(FlagFields):
    """The answer to "show user"; the flags beside `user` are assumed as the second place."""

    user: UserObject

    def flag(self, name: str) -> bool | None:
        """Return a flag from the user object, else from beside it, else None."""
        inside: bool | None = getattr(self.user, name)
        outside: bool | None = getattr(self, name)
        return outside if inside is None else inside


class WriteResponse(BaseModel):
    """The answer to a write: id and timestamp always, `affectedUsers` for more than one user.

    A number where a text is documented is its text; an `affectedUsers` that is no number is not told.
    """

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    id: Annotated[StrictStr, BeforeValidator(_text), Field(min_length=1)]
    timestamp: Annotated[StrictStr, BeforeValidator(_text)]
    affected: Annotated[int | None, BeforeValidator(_number)] = Field(None, alias=AFFECTED)
    status: StrictInt | None = None  # of an error body; a success has none
    message: StrictStr = ""


class TokenResponse(WriteResponse):
    """The answer to "request token". Its parts are secret: they are in no repr."""

    token: Annotated[StrictStr, Field(min_length=1, repr=False)]
    url: StrictStr = Field("", repr=False)
    expires: StrictStr = Field("", alias="expiryTimestamp")


class ErrorResponse(BaseModel):
    """The API's own no. Every field may be missing: a gateway in front may have answered."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    id: StrictStr | None = None
    timestamp: StrictStr | None = None
    status: StrictInt | None = None
    message: StrictStr = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return what stands beside the message and may not be read, should the message repeat it."""
        outside = self.model_extra or {}
        told = (outside.get(name) for name in ("url", "token", "password"))
        return tuple(value for value in told if isinstance(value, str))


def user_body(customer: str, address: str, fields: Mapping[str, object]) -> bytes:
    """Return the body of "update user": the user object (assumed).

    Raises Refused where it has no fields, or those of another user or customer.
    """
    if not fields:
        raise Refused("There is nothing to write. Nothing was sent.")
    if str(fields.get("user", address)).lower() != address.lower():
        raise Refused("The user object is that of another user. Nothing was sent.")
    if fields.get("customer", customer) != customer:
        raise Refused("The user object is that of another customer. Nothing was sent.")
    return as_json(dict(fields))


def users_body(customer: str, users: Sequence[Mapping[str, object]]) -> bytes:
    """Return the body of "bulk update". Raises Refused for none, and for one user named twice."""
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
    """Return the body's bytes. Raises Refused for what is no JSON; no value is repeated."""
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):  # the second holds UnicodeEncodeError
        raise Refused("A field holds a value that cannot be sent. Nothing was sent.") from None
