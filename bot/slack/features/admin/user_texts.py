"""The texts for users that an admin writes in the Home tab."""

from __future__ import annotations

from bot.domain.commands import Actor
from bot.domain.configuration import Entry, Kind
from bot.errors import InvalidInput
from bot.service.access.authorise import administrator
from bot.service.access.configuration import configure_all, unconfigure
from bot.service.user_texts.templates import (
    TEXT,
    entry_name,
    own_values,
    owner_and_words,
)
from bot.slack.features.admin.topic import Done, Topic
from bot.slack.features.base.context import FeatureContext
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.admin_modal import customer_of
from bot.slack.views.modals.admin.user_texts import (
    UserTextsModal,
    language_of,
    text_of,
    values_of,
)
from bot.slack.views.mrkdwn import escape, mention
from bot.slack.views.roles import label
from bot.slack.views.texts import admin as texts

_KIND = Kind.TEMPLATE


async def _set(deps: FeatureContext, actor: Actor, values: Values) -> Done:
    customer, language, given = customer_of(values), language_of(values), values_of(values)
    actor, name = await administrator(deps.ctx, actor, customer)
    terms: dict[str, dict[str, object]] = {}
    if language:
        terms[entry_name(customer, language)] = {TEXT: text_of(values)}
    if new := {key: value for key, value in given.terms().items() if value}:
        kept = await deps.ctx.store.read(lambda tx: own_values(tx, customer))
        terms[customer] = kept.terms() | new
    if not terms:
        raise InvalidInput(texts.NOTHING_GIVEN)
    await configure_all(deps.ctx, actor, _KIND, terms, customer=customer, who=name)
    now = deps.ctx.clock.now()
    entries = [Entry(_KIND, one, each, actor.user, now) for one, each in terms.items()]
    words = "; ".join(owner_and_words(one)[1] for one in entries)
    return await _done(deps, actor, customer, texts.USER_TEXT_SET, words)


async def _remove(deps: FeatureContext, actor: Actor, value: str) -> Done:
    customer, _, language = value.partition(" ")
    actor, name = await administrator(deps.ctx, actor, customer)
    await unconfigure(deps.ctx, actor, _KIND, value, customer=customer, who=name)
    words = language or texts.URL_AND_CONTACT
    return await _done(deps, actor, customer, texts.USER_TEXT_REMOVED, words)


async def _done(deps: FeatureContext, actor: Actor, customer: str, form: str, words: str) -> Done:
    whose = label(customer, await deps.customer_name(customer))
    what = form.format(who=mention(actor.user), customer=whose, words=escape(words))
    return Done(what, (customer,))


TOPIC = Topic(UserTextsModal, _set, _remove)
