"""Text in Slack's mrkdwn for all views: escaping, cutting, times, people, customers, headings.

"Escaped" in a docstring means that the text returned can be put into a block as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.preview import Facts, Names, Preview, UserFlags
from bot.domain.roles import ANY_CUSTOMER
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS, MAX_SECTION_CHARS
from bot.slack.views.texts import words
from bot.slack.views.texts.drill import MARK as DRILL
from bot.slack.views.texts.plural import USERS
from bot.slack.views.texts.states import HEADINGS, PARTLY_UNVERIFIED, TITLE, UNVERIFIED

Blocks = list[dict[str, Any]]

# The keys of an audit entry's detail that may hold its reason, the first one first.
REASON_KEYS = ("why", "reason", "problem", "sentence", "file")
_MENTION = re.compile(r"<(@|#|!subteam\^)([UWCGS]\w+)>")
# What a cut may leave of an entity, a mention or a date at the end.
_INCOMPLETE = re.compile(r"(&[a-z]{0,4}|<[^>]*)$")


@dataclass(frozen=True, slots=True)
class BlockReply:
    """A reply to one person: blocks, and text for where there are none; escaped.

    ``older`` is the same for a workspace that refuses a newer kind of ``blocks``
    (``api/newer_blocks.py``); empty where there is no newer kind.
    """

    text: str
    blocks: Blocks
    older: Blocks = field(default_factory=list)


def escape(text: str, max_chars: int | None = None) -> str:
    """Return text without effect in mrkdwn: no mention, no link; cut to ``max_chars`` then."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped if max_chars is None else clip(escaped, max_chars)


def mentions_as_ids(text: str) -> str:
    """Return the text with `@U0123` for each mention, which notifies nobody, and `#C0123`."""
    return _MENTION.sub(lambda one: f"{'#' if one[1] == '#' else '@'}{one[2]}", text)


def cut(text: str, max_chars: int) -> str:
    """Cut plain text, which has no entities or mentions that a cut could damage."""
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"


def clip(text: str, max_chars: int = MAX_SECTION_CHARS) -> str:
    """Cut escaped text to ``max_chars``, never inside an entity, a mention or a date."""
    return text if len(text) <= max_chars else _INCOMPLETE.sub("", text[: max_chars - 1]) + "…"


def fit_lines(
    lines: Sequence[str],
    max_chars: int = MAX_SECTION_CHARS,
    *,
    newest_last: bool = False,
    more: int = 0,
) -> str:
    """Join the whole lines that fit into ``max_chars``, and a line with the number of the others.

    With ``newest_last`` the last lines are kept, else the first ones. ``more`` is how many the
    caller left out. One line is always kept, cut where it is too long by itself.
    """
    kept: list[str] = []
    # 30 for the line with the number.
    room = max_chars - 30
    for line in reversed(lines) if newest_last else lines:
        room -= len(line) + 1
        if room < 0 and kept:
            break
        kept.append(clip(line, max_chars - 31))
    left_out = len(lines) - len(kept) + more
    note = [f"… and {left_out:,} more"] if left_out else []
    return "\n".join([*note, *reversed(kept)] if newest_last else [*kept, *note])


def join_names(
    names: Sequence[str], max_names: int = 5, max_chars: int = 1000, *, total: int | None = None
) -> str:
    """Join the first ``max_names`` that fit into ``max_chars``; escaped.

    ``total`` is the number of all names where ``names`` are the first of them.
    """
    shown: list[str] = []
    room = max_chars
    for name in names[:max_names]:
        escaped = escape(name, 400)
        room -= len(escaped) + 2
        if shown and room < 0:
            break
        shown.append(escaped)
    more = (len(names) if total is None else total) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def count_users(count: int) -> str:
    """Return `1 user` or `1,284 users`."""
    return USERS.format(count)


def group_lines(seen: Preview) -> list[str]:
    """Return a line for the groups without users and one for those not looked up; escaped."""
    facts, lines = seen.facts or Facts(), []
    if facts.new_groups:
        new = _quoted(facts.new_groups)
        lines.append(words.NEW_GROUPS.format(groups=new))
    if facts.groups_not_looked_up:
        names = _quoted(facts.groups_not_looked_up)
        lines.append(words.GROUPS_NOT_LOOKED_UP.format(groups=names))
    return lines


def _quoted(names: Names) -> str:
    more = f" and {names.more:,} more" if names.more else ""
    return escape(", ".join(f"“{name}”" for name in names.first) + more, 600)


def describe_flag(value: bool | None) -> str:
    """Return `on` or `off`, or `not told` for None."""
    return words.FLAG[value]


def describe_flags(flags: UserFlags, separator: str = ", ") -> str:
    """Return `failover on, access off, not activated`."""
    return separator.join(
        (
            f"failover {describe_flag(flags.failover)}",
            f"access {describe_flag(flags.access)}",
            words.ACTIVATED[flags.activation],
        )
    )


def format_time(at: datetime) -> str:
    """Return a time that Slack shows to each reader in their own time zone."""
    fallback = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time_secs}}|{fallback}>"


def format_clock_time(at: datetime) -> str:
    """Return the hour and minute of a time of today, as each reader's clock shows it."""
    return f"<!date^{int(at.timestamp())}^{{time}}|{at:%H:%M} UTC>"


def format_api_time(text: str) -> str:
    """Return a time of the API as ``format_time`` does; escaped text where it is not ISO 8601."""
    try:
        at = datetime.fromisoformat(text)
        return format_time(at.astimezone(UTC)) if at.tzinfo else escape(text, 100)
    except (ValueError, OverflowError):
        return escape(text, 100)


def customer_label(customer: str, name: str, *, drill: bool = False) -> str:
    """Return `Acme GmbH (44444)`, or `44444` without a name, of a drill with its label; escaped."""
    if drill:
        return f"{DRILL}{customer_label(customer, name)}"
    if customer == ANY_CUSTOMER:  # an asterisk would begin bold text
        return words.ALL_CUSTOMERS
    return f"{escape(name)} ({customer})" if name else customer


def mention(person: str) -> str:
    """Return a mention of this person."""
    return f"<@{person}>"


def channel_mention(channel: str) -> str:
    """Return a link to this channel, by its name."""
    return f"<#{channel}>"


def mentions(ids: Iterable[str]) -> str:
    """Return mentions of these people, joined by commas."""
    return ", ".join(map(mention, ids))


def heading(change: Change) -> str:
    """Return the state in capitals; a change that could not be verified is not called applied."""
    if change.is_unverified:
        return UNVERIFIED if change.state is State.APPLIED else PARTLY_UNVERIFIED
    return HEADINGS[State.EXECUTING if change.is_between_steps else change.state]


def title(change: Change, name: str) -> str:
    """Return `WAITING · FAILOVER ON · Acme GmbH (44444)`; escaped."""
    customer = customer_label(change.customer, name)
    return TITLE.format(state=heading(change), action=change.action.title, customer=customer)


def mrkdwn_text(text: str) -> dict[str, Any]:
    """Return a text object for escaped text.

    Without ``verbatim`` Slack links `#channel` and parses some mentions itself
    (docs.slack.dev/reference/block-kit/composition-objects/text-object).
    """
    return {"type": "mrkdwn", "text": clip(text), "verbatim": True}


def plain_text(text: str) -> dict[str, Any]:
    """Return a text object for text as it is, neither escaped nor formatted."""
    return {"type": "plain_text", "text": text}


def header(text: str) -> dict[str, Any]:
    """Return a header for text as it is; Slack takes 150 characters of it."""
    return {"type": "header", "text": plain_text(text)}


def button(action: str, label: str, value: object, style: str = "") -> dict[str, Any]:
    """Return a button; ``label`` is plain text, ``style`` `primary`, `danger` or ""."""
    made = {"type": "button", "action_id": action, "text": plain_text(label), "value": str(value)}
    return made | ({"style": style} if style else {})


def section(text: str) -> dict[str, Any]:
    """Return a section for escaped text."""
    return {"type": "section", "text": mrkdwn_text(text)}


def context(text: str) -> dict[str, Any]:
    """Return small print for escaped text."""
    return {"type": "context", "elements": [mrkdwn_text(text)]}


def blocks_as_text(blocks: Blocks) -> str:
    """Return the text of headers, sections and contexts, for a message without blocks; escaped."""
    texts = [f"*{escape(block['text']['text'])}*" for block in blocks if block["type"] == "header"]
    texts += [block["text"]["text"] for block in blocks if block["type"] == "section"]
    texts += [
        element["text"]
        for block in blocks
        if block["type"] == "context"
        for element in block["elements"]
    ]
    return clip("\n".join(texts), MAX_MESSAGE_TEXT_CHARS)
