"""What Slack makes of a text that a person types: mentions, links and escaped characters
(docs.slack.dev/messaging/formatting-message-text)."""

from __future__ import annotations

import re

from sandbox.slack.workspace import Workspace

_CODE = r"(?P<code>```.+?```|`[^`\n]+`)"
_EMAIL = r"(?<![\w.+-])(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
_LINK = r"(?P<link>https?://[^\s<>|]*[^\s<>|.,;:!?)\"'])"
_BROADCAST = r"(?<![\w@])@(?P<broadcast>channel|here|everyone)(?![\w-])"
_NAMED = r"(?<![\w@#])(?P<sign>[@#])(?P<name>{names})(?![\w-])"
_ESCAPED = r"(?P<escaped>[&<>])"
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def markup(workspace: Workspace, person: str, text: str, *, in_command: bool) -> str:
    """Return the text as Slack sends it on.

    `@name`, `#channel` and `@group` become ids, with a label in a slash command (`should_escape`);
    a private channel only for its members. Code of a message keeps its words.
    """
    ids = _ids(workspace, person, with_label=in_command)
    names = "|".join(re.escape(name[1:]) for name in sorted(ids, key=len, reverse=True))
    parts = [_EMAIL, _LINK, _BROADCAST, _NAMED.format(names=names), _ESCAPED]
    pattern = "|".join(parts if in_command else [_CODE, *parts])

    def replaced(match: re.Match[str]) -> str:
        if email := match["email"]:
            return f"<mailto:{email}|{email}>"
        if link := match["link"]:
            return f"<{_escape(link)}>"
        if broadcast := match["broadcast"]:
            return f"<!{broadcast.lower()}>"
        if match["name"]:
            return ids.get(match[0].lower(), match[0])
        return _escape(match[0])

    return re.sub(pattern, replaced, text, flags=re.DOTALL | re.IGNORECASE)


def _ids(workspace: Workspace, person: str, *, with_label: bool) -> dict[str, str]:
    """Return what `@name` and `#name`, in small letters, become."""
    ids: dict[str, str] = {}
    for group in workspace.usergroups.values():
        label = f"|@{group.handle}" if with_label else ""
        ids[f"@{group.handle.lower()}"] = f"<!subteam^{group.id}{label}>"
    for one in workspace.people.values():
        label = f"|{one.name}" if with_label else ""
        for name in filter(None, (one.real_name, one.name)):
            ids[f"@{name.lower()}"] = f"<@{one.id}{label}>"
    for channel in workspace.channels.values():
        if not channel.is_im and (not channel.is_private or person in channel.members):
            ids[f"#{channel.name.lower()}"] = f"<#{channel.id}|{channel.name}>"
    return ids


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(char, char) for char in text)
