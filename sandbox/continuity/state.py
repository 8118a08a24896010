"""The state of the simulated API, and the settings of its behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.continuity.model import ApiError, MailUser, Token
from sandbox.continuity.visibility import Visibility

Users = dict[str, MailUser]


@dataclass(slots=True)
class State:
    """Users are keyed by their address in lower case.

    Where the reference does not say how the API behaves: ``counts_changed`` makes affectedUsers of
    a flag the users that changed, instead of those that match; ``case_sensitive`` makes `Jo@…` and
    `jo@…` two users; ``omitted_fields`` are left out of every answer, such as `failover` or
    `affectedUsers`. ``busy`` are the keys of users, by customer, that the next write of a flag leaves
    as they are.
    """

    clock: Callable[[], float]
    base_url: str = ""
    customers: dict[str, Users] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    tokens: dict[str, Token] = field(default_factory=dict)
    notifications: list[str] = field(default_factory=list)
    counts_changed: bool = False
    case_sensitive: bool = False
    omitted_fields: set[str] = field(default_factory=set)
    busy: dict[str, set[str]] = field(default_factory=dict)
    visibility: Visibility = field(init=False)

    def __post_init__(self) -> None:
        self.visibility = Visibility(self.clock)

    def same(self, one: str, other: str) -> bool:
        """Whether two spellings name the same user."""
        return one == other or (not self.case_sensitive and one.lower() == other.lower())

    def find(self, users: Users, address: str) -> MailUser | None:
        """Return the user of this address, or None."""
        user = users.get(address.lower())
        if user is None or not self.same(user.user, address):
            user = users.get(address)  # the second of two spellings
        return user

    def existing(self, users: Users, address: str) -> MailUser:
        """Return the user of this address. Raises ApiError."""
        user = self.find(users, address)
        if user is None:
            raise ApiError(404, "User not found")
        return user

    def free(self, customer: str, users: list[MailUser]) -> list[MailUser]:
        """Return the users that are not busy; those that are, are so no longer."""
        busy = self.busy.get(customer, set())
        free = [user for user in users if user.user.lower() not in busy]
        busy -= {user.user.lower() for user in users}
        return free

    def add(self, users: Users, user: MailUser) -> None:
        """Add a user."""
        key = user.user.lower()
        users[user.user if key in users and users[key] is not user else key] = user

    def remove(self, users: Users, user: MailUser) -> None:
        """Remove a user."""
        key = user.user.lower()
        del users[key if users.get(key) is user else user.user]
