"""Texts that tell users where to read their mail: files for who asks, to hand on."""

from __future__ import annotations

import io

from bot.domain.actor import Actor
from bot.domain.commands import NoticeCommand
from bot.domain.languages import language_name
from bot.domain.roles import Right
from bot.errors import BotError, SlackError
from bot.service.access.change_lookup import authorised_change
from bot.service.user_texts.make import Notice, NoticeWish, make_notice, offer
from bot.slack.api.files import upload
from bot.slack.button_values import ChangeButton
from bot.slack.features.base.context import FeatureContext, bind_change
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import ActionPayload, TypedPayload, ViewPayload
from bot.slack.views.modals.notice import CONTACT, LANGUAGES, URL, NoticeModal
from bot.slack.views.notice import comment, file_name, file_title, not_sent, sent, whose
from bot.slack.views.texts import notice as texts

feature = Feature()


@feature.command(NoticeCommand)
async def notice(deps: FeatureContext, payload: TypedPayload, command: NoticeCommand) -> str:
    """Send the files; ask for the address of the webmail where it is not known."""
    wish = NoticeWish(command.customer, command.languages, command.portal_url, command.contact)
    found = await offer(deps.ctx, payload.actor, wish.customer)
    if found.needs_url and not wish.portal_url:
        return await _ask(deps, payload, wish.customer, payload.channel)
    return await _send(deps, payload.actor, wish)


@feature.action("notice_text")
async def ask(deps: FeatureContext, payload: ActionPayload) -> str:
    """Ask what the texts tell, below an outcome."""
    button = ChangeButton.parse(payload.value)
    bind_change(button.change)
    change, _ = await authorised_change(deps.ctx, payload.actor, button.change, Right.VIEW)
    return await _ask(deps, payload, change.customer, change.channel)


@feature.view(NoticeModal)
async def submit(deps: FeatureContext, payload: ViewPayload) -> str:
    """Send the files that were chosen."""
    languages = tuple(str(one) for one in payload.values.get(LANGUAGES) or ())
    url, contact = (str(payload.values.get(one) or "") for one in (URL, CONTACT))
    return await _send(deps, payload.actor, NoticeWish(payload.value, languages, url, contact))


async def _ask(
    deps: FeatureContext, payload: TypedPayload | ActionPayload, customer: str, channel: str
) -> str:
    found = await offer(deps.ctx, payload.actor, customer)
    languages = {one: each.owner == customer for one, each in found.templates.items()}
    modal = NoticeModal(
        customer, channel, whose(found), languages, found.values, needs_url=found.needs_url
    )
    await deps.open_modal(payload, modal.build(), texts.BUTTON)
    return ""


async def _send(deps: FeatureContext, actor: Actor, wish: NoticeWish) -> str:
    """Record that they are made, send them to who asks, and return what they alone read."""
    made = await make_notice(deps.ctx, actor, wish)
    try:
        await _upload(deps, actor.user, made)
    except (SlackError, OSError) as error:
        raise BotError(not_sent(error)) from None
    return sent(made)


async def _upload(deps: FeatureContext, person: str, made: Notice) -> None:
    told = comment(made)
    for language, text in made.texts.items():
        await upload(
            deps.client,
            channel=person,
            name=file_name(made, language),
            title=file_title(made, language_name(language)),
            chunks=io.BytesIO(text.encode()),
            comment=told,
        )
        told = ""  # it stands above the first file
