"""Who is told of changes that wait, as an admin sets it in the Home tab."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.notify import NotifyRule
from bot.domain.notify_terms import words as rule_words
from bot.service.access.notify_rules import remove_notify_rule, set_notify_rule
from bot.slack.features.admin.topic import Done, Topic
from bot.slack.features.base.context import FeatureContext
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.admin_modal import customer_of
from bot.slack.views.modals.admin.notify import NotifyModal, wish_of
from bot.slack.views.mrkdwn import escape, mention
from bot.slack.views.roles import label
from bot.slack.views.texts import admin as texts


async def _set(deps: FeatureContext, actor: Actor, values: Values) -> Done:
    customer = customer_of(values)
    rule = await set_notify_rule(deps.ctx, actor, customer, wish_of(values))
    return await _done(deps, actor, customer, texts.NOTIFY_SET, rule)


async def _remove(deps: FeatureContext, actor: Actor, value: str) -> Done:
    rule = await remove_notify_rule(deps.ctx, actor, value)
    return await _done(deps, actor, value, texts.NOTIFY_REMOVED, rule)


async def _done(
    deps: FeatureContext, actor: Actor, customer: str, words: str, rule: NotifyRule
) -> Done:
    what = words.format(
        who=mention(actor.user),
        customer=label(customer, await deps.customer_name(customer)),
        rule=escape(rule_words(rule)),
    )
    return Done(what, (customer,))


TOPIC = Topic(NotifyModal, _set, _remove)
