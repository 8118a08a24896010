"""What is an outage of Slack, and what a channel is told behind the outcomes of one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.errors import SlackUnavailable
from bot.ports import Message
from bot.service.queries.standing import Standing
from bot.slack.api.error_codes import INSTALLATION_FAULTS
from bot.slack.outbox.change_views import MAX_OUTCOME_DELAY
from bot.slack.outbox.message_rendering import RenderedMessage
from bot.slack.views.outage import now_message

# A shorter silence of Slack, or a message that was repeated only once, is no outage.
MIN_OUTAGE, MIN_OUTAGE_TRIES = timedelta(seconds=10), 2

Count = Callable[[str], Awaitable[Standing]]
"""Counts what holds for a customer."""


def is_silence(error: SlackUnavailable) -> bool:
    """Whether Slack did not answer: a rate limit and a fault of the installation are answers."""
    return error.code not in {"ratelimited", "rate_limited", *INSTALLATION_FAULTS}


def late_since(before: Message, after: Message, now: datetime) -> datetime | None:
    """Return since when an outcome must have waited to be one of an outage that has just ended.

    The rows are those of a message before and after it was sent; None where no outage ended.
    """
    since = before.unanswered_since
    if since is None or after.unanswered_since is not None:
        return None
    if before.tries < MIN_OUTAGE_TRIES or now - since < MIN_OUTAGE:
        return None
    return now - MAX_OUTCOME_DELAY


async def what_holds_now(
    view: RenderedMessage, customers: Sequence[str], count: Count
) -> RenderedMessage:
    """Return the NOW message of these customers."""
    text, blocks = now_message([await count(one) for one in customers])
    return replace(view, text=text, blocks=blocks)
