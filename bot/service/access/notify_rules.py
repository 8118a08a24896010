"""Set and remove notification rules, at the terminal or as an admin in the Home tab."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.actor import Actor
from bot.domain.audit.notify_history import NOTIFY_REMOVED, NOTIFY_SET
from bot.domain.notify import NotifyRule, QuietHours, Step, rule_for
from bot.domain.notify_terms import terms_of
from bot.domain.policy import ANY
from bot.errors import InvalidInput
from bot.ports import Transaction
from bot.service.access.authorise import administrator
from bot.service.context import Context, record


@dataclass(frozen=True, slots=True)
class NotifyWish:
    """What a rule shall say; None leaves it as it applies now. ``no_quiet`` removes quiet hours."""

    steps: tuple[Step, ...] | None = None
    reminders: tuple[timedelta, ...] | None = None
    quiet: QuietHours | None = None
    no_quiet: bool = False


async def set_notify_rule(
    ctx: Context, actor: Actor, customer: str, wish: NotifyWish
) -> NotifyRule:
    """Write the customer's rule, or that for `*`; return it.

    Of a change that waits it holds for what is still to come. Raises NotAllowed, recorded.
    """
    actor, name = await administrator(ctx, actor, customer)

    def step(tx: Transaction) -> NotifyRule:
        now = rule_for(tx.notify_rules(), customer)
        rule = NotifyRule(
            customer,
            now.steps if wish.steps is None else wish.steps,
            now.reminders if wish.reminders is None else wish.reminders,
            None if wish.no_quiet else wish.quiet or now.quiet,
            actor.user,
            ctx.clock.now(),
        )
        tx.put_notify_rule(rule)
        record(
            tx, ctx.clock, NOTIFY_SET, actor, name=name, customer=customer, detail=terms_of(rule)
        )
        return rule

    return await ctx.store.write(step)


async def remove_notify_rule(ctx: Context, actor: Actor, customer: str) -> NotifyRule:
    """Remove the customer's rule; return the one that applies then. Raises NotAllowed, InvalidInput."""
    actor, name = await administrator(ctx, actor, customer)

    def step(tx: Transaction) -> NotifyRule:
        if not tx.remove_notify_rule(customer):
            whose = "all customers" if customer == ANY else customer
            raise InvalidInput(f"There is no notification rule of {whose}.")
        record(tx, ctx.clock, NOTIFY_REMOVED, actor, name=name, customer=customer)
        return rule_for(tx.notify_rules(), customer)

    return await ctx.store.write(step)
