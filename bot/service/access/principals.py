"""Who asks: the person with their ids, user groups and role rows, and the channel."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from bot.domain.actor import Actor
from bot.domain.audit.role_history import IDS_RECORDED
from bot.domain.roles import (
    ANY_CUSTOMER,
    DIRECT_MESSAGE,
    ROLES_WITH,
    Decision,
    Grant,
    Right,
    Role,
    Subject,
    SubjectKind,
    decide,
)
from bot.errors import InstallationFault, SlackError
from bot.ports import Channel, Person, Transaction
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind, record

CHANNELS_ONLY = "Slack does not tell me what conversation this is, so nothing works here. Use an incident channel."
# Slack's error codes for a channel that the bot cannot read, and for a message of several people.
CHANNEL_ERRORS = {
    "channel_not_found": "I cannot see this channel. Invite me with /invite, then repeat the command.",
    "missing_scope": CHANNELS_ONLY,
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, as Slack answers now, and the role rows of them, their groups and the channel.

    ``actor`` has the id that Slack answers with. ``ids`` are all ids that Slack returns for the
    person now: role rows of each count. ``known_ids`` also holds earlier ones: they belong to the
    same person.
    """

    actor: Actor
    name: str
    usergroups: tuple[str, ...]
    rows: tuple[Grant, ...]
    channel: Channel | None = None
    # Why the user groups could not be read, or "".
    usergroups_error: str = ""
    ids: frozenset[str] = frozenset()
    known_ids: frozenset[str] = frozenset()

    @property
    def anywhere(self) -> Principal:
        """The same person without a channel: only their own rows decide."""
        return replace(self, actor=replace(self.actor, channel=None))

    def decide(self, right: Right, customer: str, now: datetime) -> Decision:
        """Decide by the role rows whether they have this right on this customer here."""
        return decide(
            right,
            customer,
            self.rows,
            person=self.actor.user,
            others=self.ids,
            usergroups=self.usergroups,
            channel=self.actor.channel,
            now=now,
        )

    def customers(self, right: Right, now: datetime) -> frozenset[str] | None:
        """Return the customers on which they have this right here; None means all customers."""
        if self.decide(right, ANY_CUSTOMER, now).allowed:
            return None
        allowed = (
            customers
            for rows, customers in self._customers_alike(right)
            if replace(self, rows=rows).decide(right, customers[0], now).allowed
        )
        return frozenset(chain.from_iterable(allowed))

    def has_anywhere(self, right: Right, now: datetime) -> bool:
        """Whether they have this right here on at least one customer."""
        return self.decide(right, ANY_CUSTOMER, now).allowed or any(
            replace(self, rows=rows).decide(right, customers[0], now).allowed
            for rows, customers in self._customers_alike(right)
        )

    def _customers_alike(self, right: Right) -> Iterator[tuple[tuple[Grant, ...], list[str]]]:
        """Yield the rows that can count, with the customers for which they are the same.

        A user group may hold rows for 1,000 customers.
        """
        counting = ROLES_WITH[right] | {Role.INCIDENT}
        rows: dict[str, list[Grant]] = defaultdict(list)
        for row in self.rows:
            if row.role in counting:
                rows[row.customer].append(row)
        everywhere = rows.pop(ANY_CUSTOMER, [])
        alike: dict[frozenset[object], list[str]] = defaultdict(list)
        for customer, own in rows.items():
            alike[frozenset((row.subject, row.role, row.expires_at) for row in own)].append(
                customer
            )
        for customers in alike.values():
            yield (*everywhere, *rows[customers[0]]), customers


async def identify(ctx: Context, actor: Actor, customer: str | None = None) -> Principal:
    """Return who asks, with the role rows that count here for this customer, or all (None).

    Raises NotAllowed, recorded, for people whom Slack bars, in a channel shared with another
    company, and where Slack does not answer.
    """
    among = await ctx.store.read(lambda tx: tx.granted_usergroups())
    try:
        person, (groups, usergroups_error), channel = await asyncio.gather(
            ctx.directory.person(actor.user),
            _usergroups(ctx, actor, among),
            _channel(ctx, actor.channel),
        )
    except SlackError as error:
        otherwise = (
            f"Slack did not tell who you are or what channel this is, so nothing was done. {error}"
        )
        unseen = error.code in CHANNEL_ERRORS and not isinstance(error, InstallationFault)
        kind = RefusalKind.UNSEEN_PLACE if unseen else RefusalKind.SLACK_SILENT
        sentence = CHANNEL_ERRORS[error.code] if unseen else otherwise
        await refuse(ctx, actor, "", "", sentence, kind=kind)
    if why := _why_not(person, channel):
        sentence, kind = why
        await refuse(ctx, actor, person.name, "", sentence, kind=kind)
    actor = replace(actor, user=person.id)

    def query(tx: Transaction) -> tuple[frozenset[str], tuple[Grant, ...]]:
        return tx.ids_of(person.id), rows_for(tx, actor, person.ids, groups, customer)

    known_ids, rows = await ctx.store.read(query)
    if not person.ids <= known_ids:
        known_ids |= await _remember(ctx, person)
    return Principal(
        actor, person.name, groups, rows, channel, usergroups_error, person.ids, known_ids
    )


async def identify_viewer(ctx: Context, actor: Actor) -> tuple[Principal, frozenset[str] | None]:
    """Return who asks, and the customers that they may view here; None means all.

    Most people may view all by one row. That is tried first: others may have 1,000 rows.
    """
    for customer in (ANY_CUSTOMER, None):
        principal = await identify(ctx, actor, customer)
        visible = principal.customers(Right.VIEW, ctx.clock.now())
        if visible is None:
            break
    return principal, visible


def _why_not(person: Person, channel: Channel | None) -> tuple[str, RefusalKind] | None:
    """Say why this person may do nothing at all, or nothing in this channel, or return None."""
    if person.barred:
        return f"You may not use this here: {person.barred}.", RefusalKind.BARRED
    if channel and channel.shared_outside is None:
        told = "Slack does not tell whether this channel is shared with another company (is_ext_shared)"
        return f"{told}, so nothing was done.", RefusalKind.SLACK_SILENT
    if channel and channel.shared_outside:
        sentence = "This channel is shared with another company, so nothing works here."
        return sentence, RefusalKind.SHARED_CHANNEL
    return None


async def _remember(ctx: Context, person: Person) -> frozenset[str]:
    """Save that these ids belong to one person, for use without Slack; return all known ids."""

    def step(tx: Transaction) -> frozenset[str]:
        tx.add_ids(person.id, person.others)
        detail = {"person": person.id, "others": sorted(person.others)}
        record(tx, ctx.clock, IDS_RECORDED, None, detail=detail)
        return tx.ids_of(person.id)

    return await ctx.store.write(step)


async def _usergroups(
    ctx: Context, actor: Actor, among: Collection[str]
) -> tuple[tuple[str, ...], str]:
    """Return the user groups, and why they could not be read.

    A person's own rows count all the same.
    """
    try:
        return await ctx.directory.usergroups_of(actor.user, among), ""
    except InstallationFault as error:
        return (), str(error)


async def _channel(ctx: Context, channel: str | None) -> Channel | None:
    """Return what Slack tells of a channel; None at the terminal and in a direct message.

    A direct message holds no role row, so nothing is allowed there that needs a channel.
    """
    direct = not channel or channel.startswith(DIRECT_MESSAGE)
    return None if direct else await ctx.directory.channel(channel or "")


def rows_for(
    tx: Transaction,
    actor: Actor,
    ids: Collection[str],
    groups: Collection[str],
    customer: str | None,
) -> tuple[Grant, ...]:
    """Return the role rows of ids, user groups and channel, for a customer or all (None)."""
    subjects = [Subject(SubjectKind.USER, one) for one in sorted(ids)]
    subjects += [Subject(SubjectKind.USERGROUP, group) for group in groups]
    if actor.channel:
        subjects.append(Subject(SubjectKind.CHANNEL, actor.channel))
    return tuple(tx.grants(subjects=subjects, customer=customer))
