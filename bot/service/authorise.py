"""May this person do this, here, for this customer? No answer from Slack is a no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from bot.domain.commands import Actor
from bot.domain.roles import Decision, Grant, Right, Role, Subject, SubjectKind, decide
from bot.errors import NotAllowed, SlackError
from bot.ports import Transaction
from bot.service.context import Context, record


@dataclass(frozen=True, slots=True)
class Leave:
    """An authorisation that was given: the name of that day, the user groups and the rows."""

    name: str
    usergroups: tuple[str, ...]
    evidence: tuple[Grant, ...]

    @property
    def rows(self) -> str:
        """The role rows in words, for the audit trail."""
        return "; ".join(
            f"{row.subject.id} {row.role} {row.customer} granted by {row.granted_by}"
            for row in self.evidence
        )


async def authorise(ctx: Context, actor: Actor, right: Right, customer: str) -> Leave:
    """Return the leave, or record the refusal and raise NotAllowed with the reason."""
    name, groups, rows = await whois(ctx, actor)
    decision = decide(
        right,
        customer,
        rows,
        person=actor.user,
        usergroups=groups,
        channel=actor.channel,
        now=ctx.clock.now(),
    )
    if not decision.allowed:
        await refuse(ctx, actor, name, customer, await _with_cure(ctx, customer, decision))
    return Leave(name, groups, decision.evidence)


async def whois(ctx: Context, actor: Actor) -> tuple[str, tuple[str, ...], tuple[Grant, ...]]:
    """Return the name, the user groups that hold rows, and all rows of person, groups and channel.

    Raises NotAllowed, recorded, for whoever Slack bars, for a channel shared outside, and when Slack
    does not answer.
    """
    rows = tuple(await ctx.store.read(lambda tx: tx.grants()))
    if actor.terminal:
        return "", (), rows
    try:
        person = await ctx.directory.person(actor.user)
        among = {row.subject.id for row in rows if row.subject.kind is SubjectKind.USERGROUP}
        groups = await ctx.directory.usergroups_of(actor.user, among) if among else ()
        place = await ctx.directory.place(actor.channel) if actor.channel else None
    except SlackError as error:
        sentence = (
            "I cannot see this channel. Invite me with /invite, then repeat the command."
            if error.code == "channel_not_found"
            else f"Slack did not tell who you are or where this is, so the answer is no. {error}"
        )
        await refuse(ctx, actor, "", "", sentence)
    if person.barred:
        await refuse(ctx, actor, person.name, "", f"You may not use this here: {person.barred}.")
    if place and place.shared_outside:
        await refuse(
            ctx, actor, person.name, "", "This channel is shared with another company: not here."
        )
    return person.name, groups, rows


async def refuse(
    ctx: Context, actor: Actor, name: str, customer: str, sentence: str, change_id: str = ""
) -> NoReturn:
    """Record a refusal, then raise NotAllowed with the sentence."""
    await ctx.store.write(
        lambda tx: record(
            tx,
            ctx.clock,
            "refused",
            actor,
            name=name,
            customer=customer,
            change_id=change_id,
            detail={"why": sentence},
        )
    )
    raise NotAllowed(sentence)


def still_allowed(
    tx: Transaction,
    ctx: Context,
    actor: Actor,
    right: Right,
    groups: tuple[str, ...],
    customer: str,
) -> Decision:
    """Decide once more by the rows in the database, inside a step."""
    subjects = [Subject(SubjectKind.USER, actor.user)]
    subjects += [Subject(SubjectKind.USERGROUP, group) for group in groups]
    if actor.channel:
        subjects.append(Subject(SubjectKind.CHANNEL, actor.channel))
    return decide(
        right,
        customer,
        tx.grants(subjects=subjects),
        person=actor.user,
        usergroups=groups,
        channel=actor.channel,
        now=ctx.clock.now(),
    )


async def _with_cure(ctx: Context, customer: str, decision: Decision) -> str:
    rows = await ctx.store.read(lambda tx: tx.grants(customer=customer))
    now = ctx.clock.now()
    admins = sorted(
        {
            f"<@{row.subject.id}>"
            for row in rows
            if row.role is Role.ADMIN and row.covers(customer, now)
        }
    )
    who = (
        ", ".join(admins[:5]) if admins else "nobody yet: python app.py role grant on the terminal"
    )
    return f"{decision.reason} Who can grant it: {who}."
