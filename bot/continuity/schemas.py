"""The answers of the continuity API: tolerant of unknown fields, strict about types.

What the reference does not show is marked "assumed" and sits here alone.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr


class Told(BaseModel):
    """The flags, where told. Absent or null is None; a string such as "false" is another shape."""

    model_config = ConfigDict(extra="allow")

    failover: StrictBool | None = None  # assumed
    access: StrictBool | None = None  # assumed
    activation: StrictBool | None = None  # assumed


class UserObject(Told):
    """A user; the flags inside it are assumed."""

    user: StrictStr


class UserAnswer(Told):
    """The answer to "show user"; the flags beside `user` are assumed as the second place."""

    user: UserObject

    def flag(self, name: str) -> bool | None:
        """Return a flag from the user object, else from beside it, else None."""
        inside: bool | None = getattr(self.user, name)
        beside: bool | None = getattr(self, name)
        return beside if inside is None else inside


class WriteAnswer(BaseModel):
    """The answer to a write: id and timestamp always, `affectedUsers` for a customer's flag."""

    model_config = ConfigDict(extra="allow")

    id: Annotated[StrictStr, Field(min_length=1)]
    timestamp: StrictStr
    affected: Annotated[StrictInt, Field(ge=0)] | None = Field(None, alias="affectedUsers")
    status: StrictInt | None = None  # of an error body; a success has none
    message: StrictStr = ""


class ErrorAnswer(BaseModel):
    """The API's own no. Every field may be missing: a gateway in front may have answered."""

    model_config = ConfigDict(extra="allow")

    id: StrictStr | None = None
    timestamp: StrictStr | None = None
    message: StrictStr = ""
