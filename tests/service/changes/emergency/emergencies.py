"""A commander, an emergency, and what people were told of it."""

from __future__ import annotations

from typing import Any

from bot.domain.change import Change
from bot.domain.configuration import Kind
from bot.domain.customer_rule import CustomerRule
from bot.domain.roles import Role
from bot.domain.scope import Scope
from bot.ports import MessageKind
from bot.service.access.configuration import configure
from bot.service.changes.emergency.command import propose_emergency
from tests.builders import CUSTOMER, a_grant
from tests.service.harness import ServiceHarness, actor, request

COMMANDER = "U0COMMANDER"
ROOT = actor("root@host", None)


async def appoint(harness: ServiceHarness, person: str = COMMANDER) -> None:
    await harness.grant(a_grant(person, Role.COMMANDER))


async def emergency(harness: ServiceHarness, scope: Scope | None = None, **over: Any) -> Change:
    """Appoint the commander, who decides a new change alone."""
    await appoint(harness)
    change, _ = await propose_emergency(harness.ctx, actor(COMMANDER), request(scope, **over))
    return change


async def forbid(harness: ServiceHarness, customer: str = CUSTOMER) -> None:
    terms = CustomerRule(emergency=False).terms()
    await configure(harness.ctx, ROOT, Kind.CUSTOMER_RULE, customer, terms, customer=customer)


async def told(harness: ServiceHarness, change: Change, kind: MessageKind) -> set[str]:
    """What is enqueued of this kind, without the id of the change."""
    begin = f"{kind}:{change.id}:"
    found = await harness.look(lambda tx: tx.message_keys(change.id))
    return {one.removeprefix(begin) for one in found if one.startswith(begin)}
