"""Posts a drill's beginning and score sheet: what belongs to no change has no row in the outbox, but a deadline.

The deadline is deleted when Slack has taken the post; where the process dies in between, it is posted
again.
"""

from __future__ import annotations

import asyncio

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.deadline import Deadline
from bot.domain.drill import DRILL_STARTED, Drill
from bot.errors import SlackRefused
from bot.ports import AuditFilter, Transaction
from bot.service.context import Context
from bot.service.deadlines.runner import Step
from bot.service.drill_deadlines import BEGAN, drill_of
from bot.slack.api.client import call_slack
from bot.slack.outbox.rate_limiter import RateLimiter
from bot.slack.views.drills import began, ended
from bot.slack.views.mrkdwn import Blocks

log = structlog.get_logger(__name__)


async def post_drill(
    client: AsyncWebClient, pace: RateLimiter, ctx: Context, deadline: Deadline
) -> Step:
    """Post it. Raises SlackUnavailable, to be tried again; what Slack refuses is left out."""
    view = await ctx.store.read(lambda tx: _view(tx, deadline))
    if view is not None:
        channel, text, blocks = view
        while pause := pace.wait_to_post(channel, can_wait=True):  # noqa: ASYNC110  # others post meanwhile
            await asyncio.sleep(pause)
        post = client.chat_postMessage(
            channel=channel, text=text, blocks=blocks, unfurl_links=False
        )
        try:
            await call_slack(post)
        except SlackRefused as error:
            log.warning("drill.not_posted", deadline=deadline.key, code=error.code)
    return _done


def _view(tx: Transaction, deadline: Deadline) -> tuple[str, str, Blocks] | None:
    drill, what = drill_of(tx, deadline)
    if drill is None:
        return None
    name = tx.customer_name(drill.customer)
    if what == BEGAN:
        return None if drill.ended_at else (drill.channel, *began(drill, name, _person(tx, drill)))
    return drill.channel, *ended(drill, name)


def _person(tx: Transaction, drill: Drill) -> str:
    """Return the name of who began it, as the audit trail has it."""
    where = AuditFilter(customers=[drill.customer], since=drill.started_at)
    for entry in tx.matching(where, after=-1, limit=10):
        if entry.record.kind == DRILL_STARTED:
            return entry.record.actor_name
    return ""


def _done(_: Transaction) -> None:
    return None
