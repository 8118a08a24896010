"""What Slack tells of people before they are told of a change: who is barred, who is active."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bot.errors import SlackError
from bot.ports import Person
from bot.service.context import Context
from bot.service.parallel import finish_tasks

# For all people together; whoever Slack told nothing of within a day is told all the same.
LOOK_SECONDS = 1.0
# Of whom Slack is asked at once: `users.info` is tier 4, 100 a minute.
MAX_ASKED = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """``people`` are by the id that was asked for, ``active`` are such ids."""

    people: Mapping[str, Person] = field(default_factory=dict)
    active: frozenset[str] = frozenset()

    def order(self, ids: Iterable[str]) -> list[str]:
        """Return the ids that Slack answers with, active people first, without those it bars.

        A person with several ids is there once.
        """
        first = sorted(ids, key=lambda one: (one not in self.active, one))
        allowed = (one for one in first if not self.bars(one))
        return [*dict.fromkeys(self._own_id(one) for one in allowed)]

    def bars(self, one: str) -> bool:
        """Whether Slack told that this person may use nothing here: a guest, say."""
        return one in self.people and bool(self.people[one].barred)

    def _own_id(self, one: str) -> str:
        return self.people[one].id if one in self.people else one


async def look(ctx: Context, ids: Collection[str]) -> Seen:
    """Return what Slack tells of MAX_ASKED people within LOOK_SECONDS; raises nothing.

    Those of whom it did not tell within a day are asked about first; of the others, and where it does
    not answer now, its earlier answer counts.
    """
    told = ctx.directory.known(ids)
    asked = sorted(ids, key=lambda one: (one in told, one))[:MAX_ASKED]
    if not asked:
        return Seen()
    tasks = {one: asyncio.create_task(_person(ctx, one)) for one in asked}
    presence = asyncio.create_task(ctx.directory.present(asked))
    await finish_tasks([presence, *tasks.values()], LOOK_SECONDS)
    people = {one: task.result() for one, task in tasks.items() if not task.cancelled()}
    now = {one: person for one, person in people.items() if person is not None}
    return Seen({**told, **now}, frozenset() if presence.cancelled() else presence.result())


async def _person(ctx: Context, one: str) -> Person | None:
    try:
        return await ctx.directory.person(one)
    except SlackError:
        return None
