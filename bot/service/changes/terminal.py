"""Changes at the terminal: requester and approvers are named, not identified by Slack.

Their own rows in the role table decide. The audit trail also names who typed the command.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NoReturn

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_request import ChangeRequest
from bot.domain.change_state import AWAITING, State
from bot.domain.roles import Right
from bot.errors import Conflict, NotAllowed
from bot.ports import Channel, Person, Transaction
from bot.service.access.authorise import authorise
from bot.service.access.principals import identify
from bot.service.access.quorum import AT_DECISION, required_approvals, with_current_policy
from bot.service.access.refusals import refuse
from bot.service.access.verbal_approval import why_nobody_is_notified, why_slack_is_required
from bot.service.batches import as_shown, whole
from bot.service.changes.batch.propose import propose_batch
from bot.service.changes.decide import OWN_CHANGE, approve, cancel, confirm
from bot.service.changes.emergency.command import may_command, take_over
from bot.service.changes.propose import ExtraWrites, find_open, propose
from bot.service.context import Context, record


class OfflineDirectory:
    """The port ``Directory`` without Slack: user groups are empty, and no channel can be used."""

    async def person(self, user_id: str) -> Person:
        """Return a person without a name."""
        return Person(user_id, "")

    def known(self, ids: Collection[str]) -> Mapping[str, Person]:  # noqa: ARG002  # as the port has it
        """Return nobody."""
        return {}

    async def usergroups_of(
        self,
        user_id: str,  # noqa: ARG002  # as the port has it
        among: Collection[str],  # noqa: ARG002  # as the port has it
    ) -> tuple[str, ...]:
        """Return no user group: their role rows do not count at the terminal."""
        return ()

    async def is_usergroup_member(self, user_id: str, usergroup: str) -> bool | None:  # noqa: ARG002  # as the port has it
        """Return None: not known."""
        return None

    async def present(self, user_ids: Collection[str]) -> frozenset[str]:  # noqa: ARG002  # as the port has it
        """Return nobody: not known."""
        return frozenset()

    async def channel(self, channel_id: str) -> Channel:
        """Return the channel as one in which nothing is allowed."""
        return Channel(channel_id, "", shared_outside=True, bot_is_member=False)

    async def is_in_channel(self, ids: Collection[str], channel_id: str) -> bool:  # noqa: ARG002  # as the port has it
        """Return False: not known."""
        return False


@dataclass(frozen=True, slots=True)
class TerminalRequest:
    """A request at the terminal, the channel of its card, and who is said to have approved it.

    ``others`` are the same for further customers, decided with it.
    ``emergency``: the person decides it alone, as a commander.
    """

    actor: Actor
    request: ChangeRequest
    channel: str
    approvers: tuple[str, ...] = ()
    extra_writes: ExtraWrites | None = None
    others: tuple[ChangeRequest, ...] = ()
    emergency: bool = False

    @property
    def requests(self) -> tuple[ChangeRequest, ...]:
        """What is asked for, for each customer."""
        return (self.request, *self.others)


async def propose_at_terminal(
    ctx: Context, order: TerminalRequest, why_no_slack: Callable[[], Awaitable[str]]
) -> tuple[Change, bool]:
    """Return the change and whether it is new, as ``propose`` does.

    Nothing is proposed or sent where it could not be decided at the terminal. ``why_no_slack`` returns
    why Slack does not answer, or ``""`` where it does; it is called where approvers are named,
    since they count only while Slack does not answer. Raises NotAllowed, recorded.
    """
    actor, request = order.actor, order.request
    if not order.others:  # of several customers, those without the right are left out
        await authorise(ctx, actor, request.action.proposed_by, request.customer)
    if order.emergency:
        await may_command(ctx, actor, request.customer, request.action)
        # Nobody is asked for an approval while the number is typed.
        return await propose(
            ctx, actor, request, card_channel=order.channel, decide=lambda _, change: change
        )
    for person in order.approvers:
        for one in order.requests:
            await _check_approver(ctx, order, person, one.customer)
    for one in await _allowed(ctx, order):
        await _check_one(ctx, order, one)
    if not order.approvers:
        return await _propose(ctx, order)
    why = await _why_no_slack(ctx, order, why_no_slack, "")
    change, new = await _propose(ctx, order)
    await ctx.store.write(lambda tx: _note_silence(tx, ctx, actor, change, why))
    return change, new


async def _propose(ctx: Context, order: TerminalRequest) -> tuple[Change, bool]:
    if order.others:
        return await propose_batch(ctx, order.actor, order.requests, card_channel=order.channel)
    return await propose(
        ctx,
        order.actor,
        order.request,
        card_channel=order.channel,
        extra_writes=order.extra_writes,
    )


async def _allowed(ctx: Context, order: TerminalRequest) -> list[ChangeRequest]:
    """Return the requests for which the person has the right: the others are left out."""
    principal, now = await identify(ctx, order.actor), ctx.clock.now()
    return [
        one
        for one in order.requests
        if principal.decide(one.action.proposed_by, one.customer, now).allowed
    ]


async def _check_one(ctx: Context, order: TerminalRequest, request: ChangeRequest) -> None:
    found = await ctx.store.read(lambda tx: _open_as_whole(ctx, tx, request))
    if found is None or found.state in AWAITING:
        await _check_decidable(ctx, order, request, found)


def _open_as_whole(ctx: Context, tx: Transaction, request: ChangeRequest) -> Change | None:
    found = find_open(ctx, tx, request)
    return whole(tx, found) if found else None


async def decide_at_terminal(
    ctx: Context, order: TerminalRequest, change: Change, why_no_slack: Callable[[], Awaitable[str]]
) -> Change:
    """Confirm the change as it was shown, or approve it in the name of each approver.

    ``why_no_slack`` is called again where approvers are named, since the prompt may have waited long.
    Raises NotAllowed and Conflict, recorded.
    """
    seen = change.preview_revision
    if order.emergency:
        return await take_over(ctx, order.actor, change.id, order.request.reason)
    if order.approvers:
        await _why_no_slack(ctx, order, why_no_slack, change.id)
    if change.state is State.AWAITING_CONFIRMATION:
        return await confirm(ctx, order.actor, change.id, seen)
    for person in order.approvers:
        given = {one.approver for one in change.approvals}
        if change.state is State.AWAITING_APPROVAL and person not in given:
            change = await approve(ctx, _on_behalf_of(order, person), change.id, seen)
    if change.state in AWAITING:  # the policy became stricter meanwhile
        await _too_few(ctx, order, change.approvals_needed, change.policy, change.id)
    return change


async def current_change(ctx: Context, change: Change) -> Change:
    """Return a change, or a batch, as it is stored now."""

    return await ctx.store.read(lambda tx: as_shown(tx, tx.change(change.id) or change))


async def withdraw_at_terminal(ctx: Context, order: TerminalRequest, change: Change) -> None:
    """Withdraw an undecided change. One that cannot be withdrawn expires."""
    current = await current_change(ctx, change)
    if current.state in AWAITING:
        with contextlib.suppress(NotAllowed, Conflict):
            await cancel(ctx, order.actor, change.id)


async def _why_no_slack(
    ctx: Context, order: TerminalRequest, why_no_slack: Callable[[], Awaitable[str]], change_id: str
) -> str:
    """Return why Slack does not answer.

    Raises NotAllowed, recorded, where approvals by word do not count.
    """
    customer = order.request.customer
    named = (order.actor.user, *order.approvers)

    def query(tx: Transaction) -> str:
        nobody = (why_nobody_is_notified(tx, ctx, one.customer, *named) for one in order.requests)
        return why_slack_is_required(tx, ctx) or next(filter(None, nobody), "")

    if why_not := await ctx.store.read(query):
        await refuse(ctx, order.actor, "", customer, why_not, change_id)
    why = await why_no_slack()
    if not why:
        sentence = (
            "Slack answers: approvals are given there, by a click. Propose it in the channel."
        )
        await refuse(ctx, order.actor, "", customer, sentence, change_id)
    return why


async def _check_approver(ctx: Context, order: TerminalRequest, person: str, customer: str) -> None:
    ids = await ctx.store.read(lambda tx: tx.ids_of(person))
    if order.actor.user in ids:
        await refuse(ctx, order.actor, "", customer, OWN_CHANGE)
    if sum(one in ids for one in order.approvers) > 1:
        sentence = f"{person} is named twice: each person counts once."
        await refuse(ctx, order.actor, "", customer, sentence)
    try:
        await authorise(ctx, _on_behalf_of(order, person), Right.APPROVE, customer)
    except NotAllowed as error:
        raise NotAllowed(f"{person}: {error}") from None


async def _check_decidable(
    ctx: Context, order: TerminalRequest, request: ChangeRequest, found: Change | None
) -> None:
    user = order.actor.user
    if found is None:
        need = await ctx.store.read(lambda tx: required_approvals(ctx, tx, user, request))
        if len(order.approvers) < need.approvals:
            await _too_few(ctx, order, need.approvals, need.reason, "")
        return
    if found.requester != user:
        sentence = f"{found.id} asks for the same already, for {found.requester}: decide that one."
        await refuse(ctx, order.actor, "", request.customer, sentence, found.id)
    open_one = found
    if not found.batch:  # a batch has the approvals of all its customers
        found = await ctx.store.read(lambda tx: with_current_policy(tx, ctx, open_one, AT_DECISION))
    given = {one.approver for one in found.approvals}
    if len(given | {*order.approvers}) < found.approvals_needed:
        await _too_few(ctx, order, found.approvals_needed, found.policy, found.id)


async def _too_few(
    ctx: Context, order: TerminalRequest, approvals: int, policy: str, change_id: str
) -> NoReturn:
    sentence = (
        f"Approvals by others needed: {approvals}, named: {len(order.approvers)} ({policy}). Propose it "
        "in Slack; while Slack does not answer, name with --approved-by U… who has approved."
    )
    await refuse(ctx, order.actor, "", order.request.customer, sentence, change_id)


def _note_silence(tx: Transaction, ctx: Context, actor: Actor, change: Change, why: str) -> None:
    who = {"customer": change.customer, "change_id": change.id}
    record(tx, ctx.clock, "slack.silent", actor, **who, detail={"why": why})


def _on_behalf_of(order: TerminalRequest, person: str) -> Actor:
    return Actor(person, None, terminal=order.actor.terminal)
