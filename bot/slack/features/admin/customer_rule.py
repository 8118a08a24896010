"""What an admin sets for a customer besides approvals in the Home tab."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.service.access.customer_rules import set_customer_rule
from bot.slack.features.admin.topic import Done, Topic
from bot.slack.features.base.context import FeatureContext
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.admin_modal import customer_of
from bot.slack.views.modals.admin.customer_rule import CustomerRuleModal, rule_of
from bot.slack.views.mrkdwn import mention
from bot.slack.views.roles import label
from bot.slack.views.texts import admin as texts


async def _set(deps: FeatureContext, actor: Actor, values: Values) -> Done:
    customer, rule = customer_of(values), rule_of(values)
    await set_customer_rule(deps.ctx, actor, customer, rule)
    return await _done(deps, actor, customer, texts.RULE_SET, rule=rule.words())


async def _remove(deps: FeatureContext, actor: Actor, value: str) -> Done:
    await set_customer_rule(deps.ctx, actor, value, None)
    return await _done(deps, actor, value, texts.RULE_REMOVED)


async def _done(
    deps: FeatureContext, actor: Actor, customer: str, words: str, rule: str = ""
) -> Done:
    whose = label(customer, await deps.customer_name(customer))
    return Done(words.format(who=mention(actor.user), customer=whose, rule=rule), (customer,))


TOPIC = Topic(CustomerRuleModal, _set, _remove)
