"""What admins change in the Home tab: each button there opens a form with the rows that there are."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.actor import Actor
from bot.domain.roles import Right
from bot.service.access.customer_names import suggest_customers
from bot.service.queries.administered import administered
from bot.slack.api.modals import fill
from bot.slack.button_values import FormButton
from bot.slack.features.admin import customer_rule, notify, policy, roles, sets, user_texts
from bot.slack.features.admin.topic import Topic, tell
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import ActionPayload, Payload, SuggestionPayload, Values, ViewPayload
from bot.slack.views.modals.admin.admin_modal import PAGES, REMOVE, SUGGEST, option_label
from bot.slack.views.texts import admin as texts
from bot.slack.views.texts.forms import UNKNOWN_BUTTON

TOPICS: dict[str, Topic] = {
    one.modal.callback_id: one
    for one in (
        *(module.TOPIC for module in (roles, policy, customer_rule, notify, sets)),
        user_texts.TEXTS,
        user_texts.VALUES,
    )
}

feature = Feature()


@feature.action(*TOPICS)
async def open_form(deps: FeatureContext, payload: ActionPayload) -> str:
    """Open the form of a button in the Home tab."""
    return await _open(deps, payload, TOPICS[payload.action], {})


@feature.suggests(SUGGEST)
async def customers(deps: FeatureContext, payload: SuggestionPayload) -> dict[str, str]:
    """Return the customers that fit what is typed, of those that the person administers."""
    found = await suggest_customers(
        deps.ctx, payload.actor, payload.typed, Right.ADMINISTER, every=texts.ALL_CUSTOMERS
    )
    return {number: option_label(number, name) for number, name in found.items()}


@feature.action(*REMOVE)
async def remove(deps: FeatureContext, payload: ActionPayload) -> str:
    """Remove a row, and show those that are left."""
    topic = await _topic(deps, payload)
    actor = _without_channel(payload)
    try:
        done = await topic.remove(deps, actor, payload.value)
    except ValueError:
        await deps.refuse_foreign(payload, UNKNOWN_BUTTON)
    words = await tell(deps, actor, done)
    await _show(deps, payload, topic, 0)
    return words


@feature.action(*PAGES)
async def turn(deps: FeatureContext, payload: ActionPayload) -> str:
    """Show another page of the rows."""
    page = int(payload.value) if payload.value.isdecimal() and len(payload.value) < 5 else 0
    await _show(deps, payload, await _topic(deps, payload), page)
    return ""


async def submit(deps: FeatureContext, payload: ViewPayload) -> str:
    """Write the row, and tell others."""
    actor = _without_channel(payload)
    done = await TOPICS[payload.form].apply(deps, actor, payload.values)
    return await tell(deps, actor, done)


async def open_again(deps: FeatureContext, payload: ActionPayload, kept: FormButton) -> str:
    """Open the form with what was typed."""
    return await _open(deps, payload, TOPICS[kept.form], kept.values)


for _topic_of in TOPICS.values():
    feature.view(_topic_of.modal)(submit)
    feature.again(_topic_of.modal)(open_again)


async def _open(deps: FeatureContext, payload: ActionPayload, topic: Topic, typed: Values) -> str:
    found = await administered(deps.ctx, payload.actor)
    modal = topic.modal.of(found, typed=typed)
    await deps.open_modal(payload, modal.build(), modal.title)
    return ""


async def _show(deps: FeatureContext, payload: ActionPayload, topic: Topic, page: int) -> None:
    found = await administered(deps.ctx, payload.actor)
    modal = topic.modal.of(found, page, payload.values)
    await fill(deps.client, payload.view_id, modal.build())


async def _topic(deps: FeatureContext, payload: ActionPayload) -> Topic:
    if payload.form not in TOPICS:
        await deps.refuse_foreign(payload, UNKNOWN_BUTTON)
    return TOPICS[payload.form]


def _without_channel(payload: Payload) -> Actor:
    """Return the person by their own rows alone: the Home tab is in no channel."""
    return replace(payload.actor, channel=None)
