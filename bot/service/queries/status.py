"""The status of a customer: counts by flag, who changed the flags last, and open changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.actions import topics_that_switch
from bot.domain.actor import Actor
from bot.domain.api_health import StandingFault
from bot.domain.cannot_read import CannotRead
from bot.domain.change import Change
from bot.domain.change_state import OPEN, State
from bot.domain.counts import count_contradiction
from bot.domain.roles import Right
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Groups
from bot.errors import ContinuityError
from bot.ports import Transaction
from bot.service.access.authorise import authorise
from bot.service.context import Context, no_answer
from bot.service.counting import NOT_CREDIBLE, lists_users
from bot.service.parallel import finish_tasks
from bot.service.queries.failover_history import FailoverCount, failover_counts

# 16 groups need 119 counts.
MAX_PARALLEL_COUNTS = 6
MAX_SHOWN_CHANGES = 5
# The newest; more than fit into one reply.
MAX_OPEN_CHANGES = 50
# For each flag; older changes are not searched.
MAX_SEARCHED_FLAG_CHANGES = 50
# Each has two counts at most, and a chart has 20 points.
MAX_COUNTED_CHANGES = 20
# Open changes, and those that need an operator.
UNSETTLED = OPEN | {State.NEEDS_OPERATOR}

# Filters of the counts: all users, activated, with access, in failover; of these without access, not
# activated, and both.
_COUNTED = (
    EVERY_USER,
    Filters(activation=True),
    Filters(access=True),
    Filters(failover=True),
    Filters(failover=True, access=False),
    Filters(failover=True, activation=False),
    Filters(failover=True, access=False, activation=False),
)


@dataclass(frozen=True, slots=True)
class StatusRow:
    """The counts for every user (group ``""``) or one group, in the order of ``_COUNTED``.

    None means not known. ``switched`` holds for each flag the last applied change for all of them,
    or None.
    """

    group: str
    counts: tuple[int | None, ...]
    switched: tuple[Change | None, ...] = (None, None)

    @property
    def cannot_read(self) -> CannotRead:
        """Who of the users in failover cannot read their mail."""
        return CannotRead.of(*self.counts[3:])


@dataclass(frozen=True, slots=True)
class Status:
    """A row for every user and for each group asked for, and open and last changes.

    ``problem`` says why numbers are missing, ``contradiction`` which of them contradict each other.
    ``more`` is how many open changes are not among ``changes``. ``fault`` is what the last look at
    the API found wrong, None where the API answers now. ``history`` are the last counts of users in
    failover, oldest first, the present one at the end where it is known.
    """

    customer: str
    name: str
    rows: tuple[StatusRow, ...]
    problem: str
    changes: tuple[Change, ...]
    contradiction: str = ""
    more: int = 0
    fault: StandingFault | None = None
    history: tuple[FailoverCount, ...] = ()


async def status(ctx: Context, actor: Actor, customer: str, groups: tuple[str, ...] = ()) -> Status:
    """Count users by flag, within the time of a preview, and list open and last changes.

    The changes are listed even if the API does not answer. Raises NotAllowed.
    """
    await authorise(ctx, actor, Right.VIEW, customer)
    asked = ("", *groups)
    counts, problem = await _count(ctx, customer, asked)
    answered = any(one is not None for row in counts for one in row)
    fault = None if answered else ctx.api_health.fault_for(customer)
    if counts[0][0] == 0 and await _lists_users(ctx, customer):
        counts, problem = [(None,) * len(_COUNTED)] * len(asked), NOT_CREDIBLE

    def query(tx: Transaction) -> Status:
        open_changes = tx.changes(customer=customer, states=UNSETTLED, limit=MAX_OPEN_CHANGES)
        more = 0
        if len(open_changes) == MAX_OPEN_CHANGES:
            more = tx.count_changes(UNSETTLED, customers=[customer]) - MAX_OPEN_CHANGES
        found = [*open_changes, *tx.changes(customer=customer, limit=MAX_SHOWN_CHANGES)]
        changes = tuple({change.id: change for change in found}.values())
        last = [_flag_changes(tx, customer, flag) for flag in Flag]
        rows = tuple(
            StatusRow(group, counted_row, tuple(_covering(each, group) for each in last))
            for group, counted_row in zip(asked, counts, strict=True)
        )
        contradiction = next(filter(None, map(_contradiction, rows)), "")
        name = tx.customer_name(customer)
        history = _history(ctx, tx, customer, None if contradiction else counts[0][3])
        return Status(customer, name, rows, problem, changes, contradiction, more, fault, history)

    return await ctx.store.read(query)


def _contradiction(row: StatusRow) -> str:
    users, activated, access, failover, no_access, cut_off, _ = row.counts
    named = {"activated": activated, "with access": access, "in failover": failover}
    of = f"users in group {row.group}" if row.group else "users"
    lost = {"in failover and not activated": cut_off}
    inactive = None if users is None or activated is None else users - activated
    return (
        count_contradiction(users, named | lost, of)
        or count_contradiction(
            failover, {"without access": no_access, "not activated": cut_off}, f"{of} in failover"
        )
        or count_contradiction(inactive, lost, f"{of} not activated")
    )


async def _count(
    ctx: Context, customer: str, asked: Sequence[str]
) -> tuple[list[tuple[int | None, ...]], str]:
    """Return the counts of each group asked for, and why some of them are missing."""
    semaphore = asyncio.Semaphore(MAX_PARALLEL_COUNTS)

    async def one(group: str, wanted: Filters) -> int:
        async with semaphore:
            groups = (group,) if group else ()
            return await ctx.api.count(customer, replace(wanted, groups=groups))

    rows = [[asyncio.create_task(one(group, each)) for each in _COUNTED] for group in asked]
    tasks = [task for row in rows for task in row]
    await finish_tasks(tasks, ctx.preview_seconds)
    in_time = [task for task in tasks if not task.cancelled()]
    failed = [error for task in in_time if (error := task.exception())]
    for error in failed:
        if not isinstance(error, ContinuityError):
            raise error
    is_late = len(in_time) < len(tasks)
    problem = str(failed[0]) if failed else no_answer(ctx) if is_late else ""
    counted = [None if one.cancelled() or one.exception() else one.result() for one in tasks]
    width = len(_COUNTED)
    return [tuple(counted[at : at + width]) for at in range(0, len(counted), width)], problem


async def _lists_users(ctx: Context, customer: str) -> bool:
    try:
        async with asyncio.timeout(ctx.preview_seconds):
            return await lists_users(ctx, customer)
    except (ContinuityError, TimeoutError):
        return False


def _history(
    ctx: Context, tx: Transaction, customer: str, present: int | None
) -> tuple[FailoverCount, ...]:
    switched = tx.changes(
        customer=customer,
        topics=topics_that_switch(Flag.FAILOVER),
        scopes=("everyone",),
        limit=MAX_COUNTED_CHANGES,
    )
    now = [] if present is None else [FailoverCount(ctx.clock.now(), present)]
    return (*failover_counts(switched), *now)


def _flag_changes(tx: Transaction, customer: str, flag: Flag) -> Sequence[Change]:
    return tx.changes(
        states={State.APPLIED},
        customer=customer,
        topics=topics_that_switch(flag),
        scopes=("everyone", "groups"),
        limit=MAX_SEARCHED_FLAG_CHANGES,
    )


def _covering(changes: Sequence[Change], group: str) -> Change | None:
    """Return the newest change that was for everyone, or for this group."""
    return next((change for change in changes if _covers(change, group)), None)


def _covers(change: Change, group: str) -> bool:
    scope = change.scope
    return isinstance(scope, Everyone) or (isinstance(scope, Groups) and group in scope.names)
