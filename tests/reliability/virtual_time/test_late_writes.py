"""Proof 3: a write that stalls and lands late never lands over a newer one of ours."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

from bot.domain.change import Change, switch_of
from bot.domain.change_state import AWAITING, OPEN, State
from bot.domain.roles import Role
from bot.domain.scope import Everyone, Groups, Scope, Users
from bot.errors import Conflict
from bot.ports import Transaction
from bot.service.changes import decide
from bot.service.changes.executor import Executor
from bot.service.changes.propose import propose
from bot.service.context import Context
from bot.store.sqlite.store import SqliteStore
from tests.builders import APPROVER, CHANNEL, NOW, REQUESTER, a_grant
from tests.fakes import FakeDirectory
from tests.fixtures.audited_rows import put_grant
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.virtual_time.event_loop import VirtualClock, loop, run_virtual
from tests.reliability.virtual_time.late_api import LateApi, overtaken
from tests.service.harness import actor, request

SEED = 20261124
QUIET = 60.0  # seconds
AT_ONCE = 50  # stories
NAMES = ("a", "b", "c", "d")


SCOPES: tuple[Scope, ...] = (
    Everyone(),
    Everyone(),
    Groups(("emea",)),
    Users(("a@example.com", "b@example.com")),
    Users(("b@example.com",)),
)
EMEA = frozenset({"a@example.com", "c@example.com"})


@asynccontextmanager
async def harness(folder: Path, api: LateApi) -> AsyncIterator[tuple[Context, asyncio.Event]]:
    """The services on a real store, with this API and in virtual time."""
    clock, bell = VirtualClock(loop()), asyncio.Event()
    store = await SqliteStore.open_async(folder / "bot.db", clock=clock)
    await store._on_thread(lambda: store._db.conn.execute("PRAGMA synchronous = OFF"))

    def step(tx: Transaction) -> None:
        for who, role in (
            (REQUESTER, Role.OPERATOR),
            (APPROVER, Role.APPROVER),
            (CHANNEL, Role.INCIDENT),
        ):
            put_grant(tx, a_grant(who, role, customer="*"))

    await store.write(step)
    yield Context(store, api, FakeDirectory(), clock, wake_executor=bell.set), bell
    await store.close()


async def group_of_stories(folder: Path, customers: Sequence[str]) -> tuple[LateApi, list[Change]]:
    """Play the stories of some customers at the same time, and kill the bot once meanwhile."""
    api = LateApi(SEED, QUIET)
    dice = random.Random(f"{SEED} {customers[0]}")  # noqa: S311
    async with harness(folder, api) as (ctx, bell):
        async with Executor(ctx, bell):
            stories = [asyncio.create_task(a_story(ctx, api, customer)) for customer in customers]
            await asyncio.sleep(dice.uniform(5, 90))
        async with Executor(ctx, bell):
            changes = [change for story in stories for change in await story]
            await asyncio.sleep(2 * QUIET)  # whatever is late has landed
    return api, changes


async def a_story(ctx: Context, api: LateApi, customer: str) -> list[Change]:
    """Some changes of one customer, mostly there and back, each before the last is over."""
    dice = random.Random(f"{SEED} {customer} people")  # noqa: S311
    on = dice.random() < 0.5
    for name in NAMES:
        address = f"{name}@example.com"
        groups = frozenset({"emea"} if address in EMEA else ())
        api.add(customer, address, failover=not on, groups=groups)
    changes = []
    for _ in range(dice.randint(2, 4)):
        change = see_through(
            ctx, customer, dice.choice(SCOPES), on=on, rate_limiter=dice.uniform(1, 6)
        )
        changes.append(asyncio.create_task(change))
        await asyncio.sleep(dice.choice((dice.uniform(0, 5), dice.uniform(0, QUIET))))
        on = not on if dice.random() < 0.8 else on
    return [change for change in await asyncio.gather(*changes) if change]


async def see_through(
    ctx: Context, customer: str, scope: Scope, *, on: bool, rate_limiter: float
) -> Change:
    """Propose it, release it as often as it is asked for, and return what it came to."""
    change, _ = await propose(ctx, actor(), request(scope, customer=customer, on=on))
    one = change.id
    while change.state in OPEN:
        await asyncio.sleep(rate_limiter)
        found = await ctx.store.read(lambda tx: tx.change(one))
        assert found
        change = found
        if change.state in AWAITING and change.preview:
            by_himself = change.state is State.AWAITING_CONFIRMATION
            release = decide.confirm if by_himself else decide.approve
            who = actor() if by_himself else actor(APPROVER)
            with suppress(Conflict):  # the card has moved on meanwhile
                await release(ctx, who, one, change.preview_revision)
    return change


def users_of(change: Change) -> frozenset[str]:
    match change.scope:
        case Users(addresses=addresses):
            return frozenset(addresses)
        case Groups():
            return EMEA
        case _:
            return frozenset(f"{name}@example.com" for name in NAMES)


def untrue(api: LateApi, changes: Sequence[Change]) -> list[str]:
    """Return the changes that were told as applied and were not the last word, for each user."""
    found = []
    started = sorted((one for one in changes if one.started_at), key=_start)
    last: dict[tuple[str, str], Change] = {}
    for change in started:
        last |= {(change.customer, user): change for user in users_of(change)}
    for (customer, user), change in last.items():
        stands = api.held[customer][user].failover
        opposite = stands is not switch_of(change).on
        if change.state is State.APPLIED and opposite and not _ties(change, started):
            found.append(
                f"{customer} {user}: {change.id} {switch_of(change).direction} is told as applied"
            )
    return found


def belied(api: LateApi, changes: Sequence[Change]) -> list[str]:
    """Return the changes that were told to have no effect, or none to have, and were belied by a write
    of ours that was sent before."""
    found = []
    for change in changes:
        if change.state not in (State.CANCELLED, State.FAILED) or change.finished_at is None:
            continue
        told = (change.finished_at - NOW).total_seconds()
        mine = change.state is State.FAILED  # else it was "nothing to do"
        began = (change.created_at - NOW).total_seconds() if mine else 0.0
        found += [
            f"{change.customer} {change.id} {change.state} {switch_of(change).direction}: {effect}"
            for effect in api.effects
            if effect.customer == change.customer
            and effect.on is (switch_of(change).on if mine else not switch_of(change).on)
            and (effect.users == users_of(change) if mine else effect.users & users_of(change))
            and began <= effect.sent < told < effect.landed
        ]
    return found


def _ties(change: Change, others: Sequence[Change]) -> bool:
    """Whether an opposite one of the same users, applied too, began at the same instant: virtual time has no
    order then, and its write may have been the later one."""
    return any(
        one.customer == change.customer
        and one.state is State.APPLIED
        and one.started_at == change.started_at
        and switch_of(one).on is not switch_of(change).on
        and users_of(one) & users_of(change)
        for one in others
    )


def _start(change: Change) -> datetime:
    assert change.started_at
    return change.started_at


def test_a_late_write_never_lands_over_a_newer_one(
    tmp_path: Path, sizes: Sizes, figures: Figures
) -> None:
    customers = [f"{number}" for number in range(10000, 10000 + sizes(40, 1000))]
    late, over, wrong, ends = 0, 0, [], Counter[str]()
    for start in range(0, len(customers), AT_ONCE):
        folder = tmp_path / f"{start}"
        folder.mkdir()
        api, changes = run_virtual(group_of_stories(folder, customers[start : start + AT_ONCE]))
        late += api.late
        over += len(overtaken(api.effects))
        wrong += untrue(api, changes)
        wrong += belied(api, changes)
        ends.update(change.state for change in changes)
    figures.add(
        "3 late writes",
        f"{len(customers)} stories, {late} writes landed late: older over newer {over}, "
        f"told otherwise than it came {len(wrong)}; {dict(ends)} (seed {SEED})",
    )
    assert over == 0
    assert wrong == [], "\n".join(wrong)
