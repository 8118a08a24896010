"""What an admin sets for a customer besides approvals in the Home tab."""

from __future__ import annotations

from bot.domain.commands import Actor
from bot.domain.configuration import Kind
from bot.service.access.authorise import administrator
from bot.service.access.configuration import configure, unconfigure
from bot.slack.features.admin.topic import Done, Topic
from bot.slack.features.base.context import FeatureContext
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.admin_modal import customer_of
from bot.slack.views.modals.admin.customer_rule import CustomerRuleModal, rule_of
from bot.slack.views.mrkdwn import mention
from bot.slack.views.roles import label
from bot.slack.views.texts import admin as texts

_KIND = Kind.CUSTOMER_RULE


async def _set(deps: FeatureContext, actor: Actor, values: Values) -> Done:
    customer, rule = customer_of(values), rule_of(values)
    actor, name = await administrator(deps.ctx, actor, customer)
    await configure(deps.ctx, actor, _KIND, customer, rule.terms(), customer=customer, who=name)
    return await _done(deps, actor, customer, texts.RULE_SET, rule=rule.words())


async def _remove(deps: FeatureContext, actor: Actor, value: str) -> Done:
    actor, name = await administrator(deps.ctx, actor, value)
    await unconfigure(deps.ctx, actor, _KIND, value, customer=value, who=name)
    return await _done(deps, actor, value, texts.RULE_REMOVED)


async def _done(
    deps: FeatureContext, actor: Actor, customer: str, words: str, rule: str = ""
) -> Done:
    whose = label(customer, await deps.customer_name(customer))
    return Done(words.format(who=mention(actor.user), customer=whose, rule=rule), (customer,))


TOPIC = Topic(CustomerRuleModal, _set, _remove)
