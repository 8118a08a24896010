"""The form for what holds for a customer besides approvals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.configuration import Kind
from bot.domain.customer_rule import ALLOWED, CustomerRule, customer_rule_for
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

ACCESS_AFTER, EMERGENCY = "access_after", "emergency"


def rule_of(values: Values) -> CustomerRule:
    """Return the rule that was filled in. Raises InvalidInput."""
    return CustomerRule.of(
        {name: values[name] for name in (ACCESS_AFTER, EMERGENCY) if name in values}
    )


@dataclass(frozen=True, slots=True)
class CustomerRuleModal(AdminModal):
    """Sets when access goes off after a restore, and whether break-glass is allowed."""

    callback_id: ClassVar[str] = "admin_rules"
    title: ClassVar[str] = texts.RULES
    intro: ClassVar[str] = texts.RULES_INTRO
    parts: ClassVar[Parts] = {CUSTOMER: customer_of, ACCESS_AFTER: rule_of}

    def inputs(self) -> Blocks:
        """Return the inputs for a row."""
        emergency = self.text(EMERGENCY, ALLOWED)
        return [
            self.customer(),
            self.line(ACCESS_AFTER, texts.ACCESS_AFTER, texts.ACCESS_AFTER_HINT, 40, default="48h"),
            select(EMERGENCY, texts.EMERGENCY, texts.EMERGENCY_OPTIONS, emergency),
        ]

    @classmethod
    def rows_of(cls, found: Administered) -> list[Row]:
        """Return the rows that there are."""
        rules = [one for one in found.configured if one.kind is Kind.CUSTOMER_RULE]
        return [
            Row(
                texts.RULE_ROW.format(
                    customer=label(found, one.name),
                    rule=customer_rule_for(rules, one.name).words(),
                    who=person(one.set_by),
                ),
                one.name,
            )
            for one in rules
            if found.covers(one.name)
        ]
