"""The rules of customers: what they say now, and how an admin changes them."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.audit.configuration_history import ConfigurationHistory
from bot.domain.configuration import Entry, Kind
from bot.domain.customer_rule import CustomerRule, customer_rule_for
from bot.domain.policy import ANY
from bot.domain.roles import ANY_CUSTOMER, Role, Subject, SubjectKind
from bot.ports import Transaction
from bot.service.access.audit_consistency import altered
from bot.service.access.authorise import administrator
from bot.service.access.configuration import configure, supported, unconfigure
from bot.service.access.refusals import refuse
from bot.service.context import Context

OWN_BREAK_GLASS = "You are a commander here: another admin has to allow break-glass."
_KIND = Kind.CUSTOMER_RULE


def rule_of(tx: Transaction, customer: str) -> CustomerRule:
    """Return the rule that applies to a customer; what somebody wrote by hand does not count."""
    made = [supported(tx, tx.configured_entry(_KIND, name), name) for name in (customer, ANY)]
    return customer_rule_for([one for one in made if one is not None], customer)


def why_forbidden(tx: Transaction, customer: str) -> str:
    """Return in a sentence that nobody may decide alone for this customer, or ``""``."""
    for name in (customer, ANY):
        if fault := _contradiction(tx, name):
            return (
                f"Break-glass is not allowed, since the audit trail contradicts the rule: {fault}."
            )
    if customer_rule_for(tx.configured(_KIND), customer).emergency:
        return ""
    return (
        f"A rule forbids break-glass for customer {customer}: the change waits for its approvals."
    )


def _contradiction(tx: Transaction, name: str) -> str:
    """Return how the entries contradict the row of this rule, or that there is none, or ``""``."""
    history, entries = ConfigurationHistory(), tx.configuration_entries(name)
    history.read(entries)
    history.rows = {key: told for key, told in history.rows.items() if key == (_KIND, name)}
    row = tx.configured_entry(_KIND, name)
    found = history.differences([row] if row else [], ())
    return altered(tx, entries) or (found[0] if found else "")


async def set_customer_rule(
    ctx: Context, actor: Actor, customer: str, rule: CustomerRule | None
) -> None:
    """Write the rule of a customer or `*`, or remove it (None). Raises NotAllowed, recorded, and InvalidInput.

    Nobody allows themselves break-glass in Slack.
    """
    actor, name = await administrator(ctx, actor, customer)
    if not actor.terminal and await ctx.store.read(
        lambda tx: _frees(tx, ctx, actor, customer, rule)
    ):
        await refuse(ctx, actor, name, customer, OWN_BREAK_GLASS)
    if rule is None:
        await unconfigure(ctx, actor, _KIND, customer, customer=customer, who=name)
    else:
        await configure(ctx, actor, _KIND, customer, rule.terms(), customer=customer, who=name)


def _frees(
    tx: Transaction, ctx: Context, actor: Actor, customer: str, rule: CustomerRule | None
) -> bool:
    """Whether break-glass, forbidden now, would be allowed, and this person could use it."""
    now, entries = ctx.clock.now(), tx.configured(_KIND)
    others = [one for one in entries if one.name != customer]
    mine = [Entry(_KIND, customer, rule.terms(), actor.user, now)] if rule else []
    after = customer_rule_for([*others, *mine], customer)
    if not after.emergency or not why_forbidden(tx, customer):
        return False
    people = [Subject(SubjectKind.USER, one) for one in tx.ids_of(actor.user)]
    rows = tx.grants(subjects=people, role=Role.COMMANDER)
    return any(
        row.in_force(now) and (customer == ANY_CUSTOMER or row.covers(customer, now))
        for row in rows
    )
