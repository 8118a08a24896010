"""Uploads the export of users before their deletion to the requester's direct messages."""

from __future__ import annotations

from collections.abc import AsyncIterator

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.change import Change
from bot.slack.api.files import upload


class SlackExportSink:
    """The port ``ExportSink``. Raises SlackError and OSError, and what ``content`` raises."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def save_export(self, change: Change, content: AsyncIterator[bytes]) -> str:
        """Upload the file and return where it is; ``content`` is read before Slack is called."""
        comment = (
            f"The data of the users whom {change.id} deletes from {change.customer}, as of just "
            "before. This is the only copy, and personal data: keep it safe, and delete it when it "
            "is not needed."
        )
        file = await upload(
            self._client,
            channel=change.requester,
            name=f"purge-{change.customer}-{change.id}.csv",
            title=f"Users of {change.customer} before {change.id}",
            chunks=content,
            comment=comment,
        )
        return f"sent to {change.requester} in Slack, file {file}"
