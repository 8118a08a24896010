"""What a person can name in a command: the customers and changes that they may see, and mentions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import AWAITING, State
from bot.domain.roles import Right
from bot.ports import Transaction
from bot.service.access.principals import Principal, rows_for
from bot.store.sqlite.read_only import ReadOnlySqliteStore
from bot.terminal.demo.completion import Item, Known, KnownChange
from sandbox.clock import SandboxClock
from sandbox.slack import Person, SlackSandbox

MAX_CHANGES = 30


class KnownToPerson:
    """Reads the bot's database beside the bot. An async context manager."""

    def __init__(self, database: Path, slack: SlackSandbox, clock: SandboxClock) -> None:
        self._database = database
        self._slack = slack
        self._clock = clock
        self._store: ReadOnlySqliteStore | None = None

    async def __aenter__(self) -> Self:
        """Do nothing: the database is opened when it is first read."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the database."""
        if self._store is not None:
            await self._store.close()

    async def __call__(self, person_id: str) -> Known:
        """Return what this person can name. Whom Slack bars sees no customer and no change.

        Raises KeyError for a person who is not in the workspace.
        """
        subjects = self._subjects()
        if _is_barred(self._slack.people[person_id]):
            return Known(subjects=subjects)
        if self._store is None:
            self._store = await ReadOnlySqliteStore.open_async(self._database)
        groups = tuple(
            group.id for group in self._slack.usergroups.values() if person_id in group.users
        )
        now = datetime.fromtimestamp(self._clock(), UTC)

        def query(tx: Transaction) -> Known:
            return _visible(tx, person_id, groups, subjects, now)

        return await self._store.read(query)

    def _subjects(self) -> list[Item]:
        """Return people, user groups and channels as they are typed."""
        slack = self._slack
        people = [
            Item(f"@{one.name}", f"@{one.name} {one.real_name}", one.title)
            for one in slack.people.values()
            if not one.is_bot
        ]
        groups = [
            Item(f"@{one.handle}", f"@{one.handle}", "user group")
            for one in slack.usergroups.values()
        ]
        channels = [
            Item(f"#{one.name}", f"#{one.name}", one.topic)
            for one in slack.channels.values()
            if not one.is_im
        ]
        return [*people, *groups, *channels]


def _visible(
    tx: Transaction, person: str, groups: tuple[str, ...], subjects: list[Item], now: datetime
) -> Known:
    """Return customers and changes by the role rows that decide on reading, in whatever channel."""
    actor, ids = Actor(person, None), tx.ids_of(person)
    rows = rows_for(tx, actor, ids, groups, None)
    customers = Principal(actor, "", groups, rows, ids=ids).customers(Right.VIEW, now)
    names = {
        number: name
        for number, name in tx.customer_names().items()
        if customers is None or number in customers
    }
    changes = [_known(one) for one in tx.changes(customers=customers, limit=MAX_CHANGES)]
    return Known(names, changes, subjects)


def _known(change: Change) -> KnownChange:
    words = f"{change.action.title.lower()} {change.customer}, {change.state.words}"
    return KnownChange(change.id, words, change.state in AWAITING | {State.APPROVED})


def _is_barred(person: Person) -> bool:
    return (
        person.is_restricted
        or person.is_ultra_restricted
        or person.is_stranger
        or person.deleted
        or person.is_bot
    )
