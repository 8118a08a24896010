"""Begin a drill of a customer whose account is of a simulated API."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.audit.drill_history import started_detail
from bot.domain.change import Change
from bot.domain.change_state import OPEN, State
from bot.domain.deadline import DeadlineKind
from bot.domain.drill import DRILL_STARTED, Drill, Scenario
from bot.domain.roles import Right, Role
from bot.errors import Conflict, InvalidInput
from bot.ports import Transaction
from bot.program import PROGRAM
from bot.service.access.authorise import authorise
from bot.service.access.refusals import record_refusal
from bot.service.context import Context, record
from bot.service.drill_deadlines import drill_deadline

NOT_MARKED = (
    "Customer {customer} is a real one: a drill is for a customer that is marked `drill = true` in "
    "CONTINUITY_CREDENTIALS, with the address of `{program} sandbox`."
)
RUNS = "The drill {scenario} of {customer} runs since {at:%H:%M} UTC. End it first: drill end {customer}"
OPEN_ONE = "{change} of {customer} is {state}. End it before the drill begins."
REAL_ONE = (
    "{change} of customer {customer} is {state} in this channel, and it is no drill. Begin the drill when "
    "it has ended, or in another channel."
)
NO_CHANNEL = "Which channel is told? Customer {customer} has {number} incident channels, and there is no OPS_CHANNEL."


async def start_drill(ctx: Context, actor: Actor, customer: str, scenario: Scenario) -> Drill:
    """Save the drill; the leader has the scenario played and tells the channel.

    Raises NotAllowed, InvalidInput, Conflict, and ContinuityError where the simulated API is not there.
    """
    authorization = await authorise(ctx, actor, Right.PROPOSE, customer)
    who = {"name": authorization.name, "customer": customer}
    if not ctx.is_drill(customer):
        sentence = NOT_MARKED.format(customer=customer, program=PROGRAM)
        await record_refusal(ctx, actor, sentence, **who)
        raise InvalidInput(sentence)

    def free_channel(tx: Transaction) -> str:
        channel = actor.channel or _channel(tx, ctx, customer)
        _check_free(tx, customer, channel)
        return channel

    def step(tx: Transaction) -> Drill:
        now, channel = ctx.clock.now(), free_channel(tx)
        drill = Drill(_free_id(ctx, tx), customer, scenario, channel, actor.user, now)
        tx.put_drill(drill)
        tx.put_deadline(drill_deadline(DeadlineKind.DRILL_BEGIN, drill.id, now))
        tx.put_deadline(drill_deadline(DeadlineKind.DRILL_END, drill.id, drill.time_limit))
        detail = started_detail(drill) | {"rows": authorization.rows}
        record(tx, ctx.clock, DRILL_STARTED, actor, **who, detail=detail)
        return drill

    try:
        await ctx.store.read(free_channel)
        await ctx.api.count(customer)
        return await ctx.store.write(step)
    except Conflict as error:
        await record_refusal(ctx, actor, str(error), **who)
        raise


def _free_id(ctx: Context, tx: Transaction) -> str:
    while tx.drill(found := ctx.new_id().replace("C-", "D-", 1)) is not None:
        continue
    return found


def _channel(tx: Transaction, ctx: Context, customer: str) -> str:
    """Return the only incident channel of the customer, else OPS_CHANNEL. Raises InvalidInput."""
    now = ctx.clock.now()
    rows = tx.grants(customer=customer, role=Role.INCIDENT)
    channels = {row.subject.id for row in rows if row.covers(customer, now)}
    if len(channels) == 1:
        return channels.pop()
    if not ctx.ops_channel:
        raise InvalidInput(NO_CHANNEL.format(customer=customer, number=len(channels)))
    return ctx.ops_channel


def _check_free(tx: Transaction, customer: str, channel: str) -> None:
    """Raise Conflict where a drill runs, or anything is open that it would be confused with."""
    if running := tx.running_drill(customer):
        raise Conflict(
            RUNS.format(scenario=running.scenario.value, customer=customer, at=running.started_at)
        )
    unsettled = tx.changes(states=OPEN | {State.NEEDS_OPERATOR})
    for change in unsettled:
        if change.customer == customer:
            raise Conflict(_told(OPEN_ONE, change))
    for change in unsettled:
        if change.channel == channel and not change.drill:
            raise Conflict(_told(REAL_ONE, change))


def _told(form: str, change: Change) -> str:
    return form.format(change=change.id, customer=change.customer, state=change.state.words)
