"""What is on: by the changes of this bot, beside what the API tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.actor import Actor
from bot.domain.on import OnEntry, StillNeeded
from bot.domain.roles import Right
from bot.domain.scope import Everyone, Flag, Users
from bot.ports import Transaction
from bot.service.access.authorise import authorise
from bot.service.access.customer_names import known_customers
from bot.service.access.principals import identify_viewer
from bot.service.context import Context
from bot.service.on_entries import entries_of
from bot.service.queries.history import OpenChange, open_change
from bot.service.queries.on_counts import CustomerCounts, Told, ask

# So many are asked about for one answer: two requests for each where nothing is on.
MAX_ASKED_CUSTOMERS = 200


@dataclass(frozen=True, slots=True)
class OnRow:
    """An entry, the card of its change, what the API tells of its users, and who said that it is still
    needed, where that is not too long ago."""

    entry: OnEntry
    card: OpenChange
    told: Told = field(default_factory=Told)
    still_needed: StillNeeded | None = None

    @property
    def is_off_at_api(self) -> bool:
        """Whether the API shows nobody of them: somebody switched it off elsewhere."""
        return self.told.users == 0


@dataclass(frozen=True, slots=True)
class OtherUsers:
    """Users for whom the API shows a flag on, and no change of this bot explains it.

    ``exactly`` is False where they may be more: users may be in several groups.
    """

    flag: Flag
    told: Told
    exactly: bool = True


@dataclass(frozen=True, slots=True)
class CustomerOn:
    """What is on for a customer; ``problem`` says why the API's numbers are missing.

    ``asked`` is False where the API was not asked.
    """

    customer: str
    name: str
    rows: tuple[OnRow, ...] = ()
    others: tuple[OtherUsers, ...] = ()
    problem: str = ""
    asked: bool = False

    @property
    def is_on(self) -> bool:
        """Whether anything is on, by the bot or by the API."""
        return bool(self.rows or self.others)


@dataclass(frozen=True, slots=True)
class OnList:
    """What is on: the customer first for which it has been on for longest.

    ``silent`` are customers without an entry, of whom the API did not tell. ``calm`` is how many
    have nothing on, ``not_asked`` of how many without an entry the API was not asked. ``may_view``
    is False where the person may view no customer here. ``customer`` is the one asked for, or "".
    """

    customers: tuple[CustomerOn, ...]
    at: datetime
    silent: tuple[CustomerOn, ...] = ()
    calm: int = 0
    not_asked: int = 0
    may_view: bool = True
    customer: str = ""


async def on(ctx: Context, actor: Actor, customer: str | None = None) -> OnList:
    """Return what is on of the customers that this person may view here, or of one of them.

    Raises NotAllowed, recorded.
    """
    if customer:
        await authorise(ctx, actor, Right.VIEW, customer)
        return replace(await what_is_on(ctx, frozenset({customer})), customer=customer)
    _, visible = await identify_viewer(ctx, actor)
    return await what_is_on(ctx, visible)


async def what_is_on(
    ctx: Context, customers: Collection[str] | None, *, others: int = MAX_ASKED_CUSTOMERS
) -> OnList:
    """Return what is on of these customers, of all that are known for None, with the API's numbers.

    The API is asked about all customers with an entry, as far as MAX_ASKED_CUSTOMERS goes, and of
    those without about ``others`` at most.
    """
    recorded = await ctx.store.read(lambda tx: _recorded(ctx, tx, customers))
    # A customer of whom the last look found no answer comes last.
    recorded.sort(
        key=lambda one: (not one.rows, ctx.api_health.fault_for(one.customer) is not None)
    )
    with_entries = sum(bool(one.rows) for one in recorded)
    asked = recorded[: min(with_entries + others, MAX_ASKED_CUSTOMERS)]
    counts = await ask(ctx, {one.customer: [row.entry for row in one.rows] for one in asked})
    found = [_told(one, counts[one.customer]) for one in asked] + recorded[len(asked) :]
    return _listed(ctx, found, may_view=customers is None or bool(customers))


def by_database(tx: Transaction, now: datetime, customer: str | None = None) -> OnList:
    """Return what is on by the database alone, without the API's numbers."""
    found = _with_entries(tx, None if customer is None else [customer], now)
    return OnList(_oldest_first(found.values()), now, customer=customer or "")


def _recorded(ctx: Context, tx: Transaction, customers: Collection[str] | None) -> list[CustomerOn]:
    """Return all customers by number, each with its entries."""
    found = _with_entries(tx, customers, ctx.clock.now())
    known = known_customers(tx, ctx.clock.now()) if customers is None else customers
    names = tx.customer_names()
    calm = {one: CustomerOn(one, names.get(one, "")) for one in known}
    return [one for _, one in sorted((calm | found).items())]


def _with_entries(
    tx: Transaction, customers: Collection[str] | None, now: datetime
) -> dict[str, CustomerOn]:
    names, found = tx.customer_names(), entries_of(tx, customers)
    return {
        customer: CustomerOn(
            customer, names.get(customer, ""), rows_of(tx, entries, names.get(customer, ""), now)
        )
        for customer, entries in found.items()
    }


def rows_of(
    tx: Transaction, entries: Sequence[OnEntry], name: str, now: datetime
) -> tuple[OnRow, ...]:
    """Return entries of a customer of this name with their cards, without the API's numbers."""
    said = tx.still_needed([one.change.id for one in entries])
    fresh = {one: told for one, told in said.items() if told.until > now}
    return tuple(
        OnRow(one, open_change(tx, one.change, name), still_needed=fresh.get(one.change.id))
        for one in entries
    )


def _listed(ctx: Context, found: Sequence[CustomerOn], *, may_view: bool) -> OnList:
    rest = [one for one in found if not one.is_on]
    silent = tuple(one for one in rest if one.problem)
    not_asked = sum(not (one.asked or one.problem) for one in rest)
    return OnList(
        _oldest_first(one for one in found if one.is_on),
        ctx.clock.now(),
        silent,
        calm=len(rest) - len(silent) - not_asked,
        not_asked=not_asked,
        may_view=may_view,
    )


def _oldest_first(found: Iterable[CustomerOn]) -> tuple[CustomerOn, ...]:
    return tuple(
        sorted(found, key=lambda one: (not one.rows, [row.entry.since for row in one.rows[:1]]))
    )


def _told(customer: CustomerOn, counts: CustomerCounts) -> CustomerOn:
    """Return the customer with what the API told."""
    rows = tuple(
        replace(row, told=counts.entries.get(number, Told()))
        for number, row in enumerate(customer.rows)
    )
    others = _others(Flag.FAILOVER, counts.failover, rows)
    if rows or others:  # access alone is how many customers stand all the time
        others += _others(Flag.ACCESS, counts.access, rows)
    return replace(customer, rows=rows, others=others, problem=counts.problem, asked=counts.asked)


def _others(flag: Flag, total: Told, rows: Sequence[OnRow]) -> tuple[OtherUsers, ...]:
    """Return the users with the flag whom no entry is about, where that is known."""
    mine = [row for row in rows if row.entry.flag is flag]
    if not total.users or any(isinstance(row.entry.scope, Everyone) for row in mine):
        return ()
    counted = [row.told.users for row in mine if row.told.users is not None]
    rest = total.users - sum(counted)
    if len(counted) < len(mine) or rest <= 0:
        return ()
    if not mine:
        return (OtherUsers(flag, total),)
    each_once = all(isinstance(row.entry.scope, Users) for row in mine)
    return (OtherUsers(flag, Told(rest), exactly=each_once),)
