"""The API's receipt, as outcomes tell it."""

from __future__ import annotations

from bot.domain.outcome import Outcome
from bot.slack.views.mrkdwn import escape
from bot.slack.views.texts import outcome as texts


def receipt_facts(result: Outcome) -> list[str]:
    """Return the API's id and its own time as it wrote it; nothing where it sent neither. Escaped."""
    if result.api_id is None:
        return []
    if not result.api_id:
        return [texts.API_NO_ID]
    api_id, at = escape(result.api_id, 200), escape(result.api_timestamp or "", 200)
    return [texts.API_ID_AT.format(id=api_id, time=at) if at else texts.API_ID.format(id=api_id)]
