"""What the rules of customers say now."""

from __future__ import annotations

from bot.domain.configuration import Kind
from bot.domain.customer_rule import customer_rule_for
from bot.ports import Transaction


def why_forbidden(tx: Transaction, customer: str) -> str:
    """Return in a sentence that nobody may decide alone for this customer, or ``""``."""
    rule = customer_rule_for(tx.configured(Kind.CUSTOMER_RULE), customer)
    if rule.emergency:
        return ""
    return (
        f"A rule forbids break-glass for customer {customer}: the change waits for its approvals."
    )
