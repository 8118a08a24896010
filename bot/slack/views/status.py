"""The status of a customer: counts, who switched each flag last, and the last changes."""

from __future__ import annotations

from bot.domain.actions import SetFlag
from bot.domain.change import Change
from bot.domain.scope import Flag
from bot.service.queries.status import Status, StatusRow
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.mrkdwn import (
    BlockReply,
    Blocks,
    customer_label,
    escape,
    fit_lines,
    format_time,
    heading,
    section,
)
from bot.slack.views.table import table

COLUMNS = ("Users", "Activated", "Access", "Failover", "In failover, not activated")
NOT_KNOWN = "not known"


def status(result: Status) -> BlockReply:
    """Return the table with the lines below it, and the same as text."""
    header = f"*{customer_label(result.customer, result.name)}*"
    problem = escape(result.problem, 500)
    lines = [f"Not all numbers are known. {problem}"] if problem else []
    odd = escape(result.contradiction, 500)
    lines += [odd] if odd else []
    rows = [(row.group or "All", *map(_number, row.counts)) for row in result.rows]
    below = [
        *_unreachable_users(result),
        *_last_switches(result),
        *map(change_line, result.changes),
    ]
    blocks: Blocks = [
        section("\n".join([header, *lines])),
        table(("", *COLUMNS), rows).block,
        section(fit_lines(below, more=result.more)),
    ]
    return BlockReply(_text(result, header, f"{problem} {odd}".strip(), below), blocks)


def change_line(change: Change) -> str:
    """Return `C-7K3MX · APPLIED · FAILOVER ON · 14 Mar, 03:04:00`."""
    time = format_time(change.created_at)
    return f"{change.id} · {heading(change)} · {change.action.title} · {time}"


def _text(result: Status, header: str, problem: str, below: list[str]) -> str:
    if all(one is None for row in result.rows for one in row.counts):
        lines = [f"{header}: Number of users not known. {problem}"]
    else:
        names = [header, *(escape(row.group, 200) for row in result.rows[1:])]
        lines = [f"{one}: {_counts(row)}" for one, row in zip(names, result.rows, strict=True)]
        lines += [problem] if problem else []
    return fit_lines([*lines, *below], MAX_MESSAGE_TEXT_CHARS, more=result.more)


def _counts(row: StatusRow) -> str:
    users, *rest = map(_number, row.counts)
    others = [f"{name.lower()} {number}" for name, number in zip(COLUMNS[1:], rest, strict=True)]
    return " · ".join([f"{users} users", *others])


def _number(count: int | None) -> str:
    return NOT_KNOWN if count is None else f"{count:,}"


def _unreachable_users(result: Status) -> list[str]:
    """The command that lists the users in failover who are not activated, if there are any."""
    if not any(row.counts[-1] for row in result.rows):
        return []
    command = f"/continuity users {result.customer} --failover on --activated no"
    return [f"Who is in failover and not activated: `{command}`"]


def _last_switches(result: Status) -> list[str]:
    """Who switched each flag last: for all users, and for a group where that is another change."""
    everyone, *groups = result.rows
    lines = [
        _last_switch(flag, change, "all users")
        for flag, change in zip(Flag, everyone.switched, strict=True)
    ]
    for row in groups:
        pairs = zip(Flag, row.switched, everyone.switched, strict=True)
        lines += [
            _last_switch(flag, change, escape(row.group, 200))
            for flag, change, for_all in pairs
            if change and change != for_all
        ]
    return lines


def _last_switch(flag: Flag, change: Change | None, scope: str) -> str:
    if change is None or not isinstance(change.action, SetFlag):
        return f"{flag}: not switched for {scope} by this bot"
    at = format_time(change.finished_at or change.created_at)
    done = f"{flag} {change.action.direction.upper()} for {scope} since {at}"
    unsure = ": accepted, not verified" if change.is_unverified else ""
    return f"{done} by <@{change.requester}>, {change.id}{unsure}"
