"""How a customer stands: a table of counts, since when and by whom, and the last changes."""

from __future__ import annotations

from bot.domain.actions import SetFlag
from bot.domain.change import Change
from bot.domain.scope import Flag
from bot.service.queries.status import Status, StatusRow
from bot.slack.limits import MAX_MESSAGE_CHARS
from bot.slack.views.mrkdwn import (
    BlockReply,
    Blocks,
    clip,
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


def status(told: Status) -> BlockReply:
    """The table with what belongs to it, and the same in words."""
    header = f"*{customer_label(told.customer, told.name)}*"
    why = clip(escape(told.problem), 500)
    problem = [f"Not all numbers are known. {why}"] if why else []
    odd = clip(escape(told.odd), 500)
    problem += [odd] if odd else []
    rows = [(row.group or "All", *map(_number, row.counts)) for row in told.rows]
    beneath = [*_cut_off(told), *_switched(told), *map(change_line, told.changes)]
    blocks: Blocks = [
        section("\n".join([header, *problem])),
        table(("", *COLUMNS), rows).block,
        section(fit_lines(beneath)),
    ]
    return BlockReply(_text(told, header, f"{why} {odd}".strip(), beneath), blocks)


def change_line(change: Change) -> str:
    """`C-7K3MX · APPLIED · FAILOVER ON · 14 Mar, 03:04:00`."""
    words = f"{change.id} · {heading(change)} · {change.action.title}"
    return f"{words} · {format_time(change.created_at)}"


def _text(told: Status, header: str, why: str, beneath: list[str]) -> str:
    if all(one is None for row in told.rows for one in row.counts):
        lines = [f"{header}: Number of users not known. {why}"]
    else:
        named = [header, *(clip(escape(row.group), 200) for row in told.rows[1:])]
        lines = [f"{one}: {_counted(row)}" for one, row in zip(named, told.rows, strict=True)]
        lines += [why] if why else []
    return fit_lines([*lines, *beneath], MAX_MESSAGE_CHARS)


def _counted(row: StatusRow) -> str:
    users, *rest = map(_number, row.counts)
    words = [f"{name.lower()} {number}" for name, number in zip(COLUMNS[1:], rest, strict=True)]
    return " · ".join([f"{users} users", *words])


def _number(count: int | None) -> str:
    return NOT_KNOWN if count is None else f"{count:,}"


def _cut_off(told: Status) -> list[str]:
    """How to see who receives mail that they cannot read yet, where there is somebody."""
    if not any(row.counts[-1] for row in told.rows):
        return []
    command = f"/continuity users {told.customer} --failover on --activated no"
    return [f"Who is in failover and not activated: `{command}`"]


def _switched(told: Status) -> list[str]:
    """Who switched each flag last, for all, and for each group where that is another change."""
    everyone, *groups = told.rows
    lines = [
        _last(flag, change, "all users")
        for flag, change in zip(Flag, everyone.switched, strict=True)
    ]
    for row in groups:
        pairs = zip(Flag, row.switched, everyone.switched, strict=True)
        lines += [
            _last(flag, change, clip(escape(row.group), 200))
            for flag, change, for_all in pairs
            if change and change != for_all
        ]
    return lines


def _last(flag: Flag, change: Change | None, whom: str) -> str:
    if change is None or not isinstance(change.action, SetFlag):
        return f"{flag}: not switched for {whom} by this bot"
    at = format_time(change.finished_at or change.created_at)
    done = f"{flag} {change.action.direction.upper()} for {whom} since {at}"
    unsure = ": accepted, not verified" if change.is_unverified else ""
    return f"{done} by <@{change.requester}>, {change.id}{unsure}"
