"""Sets of customers that an admin writes in the Home tab."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.customer_set import CustomerSet, parse_set_name
from bot.service.access.customer_sets import create_set, delete_set
from bot.slack.features.admin.topic import Done, Topic
from bot.slack.features.base.context import FeatureContext
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.sets import SetsModal, command_of
from bot.slack.views.mrkdwn import join_names, mention
from bot.slack.views.texts import admin as texts


async def _set(deps: FeatureContext, actor: Actor, values: Values) -> Done:
    return _done(actor, await create_set(deps.ctx, actor, command_of(values)), texts.SET_MADE)


async def _remove(deps: FeatureContext, actor: Actor, value: str) -> Done:
    deleted = await delete_set(deps.ctx, actor, parse_set_name(value))
    return _done(actor, deleted, texts.SET_DELETED)


def _done(actor: Actor, one: CustomerSet, words: str) -> Done:
    customers = join_names(one.customers, 20)
    what = words.format(who=mention(actor.user), name=one.name, customers=customers)
    return Done(what, one.customers)


TOPIC = Topic(SetsModal, _set, _remove)
