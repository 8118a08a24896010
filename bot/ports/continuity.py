"""The continuity API."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.preview import UserFlags
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Groups
from bot.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class Receipt:
    """The API's answer to a write: its id and timestamp, ``""`` where the answer has none.

    ``affected`` is the number of users, None where the answer has none.
    """

    api_id: str
    api_timestamp: str
    affected: int | None


@dataclass(frozen=True, slots=True)
class UserState:
    """One user in the API. A flag that is missing in the answer is None, not False.

    ``fields`` is the whole user object, unknown fields included: personal data, so not in the repr.
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
    """A token that sets a user's password: whoever holds it can open the mailbox.

    ``url`` is the page for it; ``expires`` is the API's timestamp.
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
        """Return one user."""
        ...

    async def set_flag(
        self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str
    ) -> Receipt:
        """Set or remove the flag for the customer, for groups, or for one address.

        Never repeated.
        """
        ...

    def describe(self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str) -> str:
        """Return the request line that ``set_flag`` sends, for the audit trail."""
        ...

    def users(
        self, customer: str, filters: Filters = EVERY_USER
    ) -> AsyncGenerator[UserState, None]:
        """Stream the users, with bounded memory.

        Raises also in the middle. Close it when leaving early (``contextlib.aclosing``).
        """
        ...

    async def update_user(
        self, customer: str, address: str, fields: Mapping[str, object]
    ) -> Receipt:
        """Write these fields of one user. Never repeated."""
        ...

    async def delete_user(self, customer: str, address: str) -> Receipt:
        """Delete one user and their mailbox. Never repeated."""
        ...

    async def update_users(self, customer: str, users: Sequence[Mapping[str, object]]) -> Receipt:
        """Write fields of several users, each object with its `user`, in one request.

        Never repeated.
        """
        ...

    async def delete_users(self, customer: str, filters: Filters) -> Receipt:
        """Delete the users that match; no filter at all is every user. Never repeated."""
        ...

    async def request_token(self, customer: str, address: str, *, notify: bool) -> Token:
        """Make a token that sets a password; ``notify``: the API also mails it. Never repeated."""
        ...

    async def set_password(self, address: str, token: Secret, password: Secret) -> Receipt:
        """Set a user's password by their token, without the bot's own account. Never repeated."""
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
        `password`; a password's line has no customer. Raises Refused for an unknown operation.
        """
        ...

    async def rehearse(self, customer: str, drill_id: str, scenario: str) -> None:
        """Have the simulated API play a scenario under this id, with ``""`` end it; either may be repeated.

        Raises Refused for a customer that is not of a simulated API.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
