"""The command audit: which entries a person may read, and what is needed to tell of them."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.actor import Actor
from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.change_story import ChangeStory, KnownNames, change_stories
from bot.domain.batch import is_first
from bot.domain.change import Change
from bot.domain.commands import AuditCommand
from bot.domain.roles import Right
from bot.domain.time_zone import zone_named
from bot.errors import InvalidInput
from bot.ports import AuditFilter, Store, Transaction
from bot.service.access.authorise import allow, authorise
from bot.service.access.change_lookup import visible_change
from bot.service.access.principals import Principal, identify_viewer
from bot.service.batches import members_of
from bot.service.context import Context, record
from bot.service.time_zone import zone_of

# Newest entries in the reply; more are in the file.
MAX_AUDIT_ENTRIES = 50
# Read in one transaction for a file.
PAGE_ENTRIES = 500
EXPORTED = "audit.exported"


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What may be read: which entries, for whom, and what they asked for.

    ``zone`` is the name of their time zone, `UTC` where Slack does not tell it; the times of
    ``where`` follow from it. ``person`` is the id of who acted, ``name`` the customer's.
    """

    actor: Actor
    actor_name: str
    command: AuditCommand
    where: AuditFilter
    zone: str
    person: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries in the order of their numbers, the stories of their changes, and names."""

    entries: Sequence[AuditEntry]
    stories: dict[str, ChangeStory]
    known: KnownNames

    def story(self, entry: AuditEntry) -> ChangeStory:
        """Return the story of the entry's change; an empty one where it is of none."""
        return self.stories.get(entry.record.change_id) or ChangeStory()


async def request_audit(ctx: Context, actor: Actor, command: AuditCommand) -> AuditRequest:
    """Return what this person may read of what they ask for.

    Only entries on customers that they may view here; those without a customer only for who may
    view all. Raises NotAllowed, recorded, UnknownChange and InvalidInput.
    """
    principal, where = await _authorised(ctx, actor, command)
    zone = await zone_of(ctx, principal.actor.user)
    person, ids = await _person(ctx, command.person)
    since, until = times_of(command, ctx.clock.now(), zone)
    where = replace(where, people=ids, since=since, until=until)
    name = ""
    if customer := command.customer:
        name = await ctx.store.read(lambda tx: tx.customer_name(customer))
    return AuditRequest(principal.actor, principal.name, command, where, zone, person, name)


def times_of(
    command: AuditCommand, now: datetime, zone: str
) -> tuple[datetime | None, datetime | None]:
    """Return the times of a command in UTC; ``zone`` is the name of the person's time zone.

    Raises InvalidInput where no time lies between them.
    """
    clock = zone_named(zone)
    since = command.since.begins(now, clock) if command.since else None
    until = command.until.ends(now, clock) if command.until else None
    if since and until and since >= until:
        raise InvalidInput("--since is not before --until, so no entry lies between them.")
    return since, until


async def read_audit(ctx: Context, request: AuditRequest) -> AuditPage:
    """Return the newest entries; of one change, all of them."""
    limit = None if request.where.change_id else MAX_AUDIT_ENTRIES

    def query(tx: Transaction) -> AuditPage:
        return page_of(tx, tx.matching(request.where, limit=limit), names_of(tx))

    return await ctx.store.read(query)


async def audit_pages(
    store: Store, where: AuditFilter, upto: float = math.inf
) -> AsyncGenerator[AuditPage, None]:
    """Yield all matching entries up to the number ``upto``, in pages that are never empty."""
    known = await store.read(names_of)
    seq = -math.inf
    while True:

        def query(tx: Transaction, seq: float = seq) -> AuditPage:
            return page_of(tx, tx.matching(where, limit=PAGE_ENTRIES, after=seq), known)

        page = await store.read(query)
        entries = [entry for entry in page.entries if entry.seq <= upto]
        if not entries:
            return
        yield replace(page, entries=entries)
        seq = entries[-1].seq


async def record_audit_export(ctx: Context, request: AuditRequest) -> tuple[int, int]:
    """Record that files with the entries are made. Call it before sending. Raises StoreError.

    Returns how many entries there are, and the number of the last one of the trail before this.
    """

    def step(tx: Transaction) -> tuple[int, int]:
        last = [entry.seq for entry in tx.matching(AuditFilter(), limit=1)]
        count = tx.count_matching(request.where)
        detail = {"entries": count, "filters": ", ".join(filter_words(request))}
        who = {"name": request.actor_name, "customer": request.command.customer or ""}
        if count:
            record(tx, ctx.clock, EXPORTED, request.actor, **who, detail=detail)
        return count, last[0] if last else 0

    return await ctx.store.write(step)


def filter_words(request: AuditRequest) -> list[str]:
    """Return the filters as they are recorded: `customer 44444`, `person U0OLGA`, times in UTC."""
    command, where = request.command, request.where
    words = [f"customer {command.customer}"] if command.customer else []
    words += [f"change {where.change_id}"] if where.change_id else []
    words += [f"person {request.person}"] if request.person else []
    words += [f"since {where.since:%Y-%m-%d %H:%M:%S} UTC"] if where.since else []
    words += [f"until {where.until:%Y-%m-%d %H:%M:%S} UTC"] if where.until else []
    return words or ["all that they may view"]


def page_of(tx: Transaction, entries: Sequence[AuditEntry], known: KnownNames) -> AuditPage:
    """Return the entries with the stories of their changes."""
    changes = {entry.record.change_id for entry in entries} - {""}
    return AuditPage(entries, change_stories(tx.story_entries(sorted(changes))), known)


def names_of(tx: Transaction) -> KnownNames:
    """Return the names that are known now."""
    return KnownNames(tx.actor_names(), tx.customer_names())


def local_time(at: datetime, zone: str) -> datetime:
    """Return the time in the zone of this name, in UTC where there is no such zone."""
    return at.astimezone(zone_named(zone))


async def _authorised(
    ctx: Context, actor: Actor, command: AuditCommand
) -> tuple[Principal, AuditFilter]:
    if command.change_id:
        change, principal = await visible_change(ctx, actor, command.change_id)
        await allow(ctx, principal, Right.VIEW, change.customer, change.id)
        return principal, AuditFilter(
            await _viewed(ctx, principal, change), change.id, whole_batch=True
        )
    if command.customer:
        authorization = await authorise(ctx, actor, Right.VIEW, command.customer)
        return authorization.principal, AuditFilter(frozenset({command.customer}))
    principal, visible = await identify_viewer(ctx, actor)
    return principal, AuditFilter(visible)


async def _viewed(ctx: Context, principal: Principal, change: Change) -> frozenset[str] | None:
    """Return the customers of a batch that they may view here; None for a change alone."""
    if not is_first(change):
        return None
    members, now = await ctx.store.read(lambda tx: members_of(tx, change)), ctx.clock.now()
    return frozenset(
        one.customer for one in members if principal.decide(Right.VIEW, one.customer, now).allowed
    )


async def _person(ctx: Context, typed: str | None) -> tuple[str, frozenset[str] | None]:
    """Return the id of who is meant and all their ids; "" and None where nobody was typed.

    A name counts where one person in the trail has it. Raises InvalidInput.
    """
    if not typed:
        return "", None

    def query(tx: Transaction) -> tuple[list[str], frozenset[str]]:
        names = tx.actor_names()
        wanted = typed.casefold()
        # An entry of a terminal, `user@host`, has the name of the person on whose behalf it was.
        same = [one for one, name in names.items() if name.casefold() == wanted and "@" not in one]
        people = [typed] if typed in names or not same else sorted(same)
        return people, tx.ids_of(people[0]) | {people[0]}

    people, ids = await ctx.store.read(query)
    if not ids.issuperset(people):
        raise InvalidInput(
            f"Several people have the name “{typed[:60]}”: pick one from the list that Slack shows "
            f"while you type @, or type one of the ids: {', '.join(people)}."
        )
    return people[0], ids
