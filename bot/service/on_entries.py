"""What is on by the database alone: the entries of each customer, from its changes and deletions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from bot.domain.actions import DeleteUser
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.on import Deleted, OnEntry, Switched, began_at, effects_of, on_now
from bot.domain.scope import EVERY_USER, Flag, Users, single_address
from bot.ports import Transaction
from bot.service.drill_deadlines import is_over

# Of each customer, flag and kind of scope, the newest ones that are looked at.
MAX_SWITCHES = 200
MAX_DELETIONS = 500

Entries = Mapping[str, Sequence[OnEntry]]


def entries_of(tx: Transaction, customers: Collection[str] | None = None) -> Entries:
    """Return the entries by customer, of these or of all (None); the oldest entry first.

    Customers without an entry are left out. What a drill switched is at another API: it takes nothing
    back at the real one, and is left out where anything is on there.
    """
    effects: dict[tuple[str, Flag, bool], list[Switched]] = defaultdict(list)
    for change in tx.switched(customers, limit=MAX_SWITCHES):
        if is_over(tx, change):
            continue
        whole = change.state is State.APPLIED or not isinstance(change.scope, Users)
        outcomes = () if whole else tx.user_outcomes(change.id)
        for effect in effects_of(change, outcomes):
            effects[change.customer, effect.switch.flag, change.drill].append(effect)
    found: dict[str, list[OnEntry]] = defaultdict(list)
    for (customer, _, _), happened in effects.items():
        if entries := _entries(tx, customer, happened):
            found[customer] += entries
    for customer, entries in found.items():
        if real := [one for one in entries if not one.change.drill]:
            found[customer] = real
    return {
        customer: sorted(entries, key=lambda one: one.since) for customer, entries in found.items()
    }


def _entries(tx: Transaction, customer: str, happened: Sequence[Switched]) -> Sequence[OnEntry]:
    entries = on_now(happened)
    if not entries:
        return ()
    since = min(began_at(one.change) for one in entries)
    deletions = tx.deletions_since([customer], since, limit=MAX_DELETIONS)
    named = {
        address
        for one in entries
        if isinstance(one.scope, Users)
        for address in one.scope.addresses
    }
    gone = [deleted for one in deletions if (deleted := _deleted(tx, one, named))]
    return on_now([*happened, *gone]) if gone else entries


def _deleted(tx: Transaction, change: Change, named: Collection[str]) -> Deleted | None:
    """Return which of these users a deletion reached, or that it reached every user, or None."""
    if isinstance(change.action, DeleteUser):
        applied = change.state is State.APPLIED
        addresses = {single_address(change.scope).lower()} if applied else set[str]()
    elif change.scope == EVERY_USER and change.state is State.APPLIED:
        return Deleted(began_at(change), None)
    else:
        addresses = set(tx.deleted_among(change.id, named)) if named else set()
    return Deleted(began_at(change), frozenset(addresses)) if addresses else None
