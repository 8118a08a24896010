"""Whether the rule of a customer lets a commander decide alone; a row that no entry supports forbids it."""

from __future__ import annotations

from bot.domain.audit.configuration_history import ConfigurationHistory
from bot.domain.configuration import Kind
from bot.domain.customer_rule import customer_rule_for
from bot.domain.policy import ANY
from bot.ports import Transaction
from bot.service.access.audit_consistency import altered

_KIND = Kind.CUSTOMER_RULE


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
