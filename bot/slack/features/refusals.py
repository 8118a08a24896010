"""The buttons below a refusal: ask those who may do it."""

from __future__ import annotations

from bot.errors import SlackError
from bot.service.access.ask_others import ask_others
from bot.service.queries import history
from bot.slack.api.client import call_slack
from bot.slack.button_values import RemedyButton
from bot.slack.features.base.context import FeatureContext, bind_change
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import ActionPayload
from bot.slack.views import refusals as view
from bot.slack.views.card_link import link
from bot.slack.views.mrkdwn import escape
from bot.slack.views.texts import refusals as texts

feature = Feature()


@feature.action("refusal_ask")
async def ask(deps: FeatureContext, payload: ActionPayload) -> str:
    """Mention in the channel those who may do what was refused."""
    button = RemedyButton.parse(payload.value)
    asked = await ask_others(deps.ctx, payload.actor, button.about)
    card = ""
    if asked.change:
        bind_change(asked.change.id)
        card = link(await history.find_card(deps.ctx, asked.change), deps.url, texts.OPEN_CARD)
    message = view.question(asked, card)
    try:
        await call_slack(
            deps.client.chat_postMessage(
                channel=payload.channel,
                text=message.text,
                blocks=message.blocks,
                unfurl_links=False,
            )
        )
    except SlackError as error:
        return texts.NOT_POSTED.format(why=escape(str(error)), people=", ".join(asked.people))
    return ""
