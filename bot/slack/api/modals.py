"""Modals that are opened at once, since a trigger expires after 3 s, and filled later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackRefused
from bot.slack.api.client import call_slack
from bot.slack.views.modals.modal import modal_view
from bot.slack.views.mrkdwn import plain_text
from bot.slack.views.texts import forms as texts


def loading(title: str, text: str = texts.LOADING) -> dict[str, Any]:
    """Return a modal with one sentence."""
    return modal_view(title, [{"type": "section", "text": plain_text(text)}])


async def fill(client: AsyncWebClient, view_id: str, view: Mapping[str, Any]) -> bool:
    """Replace an open modal; return False where the person has closed it. Raises SlackError."""
    try:
        await call_slack(client.views_update(view_id=view_id, view=dict(view)))
    except SlackRefused as error:
        if error.code != "not_found":
            raise
        return False
    return True
