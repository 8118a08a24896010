"""Which mentions in a message are live, i.e. notify somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.slack.model import Ephemeral, Message

_LIVE = re.compile(r"<(![a-z]+(?:\^[A-Z0-9]+)?|@[UW][A-Z0-9]+)(?:\|[^<>]*)?>")
_NOTIFYING = re.compile(r"!(?:channel|here|everyone|group|subteam\^[A-Z0-9]+)|@.+")


def notifications(item: Message | Ephemeral) -> list[str]:
    """Return the live mentions of a message in their order, e.g. ``["<!channel>"]``.

    They are looked for in the fallback text and in mrkdwn and rich_text objects of the blocks. Text
    that is escaped (``&lt;!channel&gt;``) or plain_text notifies nobody. Labels (``<@U1|name>``)
    are left out.
    """
    found = list(_in_mrkdwn(item.text))
    for block in item.blocks:
        found.extend(_in_blocks(block))
    return found


def _in_mrkdwn(text: str) -> Iterator[str]:
    for match in _LIVE.finditer(text):
        if _NOTIFYING.fullmatch(match[1]):
            yield f"<{match[1]}>"


def _in_blocks(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _in_blocks(item)
    elif isinstance(value, dict):
        kind = value.get("type")
        if kind == "mrkdwn":
            yield from _in_mrkdwn(str(value.get("text", "")))
        elif kind == "broadcast":
            yield f"<!{value.get('range')}>"
        elif kind == "user" and "user_id" in value:
            yield f"<@{value['user_id']}>"
        elif kind == "usergroup" and "usergroup_id" in value:
            yield f"<!subteam^{value['usergroup_id']}>"
        else:
            yield from _in_blocks(list(value.values()))
