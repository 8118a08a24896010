"""The continuity API, as the use cases need it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.preview import UserFlags
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Groups
from bot.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class Receipt:
    """The API's answer to a write: its own id and timestamp, ``""`` where it accepted it without;
    ``affected`` None where it told none."""

    api_id: str
    api_timestamp: str
    affected: int | None


@dataclass(frozen=True, slots=True)
class UserState:
    """What the API tells of one user; None is "not told", never False.

    ``fields`` is the whole user object as told, unknown fields included: personal data, so no part of
    the repr.
    """

    address: str
    failover: bool | None
    access: bool | None
    activation: bool | None
    fields: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)

    def csv_row(self) -> Mapping[str, object]:
        """Return the cells of an export by column: the fields, the address and the flags."""
        return {
            **self.fields,
            "user": self.address,
            "failover": self.failover,
            "access": self.access,
            "activation": self.activation,
        }

    @property
    def flags(self) -> UserFlags:
        """The three flags."""
        return UserFlags(self.failover, self.access, self.activation)

    @property
    def display_name(self) -> str:
        """The name, ``""`` where the API tells none."""
        name = self.fields.get("displayName")
        return name if isinstance(name, str) else ""


@dataclass(frozen=True, slots=True)
class Token:
    """What sets a user's password: whoever holds it can take the mailbox over.

    ``url`` leads the user to the page for it; ``expires`` is the API's own timestamp.
    """

    receipt: Receipt
    token: Secret
    url: Secret
    expires: str


class ContinuityApi(Protocol):
    """The continuity API. Every method raises NotSent, Refused or Ambiguous and nothing else."""

    async def count(self, customer: str, filters: Filters = EVERY_USER) -> int:
        """Return how many users match."""
        ...

    async def user(self, customer: str, address: str) -> UserState:
        """Return what the API tells of one user."""
        ...

    async def set_flag(
        self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str
    ) -> Receipt:
        """Set or remove the flag for the customer, for groups, or for one address. Sent once."""
        ...

    def describe(self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str) -> str:
        """Return the request line that ``set_flag`` sends, for the audit trail."""
        ...

    def users(
        self, customer: str, filters: Filters = EVERY_USER
    ) -> AsyncGenerator[UserState, None]:
        """Stream the users; bounded memory however many.

        Raises also in the middle: what came before is then not the whole. Close what you leave early
        (``contextlib.aclosing``).
        """
        ...

    async def update_user(
        self, customer: str, address: str, fields: Mapping[str, object]
    ) -> Receipt:
        """Write these fields of one user. Sent once."""
        ...

    async def delete_user(self, customer: str, address: str) -> Receipt:
        """Delete one user and their mailbox. Sent once."""
        ...

    async def update_users(self, customer: str, users: Sequence[Mapping[str, object]]) -> Receipt:
        """Write fields of several users, each object with its `user`, in one request. Sent once."""
        ...

    async def delete_users(self, customer: str, filters: Filters) -> Receipt:
        """Delete the users that match; no filter at all is every user. Sent once."""
        ...

    async def request_token(self, customer: str, address: str, *, notify: bool) -> Token:
        """Ask for the token that sets a password; ``notify`` lets the API mail it, too. Sent once."""
        ...

    async def set_password(self, address: str, token: Secret, password: Secret) -> Receipt:
        """Set a user's password by their token, without the bot's own account. Sent once."""
        ...

    def request_line(
        self,
        method: str,
        customer: str,
        *,
        address: str = "",
        part: str = "",
        filters: Filters | None = None,
        notify: bool = False,
    ) -> str:
        """Return the request line of any operation but a flag's, for the audit trail.

        `DELETE /44444?group=emea`, `POST /44444/jo%40example.com/token`. ``part`` is `token` or
        `password`; a password's line has no customer. Raises Refused where it is no operation.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
