"""The form for a change: opened by `/continuity` alone, a shortcut or the Home tab; counted, sent in."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.identifiers import CUSTOMER as NUMBER
from bot.domain.roles import Right, Role
from bot.errors import BotError, InvalidInput
from bot.ports import Transaction
from bot.service.access.chosen_channel import check_in_channel, is_incident_channel
from bot.service.access.customer_names import suggest_customers
from bot.service.changes.forecast import forecast
from bot.service.changes.time_limit import timed_request
from bot.service.queries import history
from bot.slack.api.modals import fill
from bot.slack.button_values import FormButton
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.errors import error_reply
from bot.slack.features.base.feature import BackgroundJob, Feature, Reply, SubmissionError
from bot.slack.payloads import (
    CHOSEN_CHANNEL,
    ActionPayload,
    CommandPayload,
    Payload,
    ShortcutPayload,
    SuggestionPayload,
    Values,
    ViewPayload,
)
from bot.slack.views.drill import labelled_modal
from bot.slack.views.forecast import forecast_blocks, not_counted
from bot.slack.views.message_reason import reason_from
from bot.slack.views.modals import change as form
from bot.slack.views.modals.admin.admin_modal import option_label
from bot.slack.views.modals.change import ChangeModal
from bot.slack.views.modals.inputs import REASON
from bot.slack.views.mrkdwn import Blocks, channel_mention, escape
from bot.slack.views.texts import change_form as texts

GLOBAL_SHORTCUT, MESSAGE_SHORTCUT = "continuity_change", "continuity_change_message"

feature = Feature()


async def open_form(
    deps: FeatureContext,
    payload: CommandPayload | ActionPayload | ShortcutPayload,
    typed: Values | None = None,
    *,
    button: str = "",
    too_late: str = "",
) -> str:
    """Open it for whoever may propose a change anywhere. Raises NotAllowed and InvalidInput."""
    if Right.PROPOSE not in await history.rights_anywhere(deps.ctx, payload.actor):
        raise InvalidInput(texts.NO_RIGHT)
    modal = await _modal(deps, payload, typed or {})
    await deps.open_modal(payload, modal.build(), button, too_late=too_late)
    return ""


@feature.shortcut(GLOBAL_SHORTCUT)
async def from_anywhere(deps: FeatureContext, payload: ShortcutPayload) -> str:
    """Open it without a channel: it asks for one."""
    return await open_form(deps, payload)


@feature.shortcut(MESSAGE_SHORTCUT)
async def from_message(deps: FeatureContext, payload: ShortcutPayload) -> str:
    """Open it with the text of the message as the reason."""
    return await open_form(deps, payload, {REASON: reason_from(payload.text)})


@feature.action(form.OPEN)
async def from_home(deps: FeatureContext, payload: ActionPayload) -> str:
    """Open it from the Home tab."""
    return await open_form(deps, payload, button=texts.OPEN)


@feature.suggests(form.SUGGEST)
async def customers(deps: FeatureContext, payload: SuggestionPayload) -> dict[str, str]:
    """Return the customers that fit what is typed, of those that the person may view."""
    found = await suggest_customers(deps.ctx, payload.actor, payload.typed)
    return {number: option_label(number, name) for number, name in found.items()}


@feature.action(form.COUNT)
async def count(deps: FeatureContext, payload: ActionPayload) -> Reply:
    """Show in the form what it would do. The API may take seconds, and commands come first.

    A form that is being counted is counted once more afterwards, with what was filled in last.
    """
    form_id, counting = payload.view_id, deps.counting

    async def work() -> str:
        asked = None
        try:
            while (newer := counting.get(form_id, payload)) is not asked:
                asked = newer
                async with deps.counts:
                    counted = await _counted(deps, asked)
                modal = await _modal(deps, asked, asked.values)
                view = replace(modal, counted=counted).build()
                if deps.ctx.is_drill(asked.about):
                    view = labelled_modal(view)
                await fill(deps.client, form_id, view)
        finally:
            counting.pop(form_id, None)
        return ""

    is_counted = form_id in counting
    counting[form_id] = payload
    return "" if is_counted else BackgroundJob(work)


@feature.check(ChangeModal)
async def check(deps: FeatureContext, payload: ViewPayload) -> SubmissionError:
    """Say that the channel that was chosen is none of this customer's, while the form is open."""
    channel = payload.values.get(CHOSEN_CHANNEL)
    if channel is None:
        return SubmissionError()
    customer = str(payload.values[form.CUSTOMER])
    among = deps.ctx, str(channel), customer
    if await deps.ctx.store.read(lambda tx: is_incident_channel(tx, *among)):
        return SubmissionError()
    wrong = texts.NOT_AN_INCIDENT_CHANNEL.format(customer=customer)
    return SubmissionError({CHOSEN_CHANNEL: wrong})


@feature.view(ChangeModal)
async def submit(deps: FeatureContext, payload: ViewPayload) -> str:
    """Propose it as the command does, in the channel of the form or the one chosen there."""
    command = form.command_of(payload.values)
    if CHOSEN_CHANNEL in payload.values:
        await check_in_channel(deps.ctx, payload.actor, command.customer)
    words = await deps.propose(payload, await timed_request(deps.ctx, payload.actor, command))
    if words or CHOSEN_CHANNEL not in payload.values:
        return words
    return texts.CARD_IN.format(channel=channel_mention(payload.channel))


@feature.again(ChangeModal)
async def open_again(deps: FeatureContext, payload: ActionPayload, kept: FormButton) -> str:
    """Open it with what was typed."""
    return await open_form(deps, payload, kept.values)


async def _modal(deps: FeatureContext, payload: Payload, typed: Values) -> ChangeModal:
    """Return the form for a channel; it asks for one where this is no incident channel, or none of the
    customer that is chosen, whose name stands there for who may view it."""
    now, customer = deps.ctx.clock.now(), str(typed.get(form.CUSTOMER) or "")
    channel = payload.channel
    names = await suggest_customers(deps.ctx, payload.actor, customer) if customer else {}

    def query(tx: Transaction) -> tuple[bool, list[str]]:
        number = customer if NUMBER.fullmatch(customer) else None
        here = is_incident_channel(tx, deps.ctx, channel, number)
        rows = tx.grants(role=Role.INCIDENT)
        return here, sorted({row.subject.id for row in rows if row.in_force(now)})

    here, channels = await deps.ctx.store.read(query)
    chosen = CHOSEN_CHANNEL in typed
    return ChangeModal(
        channel if here and not chosen else "",
        typed,
        option_label(customer, names.get(customer, "")) if customer else "",
        channels[0] if len(channels) == 1 else "",
    )


async def _counted(deps: FeatureContext, payload: ActionPayload) -> Blocks:
    """Return what the filled form would do, or why that is not told."""
    missing = [*form.problems(payload.values).values()]
    missing += [] if payload.channel else [texts.CHANNEL_MISSING]
    if missing:
        return not_counted(escape(" ".join(missing)))
    command = form.command_of(payload.values)
    try:
        if CHOSEN_CHANNEL in payload.values:
            await check_in_channel(deps.ctx, payload.actor, command.customer)
        request = await timed_request(deps.ctx, payload.actor, command)
        found = await forecast(deps.ctx, payload.actor, request)
    except BotError as error:
        return not_counted(error_reply(error).words)
    return forecast_blocks(found, await deps.customer_name(command.customer))
