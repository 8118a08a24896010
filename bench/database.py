"""Prepare the bot's database before a scene, and check it afterwards."""

from __future__ import annotations

import asyncio
import time

from bench.participants import APPROVER, CHANNELS, CUSTOMER, OPERATOR
from bench.processes import Broken
from bot.database_address import Database
from bot.domain.actor import Actor
from bot.domain.admin_commands import GrantRoleCommand, NameCustomerCommand
from bot.domain.change_state import OPEN, State
from bot.domain.roles import ANY_CUSTOMER, Role, parse_subject
from bot.ports import Transaction
from bot.store.opening import open_store
from bot.store.sqlite.sqlite_library import preferred_journal
from bot.terminal.admin import admin_session
from bot.terminal.audit.export import pages, verify_all

MAX_SETTLE_SECONDS = 90.0


async def prepare_database(database: Database) -> None:
    """Create the database, with an operator, an approver and incident channels for every
    customer."""
    store = await open_store(database, journal=preferred_journal())
    admin = admin_session(store, Actor("bench", None, terminal="bench@terminal"))
    rows = [(OPERATOR, Role.OPERATOR), (APPROVER, Role.APPROVER)]
    for subject, role in rows + [(channel, Role.INCIDENT) for channel in CHANNELS]:
        await admin.grant(GrantRoleCommand(parse_subject(subject), role, ANY_CUSTOMER))
    await admin.name(NameCustomerCommand(CUSTOMER, "Acme GmbH"))
    await store.close()


async def wait_until_settled(database: Database) -> None:
    """Wait, while the bot runs, until no change is open and every message is delivered.

    Raises Broken after MAX_SETTLE_SECONDS.
    """
    store = await open_store(database)

    def still_open(tx: Transaction) -> bool:
        return bool(tx.changes(states=OPEN, limit=1)) or tx.next_due() is not None

    try:
        async with asyncio.timeout(MAX_SETTLE_SECONDS):
            while await store.read(still_open):  # noqa: ASYNC110  # another process writes it
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise Broken(
            f"Changes or messages were left open after {MAX_SETTLE_SECONDS:.0f} s."
        ) from None
    finally:
        await store.close()


async def verify_seconds(database: Database) -> float:
    """Verify the audit chain and return the seconds it took. Raises Broken if it is not whole."""
    store = await open_store(database)
    try:
        began = time.monotonic()
        if fault := (await verify_all(store)).fault:
            raise Broken(fault)
        return time.monotonic() - began
    finally:
        await store.close()


async def check_database(database: Database, changes: int) -> None:
    """Raise Broken unless exactly so many changes were applied, nobody was refused, and the audit
    chain is whole."""
    store = await open_store(database)
    try:
        found = await store.read(lambda tx: tx.changes())
        odd = [f"{one.id} is {one.state}" for one in found if one.state is not State.APPLIED]
        if len(found) != changes:
            odd.append(f"{len(found)} changes instead of {changes}")
        left = await store.read(lambda tx: tx.waiting_deliveries())
        odd += [f"{one.key} was not carried out" for one in left]
        async for page in pages(store):
            odd += [
                f"refused: {entry.record.detail.get('why')}"
                for entry in page
                if entry.record.kind == "refused"
            ]
        fault = (await verify_all(store)).fault
        if odd or fault:
            raise Broken("; ".join([*odd[:5], *([fault] if fault else [])]))
    finally:
        await store.close()
