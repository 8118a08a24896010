"""Messages with newer kinds of blocks, and their older form where the workspace refuses those."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.errors import SlackError
from bot.slack.views.mrkdwn import BlockReply, Blocks

# docs.slack.dev/reference/methods/chat.postMessage, "Errors"; a response URL answers the same code.
INVALID_BLOCKS = "invalid_blocks"

T = TypeVar("T")
log = structlog.get_logger(__name__)


class NewerBlocks:
    """The newer kinds of blocks that the workspace has refused since this process started.

    A kind is newer where ``BlockReply.blocks`` holds it and ``BlockReply.older`` does not.
    """

    def __init__(self) -> None:
        self._refused: set[str] = set()

    async def send(self, content: BlockReply, call: Callable[[Blocks], Awaitable[T]]) -> T:
        """Return what ``call`` returns for the blocks, or for the older ones where it must be those.

        ``call`` posts or updates the message; it raises SlackError. A refusal is remembered only
        where the older form is taken: else the newer kinds were not the reason.
        """
        newer = _kinds(content.blocks) - _kinds(content.older)
        if not content.older or not newer:
            return await call(content.blocks)
        if newer.isdisjoint(self._refused):
            try:
                return await call(content.blocks)
            except SlackError as error:
                if error.code != INVALID_BLOCKS:
                    raise
        result = await call(content.older)
        if not newer <= self._refused:
            self._refused |= newer
            log.warning("blocks.refused", kinds=sorted(newer))
        return result


def _kinds(blocks: Blocks) -> set[str]:
    return {str(block["type"]) for block in blocks}
