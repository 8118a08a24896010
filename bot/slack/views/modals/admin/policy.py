"""The form for the approvals that changes need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.domain.actions import TOPICS
from bot.domain.policy import ANY, MAX_APPROVALS, PolicyRule
from bot.domain.scope import SCOPE_KINDS
from bot.errors import InvalidInput
from bot.service.queries.administered import Administered
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.admin_modal import (
    CUSTOMER,
    AdminModal,
    Row,
    customer_of,
    label,
)
from bot.slack.views.modals.inputs import select
from bot.slack.views.modals.modal import Parts
from bot.slack.views.mrkdwn import Blocks
from bot.slack.views.roles import person
from bot.slack.views.texts import admin as texts

TOPIC, SCOPE, APPROVALS = "topic", "scope", "approvals"
# Slack takes no empty value; `*` is one.
_TOPICS = {ANY: texts.ANY_TOPIC} | {one: one for one in TOPICS}
_SCOPES = {ANY: texts.ANY_SCOPE} | {one: one for one in SCOPE_KINDS}
_NUMBERS = {str(one): str(one) for one in range(MAX_APPROVALS + 1)}


def _chosen(values: Values, block: str, among: dict[str, str]) -> str:
    chosen = str(values.get(block) or "")
    if chosen not in among:
        raise InvalidInput(texts.POLICY_MISSING)
    return chosen


def rule_of(values: Values, who: str, at: datetime) -> PolicyRule:
    """Return the row that was filled in. Raises InvalidInput."""
    topic, scope = _chosen(values, TOPIC, _TOPICS), _chosen(values, SCOPE, _SCOPES)
    approvals = int(_chosen(values, APPROVALS, _NUMBERS))
    return PolicyRule(customer_of(values), topic, scope, approvals, who, at)


def named(rule: PolicyRule) -> dict[str, str]:
    """Return what a row is about, in words."""
    return {"topic": _TOPICS.get(rule.flag, rule.flag), "scope": _SCOPES.get(rule.scope_kind, "")}


@dataclass(frozen=True, slots=True)
class PolicyModal(AdminModal):
    """Sets the approvals for a customer, a kind of change and a kind of scope."""

    callback_id: ClassVar[str] = "admin_policy"
    title: ClassVar[str] = texts.POLICY
    intro: ClassVar[str] = texts.POLICY_INTRO
    parts: ClassVar[Parts] = {
        CUSTOMER: customer_of,
        TOPIC: lambda values: _chosen(values, TOPIC, _TOPICS),
        SCOPE: lambda values: _chosen(values, SCOPE, _SCOPES),
        APPROVALS: lambda values: _chosen(values, APPROVALS, _NUMBERS),
    }

    def inputs(self) -> Blocks:
        """Return the inputs for a row."""
        approvals, hint = self.text(APPROVALS), texts.APPROVALS_HINT
        return [
            self.customer(),
            select(TOPIC, texts.TOPIC, _TOPICS, self.text(TOPIC, ANY)),
            select(SCOPE, texts.SCOPE, _SCOPES, self.text(SCOPE, ANY)),
            select(APPROVALS, texts.APPROVALS, _NUMBERS, approvals, hint),
        ]

    @classmethod
    def rows_of(cls, found: Administered) -> list[Row]:
        """Return the rows that there are."""
        return [
            Row(
                texts.POLICY_ROW.format(
                    customer=label(found, row.customer),
                    **named(row),
                    approvals=row.approvals,
                    who=person(row.set_by),
                ),
                f"{row.customer} {row.flag} {row.scope_kind}",
            )
            for row in found.policy
        ]
