"""The label of rehearsals: the one place that says that something is none of the real systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.slack.limits import MAX_MODAL_TITLE_CHARS
from bot.slack.views.mrkdwn import BlockReply, Blocks, clip, cut, plain_text
from bot.slack.views.texts import drill as texts


def labelled_text(text: str) -> str:
    """Return a text with the label first, once; an empty one stays empty."""
    return text if not text or text.startswith(texts.LABEL) else f"{texts.MARK}{text}"


def labelled(text: str, blocks: Blocks) -> tuple[str, Blocks]:
    """Return the notification text and the blocks of a message, each with the label first.

    It stands in the header; where there is none, in the first text.
    """
    return labelled_text(text), labelled_blocks(blocks)


def labelled_blocks(blocks: Blocks) -> Blocks:
    """Return blocks with the label in the header, or in the first text where there is none."""
    for kind in ("header", "section"):
        for at, block in enumerate(blocks):
            if block["type"] == kind and "text" in block:
                text = {**block["text"], "text": _labelled(kind, block["text"]["text"])}
                return [*blocks[:at], {**block, "text": text}, *blocks[at + 1 :]]
    return blocks


def labelled_modal(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return a modal with the label in its title, of which Slack takes few characters."""
    title = labelled_text(view["title"]["text"])
    return {**view, "title": plain_text(cut(title, MAX_MODAL_TITLE_CHARS))}


def labelled_reply(reply: BlockReply) -> BlockReply:
    """Return what one person is told with the label."""
    return BlockReply(
        labelled_text(reply.text), labelled_blocks(reply.blocks), labelled_blocks(reply.older)
    )


def _labelled(kind: str, text: str) -> str:
    if text.startswith((texts.LABEL, texts.BOLD)):
        return text
    if kind == "header":
        return f"{texts.MARK}{text}"
    return clip(f"{texts.BOLD} · {text}")
