"""May this person do this, here, for this customer? No answer from Slack is a no."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from bot.domain.change import CHANGE_ID, Change
from bot.domain.commands import Actor
from bot.domain.replay import IDS_TOLD
from bot.domain.roles import (
    ANY_CUSTOMER,
    GRANTED_IN_SLACK,
    ROLES_WITH,
    Decision,
    Grant,
    Right,
    Role,
    Subject,
    SubjectKind,
    decide,
)
from bot.errors import InstallationFault, SlackError, UnknownChange
from bot.ports import Person, Place, Transaction
from bot.service.context import Context, RefusalKind, record
from bot.service.refusals import record_refusal, refuse

MOST_NAMED, MOST_ASKED = 5, 10  # admins who can grant a right: told, and looked up in Slack
CHANNELS_ONLY = "This works in channels only, not in direct messages: use an incident channel."
# Slack's error codes for a place that the bot cannot look into.
UNSEEN = {
    "channel_not_found": "I cannot see this channel. Invite me with /invite, then repeat the command.",
    "missing_scope": CHANNELS_ONLY,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as Slack tells today, and the role rows of the person, their user groups and the place.

    ``actor`` has the id that Slack answers with. ``ids`` are all that Slack tells of this person: rows of
    any of them count. ``known_as`` are also those that Slack told before: none of them is somebody else.
    """

    actor: Actor
    name: str
    usergroups: tuple[str, ...]
    rows: tuple[Grant, ...]
    place: Place | None = None
    unread: str = ""  # why the user groups could not be read
    ids: frozenset[str] = frozenset()
    known_as: frozenset[str] = frozenset()

    @property
    def anywhere(self) -> Caller:
        """The same person, whose own rows decide alone."""
        return replace(self, actor=replace(self.actor, channel=None))

    def decide(self, right: Right, customer: str, now: datetime) -> Decision:
        """Decide by the rows whether they have this right on this customer here."""
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
        """Return the customers on which they have this right here; None is all of them."""
        if self.decide(right, ANY_CUSTOMER, now).allowed:
            return None
        # Each is decided on its own rows: a user group may hold rows for a thousand customers.
        rows: dict[str, list[Grant]] = defaultdict(list)
        for row in self.rows:
            if row.role in ROLES_WITH[right] | {Role.INCIDENT}:
                rows[row.customer].append(row)
        everywhere = rows.pop(ANY_CUSTOMER, [])
        return frozenset(
            one
            for one, own in rows.items()
            if replace(self, rows=(*everywhere, *own)).decide(right, one, now).allowed
        )


@dataclass(frozen=True, slots=True)
class Leave:
    """An authorisation that was given: to whom, and the rows it rests on."""

    caller: Caller
    evidence: tuple[Grant, ...]
    right: Right

    @property
    def name(self) -> str:
        """The person's name of that day."""
        return self.caller.name

    @property
    def rows(self) -> str:
        """The role rows in words, for the audit trail."""
        return "; ".join(
            f"{row.subject.id} {row.role} {row.customer} granted by {row.granted_by}"
            for row in self.evidence
        )


async def authorise(
    ctx: Context, actor: Actor, right: Right, customer: str, change_id: str = ""
) -> Leave:
    """Return the leave, or record the refusal and raise NotAllowed with the reason and its cure.

    ``change_id`` is the change that it is about, whose story the refusal belongs to.
    """
    caller = await identify(ctx, actor, customer)
    return await allow(ctx, caller, right, customer, change_id)


async def allow(
    ctx: Context, caller: Caller, right: Right, customer: str, change_id: str = ""
) -> Leave:
    """Do the same for somebody who is identified already, with the rows for this customer."""
    decision = caller.decide(right, customer, ctx.clock.now())
    if not decision.allowed:
        if caller.unread:
            sentence = f"Your user groups could not be read, so the answer is no. {caller.unread}"
            who = (caller.actor, caller.name, customer, sentence, change_id)
            await refuse(ctx, *who, kind=RefusalKind.SLACK_SILENT)
        await refuse_by_rows(ctx, caller.actor, caller.name, decision, customer, change_id)
    return Leave(caller, decision.evidence, right)


async def refuse_by_rows(
    ctx: Context, actor: Actor, name: str, decision: Decision, customer: str, change_id: str
) -> NoReturn:
    """Record what the rows do not allow, then raise NotAllowed with the reason and its cure."""
    cure = await who_grants(ctx, decision, customer, actor.user)
    sentence = f"{decision.reason} {cure}"
    await refuse(ctx, actor, name, customer, sentence, change_id, kind=RefusalKind.NO_RIGHT)


async def identify(ctx: Context, actor: Actor, customer: str | None = None) -> Caller:
    """Return who asks, with the role rows that can count for them here, for this customer or for all.

    Raises NotAllowed, recorded, for whoever Slack bars, for a channel shared outside, and when Slack
    does not answer.
    """
    among = await ctx.store.read(lambda tx: tx.granted_usergroups())
    try:
        person, (groups, unread), place = await asyncio.gather(
            ctx.directory.person(actor.user),
            _usergroups(ctx, actor, among),
            _place(ctx, actor.channel),
        )
    except SlackError as error:
        otherwise = f"Slack did not tell who you are or where this is, so the answer is no. {error}"
        unseen = error.code in UNSEEN and not isinstance(error, InstallationFault)
        kind = RefusalKind.UNSEEN_PLACE if unseen else RefusalKind.SLACK_SILENT
        direct = unseen and (actor.channel or "").startswith("D")
        seen = UNSEEN[error.code] if unseen else otherwise
        sentence = CHANNELS_ONLY if direct else seen
        await refuse(ctx, actor, "", "", sentence, kind=kind)
    if person.barred:
        sentence = f"You may not use this here: {person.barred}."
        await refuse(ctx, actor, person.name, "", sentence, kind=RefusalKind.BARRED)
    if place and place.shared_outside is None:
        told = "Slack does not tell whether this channel is shared with another company (is_ext_shared)"
        sentence = f"{told}, so the answer is no."
        await refuse(ctx, actor, person.name, "", sentence, kind=RefusalKind.SLACK_SILENT)
    if place and place.shared_outside:
        sentence = "This channel is shared with another company: not here."
        await refuse(ctx, actor, person.name, "", sentence, kind=RefusalKind.SHARED_CHANNEL)
    actor = replace(actor, user=person.id)

    def query(tx: Transaction) -> tuple[frozenset[str], tuple[Grant, ...]]:
        return tx.ids_of(person.id), _rows(tx, actor, person.ids, groups, customer)

    known_as, rows = await ctx.store.read(query)
    if not person.ids <= known_as:
        known_as |= await _remember(ctx, person)
    return Caller(actor, person.name, groups, rows, place, unread, person.ids, known_as)


async def _remember(ctx: Context, person: Person) -> frozenset[str]:
    """Save that these ids are one person's, for when Slack is not asked; return all that are known."""

    def step(tx: Transaction) -> frozenset[str]:
        tx.add_ids(person.id, person.others)
        detail = {"person": person.id, "others": sorted(person.others)}
        record(tx, ctx.clock, IDS_TOLD, None, detail=detail)
        return tx.ids_of(person.id)

    return await ctx.store.write(step)


async def open_to(
    ctx: Context, actor: Actor, change_id: str, right: Right | None = None
) -> tuple[Change, Leave]:
    """Return a change of this channel and the leave to use ``right`` on it, else that to propose it.

    Raises what ``change_here`` and ``authorise`` raise.
    """
    change, caller = await change_here(ctx, actor, change_id)
    right = right or change.action.proposed_by
    return change, await allow(ctx, caller, right, change.customer, change.id)


async def change_here(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, Caller]:
    """Return a change of the channel in which it is asked for, and who asks.

    Raises what ``known_change`` raises, and NotAllowed for another channel's; recorded, since a button's
    value can be forged.
    """
    change, caller = await known_change(ctx, actor, change_id)
    if actor.channel not in (None, change.channel):
        sentence = f"{change.id} belongs to another channel: decide it there."
        kind = RefusalKind.OTHER_CHANNEL
        await refuse(
            ctx, caller.actor, caller.name, change.customer, sentence, change.id, kind=kind
        )
    return change, caller


async def known_change(ctx: Context, actor: Actor, change_id: str) -> tuple[Change, Caller]:
    """Return a change that this person may know of, and who asks, with the rows for its customer.

    In its own channel everybody reads its card, and at the terminal the database. Elsewhere it takes the
    right to view its customer; without that the answer is the same as for a change that does not exist.
    Raises NotAllowed and UnknownChange, recorded.
    """
    caller = await identify(ctx, actor, ANY_CUSTOMER)
    actor = caller.actor

    def query(tx: Transaction) -> tuple[Change | None, tuple[Grant, ...]]:
        found = tx.change(change_id)
        customer = found.customer if found else ANY_CUSTOMER
        return found, _rows(tx, actor, caller.ids, caller.usergroups, customer)

    change, rows = await ctx.store.read(query)
    caller = replace(caller, rows=rows)
    if change is not None and _may_know(ctx, caller, change):
        return change, caller
    kind, sentence = _unknown(actor, change_id)
    who = {"name": caller.name}
    if change is not None:
        kind, who = (
            RefusalKind.NO_RIGHT,
            who | {"customer": change.customer, "change_id": change.id},
        )
    asked_for = change_id[:40].encode("unicode_escape").decode()
    await record_refusal(ctx, actor, sentence, kind, **who, asked_for=asked_for)
    raise UnknownChange(sentence)


def _may_know(ctx: Context, caller: Caller, change: Change) -> bool:
    if caller.actor.terminal or caller.actor.channel == change.channel:
        return True
    return caller.anywhere.decide(Right.VIEW, change.customer, ctx.clock.now()).allowed


def _unknown(actor: Actor, change_id: str) -> tuple[RefusalKind, str]:
    if not CHANGE_ID.fullmatch(change_id):
        sentence = (
            "There is no change of that name here that you may see. Look with /continuity pending."
        )
        return RefusalKind.UNKNOWN_CHANGE, sentence
    if (
        actor.clicked
    ):  # our buttons name only changes that were in the database of whoever posted them
        return RefusalKind.UNKNOWN_CARD, (
            f"I do not know the change {change_id}: another bot with another database may be running "
            "on this Slack app, or my database was restored from an older backup. Nothing was done. "
            "Tell whoever runs the bot."
        )
    sentence = (
        f"There is no change {change_id} here that you may see. Look with /continuity pending."
    )
    return RefusalKind.UNKNOWN_CHANGE, sentence


def still_allowed(
    tx: Transaction,
    ctx: Context,
    actor: Actor,
    right: Right,
    groups: Collection[str],
    customer: str,
    *,
    counts: Callable[[Grant], bool] = lambda _: True,
) -> Decision:
    """Decide once more by the rows in the database that count, inside a step."""
    ids = tx.ids_of(actor.user)
    rows = tuple(filter(counts, _rows(tx, actor, ids, groups, customer)))
    return Caller(actor, "", tuple(groups), rows, ids=ids).decide(right, customer, ctx.clock.now())


async def who_grants(ctx: Context, decision: Decision, customer: str, asking: str) -> str:
    """Return who can grant what a decision misses to the person ``asking``, in a sentence with mentions.

    Nobody grants to themselves. Named are those who are there; of whom Slack tells nothing, the row counts.
    """
    now = ctx.clock.now()

    def query(tx: Transaction) -> set[str]:
        rows = [one for one in tx.grants(customer=customer) if one.role is Role.ADMIN]
        return {one.subject.id for one in rows if one.covers(customer, now)} - tx.ids_of(asking)

    admins = sorted(await ctx.store.read(query))[:MOST_ASKED]
    told = await asyncio.gather(*(_if_there(ctx, one) for one in admins))
    there = [one for one in dict.fromkeys(told) if one][:MOST_NAMED]
    nobody = "no admin who is here now" if admins else "no admin yet"
    who = ", ".join(f"<@{one}>" for one in there) or nobody
    in_slack = there and decision.missing & GRANTED_IN_SLACK
    where = "" if in_slack else ", on the terminal: python app.py role grant"
    return f"Who can grant it: {who}{where}."


async def _if_there(ctx: Context, admin: str) -> str:
    try:
        person = await ctx.directory.person(admin)
    except SlackError:
        return admin
    return "" if person.barred else person.id


async def _usergroups(
    ctx: Context, actor: Actor, among: Collection[str]
) -> tuple[tuple[str, ...], str]:
    """Return the user groups, and why they could not be read: whoever has rows needs none."""
    try:
        return await ctx.directory.usergroups_of(actor.user, among), ""
    except InstallationFault as error:
        return (), str(error)


async def _place(ctx: Context, channel: str | None) -> Place | None:
    return await ctx.directory.place(channel) if channel else None


def _rows(
    tx: Transaction,
    actor: Actor,
    ids: Collection[str],
    groups: Collection[str],
    customer: str | None,
) -> tuple[Grant, ...]:
    subjects = [Subject(SubjectKind.USER, one) for one in sorted(ids)]
    subjects += [Subject(SubjectKind.USERGROUP, group) for group in groups]
    if actor.channel:
        subjects.append(Subject(SubjectKind.CHANNEL, actor.channel))
    return tuple(tx.grants(subjects=subjects, customer=customer))
