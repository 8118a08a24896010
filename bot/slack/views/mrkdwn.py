"""The words that every view is made of: typed text made inert, times, customers, what fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.domain.change import Change, State
from bot.domain.preview import Facts, Names, Preview, UserFlags
from bot.domain.roles import ANY_CUSTOMER
from bot.slack.limits import MAX_MESSAGE_CHARS, MAX_SECTION_CHARS

Blocks = list[dict[str, Any]]

REASON_KEYS = (
    "why",
    "reason",
    "problem",
    "sentence",
    "file",
)  # where an audit entry tells its reason
_PERSON = re.compile(r"<@([UW]\w+)>")
_CUT = re.compile(r"(&[a-z]{0,4}|<[^>]*)$")

HEADINGS = {
    State.AWAITING_CONFIRMATION: "WAITING",
    State.AWAITING_APPROVAL: "WAITING",
    State.APPROVED: "APPROVED",
    State.EXECUTING: "EXECUTING",
    State.ACCEPTED: "ACCEPTED, NOT YET SEEN",
    State.UNKNOWN: "NOT KNOWN",
    State.NEEDS_OPERATOR: "NEEDS A PERSON",
    State.APPLIED: "APPLIED",
    State.PARTIAL: "PARTLY APPLIED",
    State.FAILED: "FAILED",
    State.DENIED: "DENIED",
    State.CANCELLED: "CANCELLED",
    State.EXPIRED: "EXPIRED",
    State.GIVEN_UP: "GIVEN UP, NOT KNOWN",
}

UNVERIFIED = "ACCEPTED BY THE API, NOT VERIFIED"


@dataclass(frozen=True, slots=True)
class BlockReply:
    """What one person is told: blocks, and the same as text for where there are none. Escaped."""

    text: str
    blocks: Blocks


def escape(text: str) -> str:
    """Make typed text inert: no mention, link or command survives."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mentions_as_ids(text: str) -> str:
    """Return a sentence with `@U0123` for each mention: it can be read, and notifies nobody."""
    return _PERSON.sub(r"@\1", text)


def clip(text: str, limit: int = MAX_SECTION_CHARS) -> str:
    """Cut escaped text to a limit, and never through an entity, a mention or a date."""
    return text if len(text) <= limit else _CUT.sub("", text[: limit - 1]) + "…"


def fit_lines(
    lines: Sequence[str],
    limit: int = MAX_SECTION_CHARS,
    *,
    newest_last: bool = False,
    more: int = 0,
) -> str:
    """Join as many whole lines as fit; where some do not, say how many. The newest ones stay.

    ``more`` are left out already. Only a first line that is too long by itself is cut: nothing at all would tell less.
    """
    kept: list[str] = []
    deps = limit - 30  # for the line that says how many are left out
    for line in reversed(lines) if newest_last else lines:
        deps -= len(line) + 1
        if deps < 0 and kept:
            break
        kept.append(clip(line, limit - 31))
    left_out = len(lines) - len(kept) + more
    note = [f"… and {left_out:,} more"] if left_out else []
    return "\n".join([*note, *reversed(kept)] if newest_last else [*kept, *note])


def join_names(
    names: Sequence[str], most: int = 5, deps: int = 1000, *, of: int | None = None
) -> str:
    """The first ``most`` names that have room, and how many more ``of`` all there are; escaped."""
    shown: list[str] = []
    for name in names[:most]:
        words = clip(escape(name), 400)
        deps -= len(words) + 2
        if shown and deps < 0:
            break
        shown.append(words)
    more = (len(names) if of is None else of) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def count_users(count: int) -> str:
    """`1 user`, `1,284 users`."""
    return f"{count:,} user{'' if count == 1 else 's'}"


def group_lines(seen: Preview) -> list[str]:
    """Which groups nobody is in yet, and which were not looked up, a line each; escaped."""
    facts, lines = seen.facts or Facts(), []
    if facts.new_groups:
        new = _quoted(facts.new_groups)
        lines.append(f"• *new groups*, which no user is in yet: {new}. Are the names right?")
    if facts.groups_not_looked_up:
        names = _quoted(facts.groups_not_looked_up)
        lines.append(f"• it is not known whether any user is in these groups: {names}")
    return lines


def _quoted(names: Names) -> str:
    more = f" and {names.more:,} more" if names.more else ""
    return clip(escape(", ".join(f"“{name}”" for name in names.first) + more), 600)


def describe_flags(flags: UserFlags) -> str:
    """`failover on, access off, not activated`: how the flags of one user stand."""
    words = {True: "on", False: "off", None: "not told"}
    activated = {True: "activated", False: "not activated", None: "activation not told"}
    return (
        f"failover {words[flags.failover]}, access {words[flags.access]}, "
        f"{activated[flags.activation]}"
    )


def format_time(at: datetime) -> str:
    """A time that each reader sees in their own time zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time_secs}}|{at:%Y-%m-%d %H:%M:%S} UTC>"


def format_api_time(text: str) -> str:
    """A time that the API tells: in the reader's time zone where it can be read, else as it is; escaped."""
    try:
        at = datetime.fromisoformat(text)
        return format_time(at.astimezone(UTC)) if at.tzinfo else clip(escape(text), 100)
    except (ValueError, OverflowError):
        return clip(escape(text), 100)


def customer_label(customer: str, name: str) -> str:
    """`Acme GmbH (44444)`, or `44444` without a name; escaped."""
    if customer == ANY_CUSTOMER:  # a lone asterisk is half of a bold word in Slack
        return "All customers"
    return f"{escape(name)} ({customer})" if name else customer


def mentions(ids: Iterable[str]) -> str:
    """Mentions of people, joined by commas."""
    return ", ".join(f"<@{one}>" for one in ids)


def heading(change: Change) -> str:
    """How it stands, in capitals; what nobody could verify is not called applied."""
    if change.is_unverified:
        return UNVERIFIED if change.state is State.APPLIED else f"PARTLY {UNVERIFIED}"
    return HEADINGS[change.state]


def title(change: Change, name: str) -> str:
    """`WAITING · FAILOVER ON · Acme GmbH (44444)`; escaped."""
    return f"{heading(change)} · {change.action.title} · {customer_label(change.customer, name)}"


def mrkdwn_text(text: str) -> dict[str, Any]:
    """A text object of text that is escaped already.

    ``verbatim``: else Slack itself links `#channel` and parses some mentions in what people typed
    (docs.slack.dev/reference/block-kit/composition-objects/text-object).
    """
    return {"type": "mrkdwn", "text": clip(text), "verbatim": True}


def section(text: str) -> dict[str, Any]:
    """A section of text that is escaped already."""
    return {"type": "section", "text": mrkdwn_text(text)}


def blocks_as_text(blocks: Blocks) -> str:
    """The texts of blocks, for a message without blocks."""
    texts = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    texts += [
        element["text"]
        for block in blocks
        if block["type"] == "context"
        for element in block["elements"]
    ]
    return clip("\n".join(texts), MAX_MESSAGE_CHARS)
