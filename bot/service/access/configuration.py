"""Set and remove what admins configure by name, and record it.

Who calls this has checked that the actor may do it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.domain.actor import Actor
from bot.domain.audit.configuration_history import (
    CONFIGURED,
    UNCONFIGURED,
    ConfigurationHistory,
    detail_of,
)
from bot.domain.configuration import Entry, Kind
from bot.errors import InvalidInput
from bot.ports import Transaction
from bot.service.access.audit_consistency import altered
from bot.service.context import Context, record


async def configure_all(
    ctx: Context,
    actor: Actor,
    kind: Kind,
    terms: Mapping[str, Mapping[str, object]],
    *,
    customer: str = "",
    who: str = "",
) -> None:
    """Write an entry for each name with its terms, all or none; see ``configure``."""

    def step(tx: Transaction) -> None:
        for name, one in terms.items():
            entry = Entry(kind, name, one, actor.terminal or actor.user, ctx.clock.now())
            _put(tx, ctx, actor, entry, customer, who)

    await ctx.store.write(step)


async def configure(
    ctx: Context,
    actor: Actor,
    kind: Kind,
    name: str,
    terms: Mapping[str, object],
    *,
    customer: str = "",
    who: str = "",
) -> Entry:
    """Write an entry and return it; one of the same kind and name is replaced.

    ``customer`` is whom it is about, ``""`` for no one customer, ``who`` the actor's name.
    """
    by = actor.terminal or actor.user
    entry = Entry(kind, name, terms, by, ctx.clock.now())

    await ctx.store.write(lambda tx: _put(tx, ctx, actor, entry, customer, who))
    return entry


def _put(
    tx: Transaction, ctx: Context, actor: Actor, entry: Entry, customer: str, who: str
) -> None:
    tx.put_configured(entry)
    detail = detail_of(entry.kind, entry.name, entry.terms)
    record(tx, ctx.clock, CONFIGURED, actor, name=who, customer=customer, detail=detail)


def supported(tx: Transaction, entry: Entry | None, customer: str = "") -> Entry | None:
    """Return the entry where ``all_supported`` keeps it, else None."""
    found = all_supported(tx, [entry], customer) if entry else []
    return next(iter(found), None)


def all_supported(tx: Transaction, entries: Iterable[Entry], customer: str = "") -> list[Entry]:
    """Return those of which the audit trail says that they were set so.

    ``customer`` is whom they were recorded to be about. What somebody wrote by hand does not count.
    """
    history, recorded = ConfigurationHistory(), tx.configuration_entries(customer)
    if altered(tx, recorded):
        return []
    history.read(recorded)
    return [one for one in entries if not history.why_unsupported(one)]


async def unconfigure(
    ctx: Context, actor: Actor, kind: Kind, name: str, *, customer: str = "", who: str = ""
) -> None:
    """Remove an entry. Raises InvalidInput where there is none."""

    def step(tx: Transaction) -> None:
        if not tx.remove_configured(kind, name):
            raise InvalidInput(f"There is no {kind.replace('_', ' ')} {name}.")
        detail = detail_of(kind, name)
        record(tx, ctx.clock, UNCONFIGURED, actor, name=who, customer=customer, detail=detail)

    await ctx.store.write(step)
