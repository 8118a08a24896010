"""The approvals that an admin asks for in the Home tab."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.policy import PolicyRule
from bot.service.access import administer
from bot.slack.features.admin.topic import Done, Topic
from bot.slack.features.base.context import FeatureContext
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.policy import PolicyModal, named, rule_of
from bot.slack.views.mrkdwn import mention
from bot.slack.views.roles import label
from bot.slack.views.texts import admin as texts


async def _set(deps: FeatureContext, actor: Actor, values: Values) -> Done:
    rule = rule_of(values, actor.user, deps.ctx.clock.now())
    before = await administer.set_policy(deps.ctx, actor, rule)
    was = texts.POLICY_BEFORE.format(approvals=before.approvals) if before else texts.POLICY_NEW
    return await _done(deps, actor, rule, texts.POLICY_SET, before=was)


async def _remove(deps: FeatureContext, actor: Actor, value: str) -> Done:
    customer, topic, scope = value.split(" ")
    rule = await administer.remove_policy(deps.ctx, actor, customer, topic, scope)
    return await _done(deps, actor, rule, texts.POLICY_REMOVED)


async def _done(
    deps: FeatureContext, actor: Actor, rule: PolicyRule, words: str, before: str = ""
) -> Done:
    what = words.format(
        who=mention(actor.user),
        **named(rule),
        customer=label(rule.customer, await deps.customer_name(rule.customer)),
        approvals=rule.approvals,
        before=before,
    )
    return Done(what, (rule.customer,))


TOPIC = Topic(PolicyModal, _set, _remove)
