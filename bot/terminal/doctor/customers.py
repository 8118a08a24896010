"""Check that the changes of each customer can be proposed and approved: channels and approvers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.domain.roles import ANY_CUSTOMER, Role
from bot.program import PROGRAM
from bot.service.access.approvers import Shortage, shortages
from bot.terminal.doctor.content import DatabaseFacts
from bot.terminal.doctor.finding import (
    CHANNEL_ID,
    MEMBER_ID,
    Finding,
    Mark,
    fails,
    ok,
    warns,
)

MAX_NAMED = 5


def check(facts: DatabaseFacts, now: datetime) -> Sequence[Finding]:
    """Return a line for what is missing, with the customers it is missing for."""
    if not facts.customers:
        return []
    found: dict[tuple[Mark, str, str], list[str]] = defaultdict(list)
    for customer in sorted(facts.customers):
        for one in _missing(facts, customer, now):
            found[one.mark, one.about, one.text].append(customer)
    lines = [
        Finding(mark, about, f"{_named(customers)}: {text}")
        for (mark, about, text), customers in found.items()
    ]
    number = len(facts.customers)
    who = "1 customer" if number == 1 else f"{number} customers"
    whole = {
        "approvers": "enough, by the role and policy rows",
        "incident channels": "granted",
    }
    wrong = {one.about for one in lines}
    return [
        *(ok(about, f"{text} ({who})") for about, text in whole.items() if about not in wrong),
        *lines,
    ]


def _missing(facts: DatabaseFacts, customer: str, now: datetime) -> Iterator[Finding]:
    short = shortages(customer, facts.grants, facts.rules, now, facts.other_ids)
    if short:
        yield _approvers(max(short, key=lambda one: one.needed))
    if not any(row.role is Role.INCIDENT and row.covers(customer, now) for row in facts.grants):
        yield fails(
            "incident channels",
            f"none, so that no command for them works in Slack. Grant one: {PROGRAM} role grant "
            f"C0456 incident CUSTOMER. {CHANNEL_ID}",
        )


def _approvers(short: Shortage) -> Finding:
    cure = f"Grant one: {PROGRAM} role grant U0456 approver CUSTOMER. {MEMBER_ID}"
    if not short.approvers:
        return fails("approvers", f"none, so that nothing is approved. {cure}")
    if not short.there:
        text = "one person alone, so that nobody approves what that person proposes."
        return warns("approvers", f"{text} {cure}")
    rule = short.rule
    which = f"policy {rule.customer} {rule.flag} {rule.scope_kind}" if rule else "the default"
    text = f"{which} needs {short.needed} approvals, and {short.there} can approve besides the requester."
    return warns("approvers", f"{text} {cure}")


def _named(customers: Sequence[str]) -> str:
    more = len(customers) - MAX_NAMED
    names = ", ".join(customers[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"customer {names}" if len(customers) == 1 else f"customers {names}"


def incident_channels(facts: DatabaseFacts, now: datetime) -> dict[str, list[str]]:
    """Return the incident channels in force, each with the customers it is for."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in facts.grants:
        if row.role is Role.INCIDENT and row.in_force(now):
            every = row.customer == ANY_CUSTOMER
            found[row.subject.id].append("every customer" if every else row.customer)
    return found
