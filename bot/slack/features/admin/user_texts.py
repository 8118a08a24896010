"""Texts for users, and what they tell, as an admin sets them in the Home tab."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.actor import Actor
from bot.domain.configuration import Kind
from bot.service.access.authorise import administrator
from bot.service.access.configuration import configure, unconfigure
from bot.service.user_texts.templates import TEXT, entry_name
from bot.slack.features.admin.topic import Done, Topic
from bot.slack.features.base.context import FeatureContext
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.admin_modal import customer_of
from bot.slack.views.modals.admin.user_texts import (
    UserTextsModal,
    UserValuesModal,
    language_of,
    text_of,
    values_of,
)
from bot.slack.views.mrkdwn import escape, mention
from bot.slack.views.roles import label
from bot.slack.views.texts import admin as texts


async def _set_text(deps: FeatureContext, actor: Actor, values: Values) -> Done:
    customer, language = customer_of(values), language_of(values)
    terms = {TEXT: text_of(values)}
    await _configure(deps, actor, entry_name(customer, language), customer, terms)
    return await _done(deps, actor, customer, texts.USER_TEXT_SET, language=language)


async def _set_values(deps: FeatureContext, actor: Actor, values: Values) -> Done:
    customer, wanted = customer_of(values), values_of(values)
    await _configure(deps, actor, customer, customer, wanted.terms())
    return await _done(
        deps,
        actor,
        customer,
        texts.WEBMAIL_SET,
        url=escape(wanted.portal_url or texts.NOT_SET),
        contact=escape(wanted.contact or texts.NOT_SET),
    )


async def _remove(deps: FeatureContext, actor: Actor, value: str) -> Done:
    customer, _, language = value.partition(" ")
    actor, name = await administrator(deps.ctx, actor, customer)
    await unconfigure(deps.ctx, actor, Kind.TEMPLATE, value, customer=customer, who=name)
    words = texts.USER_TEXT_REMOVED if language else texts.WEBMAIL_REMOVED
    return await _done(deps, actor, customer, words, language=escape(language))


async def _configure(
    deps: FeatureContext, actor: Actor, name: str, customer: str, terms: Mapping[str, object]
) -> None:
    actor, who = await administrator(deps.ctx, actor, customer)
    await configure(deps.ctx, actor, Kind.TEMPLATE, name, terms, customer=customer, who=who)


async def _done(deps: FeatureContext, actor: Actor, customer: str, words: str, **told: str) -> Done:
    whose = label(customer, await deps.customer_name(customer))
    return Done(words.format(who=mention(actor.user), customer=whose, **told), (customer,))


TEXTS = Topic(UserTextsModal, _set_text, _remove)
VALUES = Topic(UserValuesModal, _set_values, _remove)
