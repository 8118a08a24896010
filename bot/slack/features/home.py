"""The Home tab: drawn when a person opens it or presses Refresh, for this person alone."""

from __future__ import annotations

import structlog

from bot.domain.actor import Actor
from bot.errors import BotError, SlackError
from bot.service.queries.home import home as read_home
from bot.slack.api.client import call_slack
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.errors import error_reply
from bot.slack.features.base.feature import BackgroundJob, Feature, Reply
from bot.slack.payloads import ActionPayload, HomePayload
from bot.slack.views import home as view

feature = Feature()
log = structlog.get_logger(__name__)


@feature.draws_home
async def opened(deps: FeatureContext, payload: HomePayload) -> Reply:
    """Draw it, unless it was drawn just now."""
    return _draw(deps, payload.actor) if deps.homes.is_due(payload.user) else ""


@feature.action(view.REFRESH)
async def refresh(deps: FeatureContext, payload: ActionPayload) -> Reply:
    """Draw it anew, unless that is under way."""
    return _draw(deps, payload.actor) if deps.homes.is_due(payload.user, pressed=True) else ""


def _draw(deps: FeatureContext, actor: Actor) -> BackgroundJob:
    """Return the job: the API may take seconds, and commands come first."""

    async def work() -> str:
        async with deps.homes.drawing(actor.user):
            try:
                shown = view.home(await read_home(deps.ctx, actor), deps.url)
            except BotError as error:
                shown = view.not_drawn(error_reply(error).words, deps.ctx.clock.now())
            try:
                await call_slack(deps.client.views_publish(user_id=actor.user, view=shown))
            except SlackError as error:
                log.warning("home.not_published", why=str(error))
        return ""

    return BackgroundJob(work)
