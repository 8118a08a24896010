"""Answers of the app in an acknowledgement or at a `response_url`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sandbox.slack.blocks.limits import check_message, parsed_blocks
from sandbox.slack.model import Ephemeral, Message, Refusal
from sandbox.slack.workspace import Workspace

USES = 5
LIFETIME = 30 * 60.0
"""Seconds; slack-rules.md, "Time"."""


@dataclass
class _Address:
    user: str
    channel: str
    original: Message | Ephemeral | None
    made_at: float
    uses: int = 0


class ResponseUrls:
    """Creates response URLs and takes what is posted there: 5 times in 30 minutes."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._addresses: dict[str, _Address] = {}

    def new(self, user: str, channel: str, original: Message | Ephemeral | None = None) -> str:
        """Return a URL to answer this person; ``original`` is the message that was clicked."""
        key = f"R{self._workspace.next_number()}"
        self._addresses[key] = _Address(user, channel, original, self._workspace.clock())
        return f"{self._workspace.base_url}response/{key}"

    def uses(self, url: str) -> int:
        """Return how many answers a response URL has taken."""
        address = self._addresses.get(url.rpartition("/")[2])
        return address.uses if address else 0

    def use(self, key: str, body: Any) -> tuple[int, str]:
        """Take a post; return the HTTP status and Slack's error code, or 200 and `ok`."""
        status = 404
        try:
            address = self._usable(key)
            status = 400
            if not isinstance(body, dict):
                raise Refusal("invalid_payload")
            with self._workspace.caused_by("response_url", len(json.dumps(body))):
                respond(
                    self._workspace,
                    address.user,
                    address.channel,
                    body,
                    via="response_url",
                    original=address.original,
                )
        except Refusal as refusal:
            sent = body if isinstance(body, dict) else {}
            self._workspace.refuse("response_url", refusal, sent)
            return status, refusal.code
        address.uses += 1
        return 200, "ok"

    def _usable(self, key: str) -> _Address:
        address = self._addresses.get(key)
        if address is None:
            raise Refusal("invalid_url")
        if self._workspace.clock() - address.made_at > LIFETIME:
            raise Refusal("expired_url")
        if address.uses >= USES:
            raise Refusal("used_url")
        return address


def respond(
    workspace: Workspace,
    user: str,
    channel: str,
    body: dict[str, Any],
    *,
    via: str,
    original: Message | Ephemeral | None = None,
) -> None:
    """Show the app's answer: to the person alone unless `in_channel`. Raises Refusal."""
    if body.get("delete_original") and original is not None:
        workspace.delete(original)
        return
    text, blocks = str(body.get("text") or ""), parsed_blocks(body.get("blocks"))
    check_message(text, blocks, newer=workspace.newer_blocks)
    if body.get("replace_original") and original is not None:
        _replace(workspace, original, text, blocks)
    elif body.get("response_type") == "in_channel":
        thread_ts = body.get("thread_ts")
        workspace.post(channel, workspace.bot_user_id, text, blocks, thread_ts=thread_ts)
    else:
        workspace.post_ephemeral(
            channel, user, text, blocks, via=via, thread_ts=body.get("thread_ts")
        )


def _replace(
    workspace: Workspace, original: Message | Ephemeral, text: str, blocks: list[dict[str, Any]]
) -> None:
    if isinstance(original, Message):
        workspace.update(original, text, blocks)
        return
    original.text, original.blocks = text, workspace.with_ids(blocks)
    original.cause = workspace.cause
    workspace.changed("updated", original)
