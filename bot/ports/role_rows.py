"""Role rows, policy rows, the ids of people and the names of customers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from bot.domain.policy import PolicyRule
from bot.domain.roles import Grant, Role, Subject


class RoleRows(Protocol):
    """What decides who may do what."""

    def grants(
        self,
        *,
        subjects: Collection[Subject] | None = None,
        customer: str | None = None,
        role: Role | None = None,
    ) -> Sequence[Grant]:
        """Return the role rows, of these subjects, for this customer (or `*`) and of this role
        where given."""
        ...

    def put_grant(self, grant: Grant) -> None:
        """Write a role row; one with the same subject, role and customer is replaced."""
        ...

    def remove_grant(self, subject: Subject, role: Role, customer: str) -> bool:
        """Remove a role row; False where there is none."""
        ...

    def granted_usergroups(self) -> Sequence[str]:
        """Return the ids of the user groups that hold a role row."""
        ...

    def other_ids(self) -> Mapping[str, str]:
        """Return the further ids of people, each with the id that Slack answers with."""
        ...

    def ids_of(self, user_id: str) -> frozenset[str]:
        """Return all known ids of this person, the given one included."""
        ...

    def add_ids(self, user_id: str, others: Collection[str]) -> None:
        """Write further ids of the same person."""
        ...

    def policy_rules(self) -> Sequence[PolicyRule]:
        """Return all policy rows."""
        ...

    def put_policy_rule(self, rule: PolicyRule) -> None:
        """Write a policy row; one for the same customer, flag and kind of scope is replaced."""
        ...

    def remove_policy_rule(self, customer: str, flag: str, scope_kind: str) -> bool:
        """Remove a policy row; False where there is none."""
        ...

    def customer_names(self) -> Mapping[str, str]:
        """Return the names of all named customers by number."""
        ...

    def customer_name(self, customer: str) -> str:
        """Return the customer's name, or ``""``."""
        ...

    def name_customer(self, customer: str, name: str) -> None:
        """Write the customer's name."""
        ...
