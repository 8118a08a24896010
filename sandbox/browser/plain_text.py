"""mrkdwn as one reader sees it in a notification: names, dates in their zone, no markup."""

from __future__ import annotations

import re

from sandbox.browser.dates import format_date, zone_named
from sandbox.slack.model import Person
from sandbox.slack.workspace import Workspace

MAX_READ = 2000
"""Characters of the markup; a notification shows far less."""
_CODE = re.compile(r"```(.*?)```|`([^`\n]+)`", re.DOTALL)
_ENTITY = re.compile(r"<([^<>\n]+)>")
_QUOTE = re.compile(r"^(?:&gt;){1,3} ?", re.MULTILINE)
# A mark opens before a character that is no space and closes behind one; neither is inside a word.
_FORMATTED = re.compile(r"(?<![^\W_])([*_~])(?![ \n])(?!\1)([^\n]*?[^ \n])\1(?![^\W_])")
_LINK = re.compile(r"(?:https?://|mailto:|tel:|slack://)\S+", re.IGNORECASE)
_KEPT = re.compile("\ue000(\\d+)\ue001")
_ESCAPES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


def plain_text(workspace: Workspace, text: str, reader: Person) -> str:
    """Return the text as this person reads it, by the workspace's clock."""
    kept: list[str] = []

    def keep(shown: str) -> str:
        """Return a placeholder: what stands there is no markup."""
        kept.append(shown)
        return f"\ue000{len(kept) - 1}\ue001"

    text = re.sub("[\ue000\ue001]", "", text[:MAX_READ])
    text = _CODE.sub(lambda code: keep(_code(code[1] or code[2] or "")), text)
    text = _ENTITY.sub(lambda found: keep(_entity(workspace, found[1], reader)), text)
    text = _QUOTE.sub("", text)
    for _ in "*_~":  # each may stand within another one
        text = _FORMATTED.sub(r"\2", text)
    text = _unescape(text)
    while _KEPT.search(text):  # code may stand in a link's label
        text = _KEPT.sub(lambda place: kept[int(place[1])], text)
    return text.strip()


def _code(text: str) -> str:
    """Return code: of a link the label alone."""

    def shown(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        return (label or target) if _LINK.match(target) else found[0]

    return _unescape(_ENTITY.sub(shown, text.strip("\n")))


def _entity(workspace: Workspace, inside: str, reader: Person) -> str:
    target, _, label = inside.partition("|")
    label = _unescape(label)
    if target.startswith("!"):
        return _special(workspace, target[1:], label, reader)
    if target.startswith("@"):
        person = workspace.people.get(target[1:])
        return f"@{person.name if person else label or target[1:]}"
    if target.startswith("#"):
        channel = workspace.channels.get(target[1:])
        name = channel.name if channel else label
        return f"#{name}" if name else "🔒 private channel"
    if not _LINK.match(target):
        return _unescape(f"<{inside}>")
    return _FORMATTED.sub(r"\2", label) or re.sub("^(?:mailto|tel):", "", _unescape(target))


def _special(workspace: Workspace, command: str, label: str, reader: Person) -> str:
    match command.split("^"):
        case ["here" | "channel" | "everyone" as everybody]:
            return f"@{everybody}"
        case ["subteam", group]:
            known = workspace.usergroups.get(group)
            return f"@{known.handle}" if known else label or f"@{group}"
        case ["date", seconds, form, *_]:
            return _date(seconds, _unescape(form), reader, workspace.clock()) or label
    return label or f"<{_unescape(command)}>"


def _date(seconds: str, form: str, reader: Person, now: float) -> str:
    """Return the date, or nothing where it is none."""
    try:
        return format_date(float(seconds), form, zone_named(reader.tz), now)
    except (ValueError, OverflowError, OSError):
        return ""


def _unescape(text: str) -> str:
    return re.sub("&(?:lt|gt|amp);", lambda found: _ESCAPES[found[0]], text)
