"""Everything that the simulated API remembers, and how it is set to behave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.continuity.model import MailUser, Token
from sandbox.continuity.visibility import Visibility

Users = dict[str, MailUser]


@dataclass(slots=True)
class State:
    """Users are keyed by their address in lower case.

    ``counts_changed`` makes affectedUsers of a flag the users that changed, instead of those that match:
    the reference does not say which. ``minds_capitals`` makes `Jo@…` and `jo@…` two users: the reference
    does not say whether they are. ``untold`` are fields that no answer holds, such as `failover` or
    `affectedUsers`.
    """

    clock: Callable[[], float]
    base_url: str = ""
    customers: dict[str, Users] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    tokens: dict[str, Token] = field(default_factory=dict)
    notifications: list[str] = field(default_factory=list)
    counts_changed: bool = False
    minds_capitals: bool = False
    untold: set[str] = field(default_factory=set)
    visibility: Visibility = field(init=False)

    def __post_init__(self) -> None:
        self.visibility = Visibility(self.clock)

    def same(self, one: str, other: str) -> bool:
        """Whether two spellings are one user."""
        return one == other or (not self.minds_capitals and one.lower() == other.lower())

    def find(self, users: Users, address: str) -> MailUser | None:
        """Return the user of this address."""
        user = users.get(address.lower())
        if user is None or not self.same(user.user, address):
            user = users.get(address)  # the second of two
        return user

    def add(self, users: Users, user: MailUser) -> None:
        """Keep a new user."""
        key = user.user.lower()
        users[user.user if key in users and users[key] is not user else key] = user

    def remove(self, users: Users, user: MailUser) -> None:
        """Forget a user."""
        key = user.user.lower()
        del users[key if users.get(key) is user else user.user]
