"""Timed changes of the tests, proposed, decided and executed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.domain.actions import SetFlag
from bot.domain.change import Change
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.scope import Everyone, Flag, Scope
from bot.domain.time_limit import TimeLimit
from bot.ports import Message, message_key
from bot.service.changes import decide
from bot.service.changes.propose import propose
from tests.builders import APPROVER, CUSTOMER
from tests.service.harness import ServiceHarness, actor

TWO_HOURS = TimeLimit(lasts=timedelta(hours=2))
UNTIL_SIX = TimeLimit(until=datetime.fromisoformat("2026-03-14T06:00Z"), zone="UTC")


def timed_request(
    scope: Scope | None = None,
    limit: TimeLimit = TWO_HOURS,
    *,
    flag: Flag = Flag.FAILOVER,
    on: bool = True,
) -> Proposal:
    """Return `failover on 44444 --for 2h`."""
    return Proposal(CUSTOMER, SetFlag(flag, on), scope or Everyone(), "test", time_limit=limit)


async def proposed(harness: ServiceHarness, *what: Any, **how: Any) -> Change:
    change, _ = await propose(harness.ctx, actor(), timed_request(*what, **how))
    await harness.executor.run()
    return await harness.change(change.id)


async def decided(harness: ServiceHarness, change: Change) -> Change:
    seen = change.preview_revision
    if change.state is State.AWAITING_CONFIRMATION:
        await decide.confirm(harness.ctx, actor(), change.id, seen)
    else:
        await decide.approve(harness.ctx, actor(APPROVER), change.id, seen)
    await harness.executor.run()
    return await harness.change(change.id)


async def switched(harness: ServiceHarness, *what: Any, **how: Any) -> Change:
    """Return a timed change that is on."""
    return await decided(harness, await proposed(harness, *what, **how))


async def way_back(harness: ServiceHarness, timed: Change) -> Change | None:
    found = [one for one in await harness.look(lambda tx: tx.changes()) if one.back_of == timed.id]
    assert len(found) <= 1, "it was made twice"
    return found[0] if found else None


async def notices(harness: ServiceHarness, change: Change, name: str) -> list[str]:
    """Return who gets a notice whose name begins so."""

    def query(tx: Any) -> list[Message]:
        return list(tx.due_messages(harness.clock.now(), limit=1000))

    prefix = f"notice:{change.id}:{name}"
    found = await harness.look(query)
    return sorted(one.channel for one in found if one.key.startswith(prefix))


def outcome_key(change: Change) -> str:
    return message_key("outcome", change.id, change.revision)  # type: ignore[arg-type]  # a StrEnum
