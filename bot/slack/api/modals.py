"""A modal that is opened at once, within three seconds, and filled when there is something to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackRefused
from bot.slack.api.client import call_slack
from bot.slack.limits import MAX_MODAL_TITLE_CHARS


def loading(title: str, words: str = "One moment …") -> dict[str, Any]:
    """Return a modal to look at meanwhile; its title is cut to what Slack takes."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": title[:MAX_MODAL_TITLE_CHARS]},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [{"type": "section", "text": {"type": "plain_text", "text": words}}],
    }


async def fill(client: AsyncWebClient, view_id: str, view: Mapping[str, Any]) -> bool:
    """Show something else in an open modal; False where the person has closed it. Raises SlackError."""
    try:
        await call_slack(client.views_update(view_id=view_id, view=dict(view)))
    except SlackRefused as error:
        if error.code != "not_found":
            raise
        return False
    return True
