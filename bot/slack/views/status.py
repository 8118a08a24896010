"""The status of a customer: counts, who switched each flag last, and the last changes."""

from __future__ import annotations

from bot.domain.actions import SetFlag
from bot.domain.change import Change
from bot.domain.scope import Flag
from bot.service.queries.status import Status, StatusRow
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.cannot_read import cannot_read_line
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
from bot.slack.views.texts import status as texts

COLUMNS = ("Users", "Activated", "Access", "Failover", "Cannot read")
NOT_KNOWN = "not known"


def status(result: Status) -> BlockReply:
    """Return the table with the lines below it, and the same as text."""
    header = f"*{customer_label(result.customer, result.name)}*"
    problem = escape(result.problem, 500)
    odd = escape(result.contradiction, 500)
    warnings = [*_api_fault(result), *_who_cannot_read(result)]
    lines = [f"Not all numbers are known. {problem}"] if problem else []
    lines += [odd] if odd else []
    rows = [(row.group or "All", *_numbers(result, row)) for row in result.rows]
    below = [
        *_how_to_list_them(result),
        *_last_switches(result),
        *map(change_line, result.changes),
    ]
    blocks: Blocks = [
        section("\n".join([header, *warnings, *lines])),
        table(("", *COLUMNS), rows).block,
        section(fit_lines(below, more=result.more)),
    ]
    text = _text(result, warnings, header, f"{problem} {odd}".strip(), below)
    return BlockReply(text, blocks)


def change_line(change: Change) -> str:
    """Return `C-7K3MX · APPLIED · FAILOVER ON · 14 Mar, 03:04:00`."""
    time = format_time(change.created_at)
    return f"{change.id} · {heading(change)} · {change.action.title} · {time}"


def _text(result: Status, warnings: list[str], header: str, problem: str, below: list[str]) -> str:
    if all(one is None for row in result.rows for one in row.counts):
        lines = [f"{header}: Number of users not known. {problem}"]
    else:
        names = [header, *(escape(row.group, 200) for row in result.rows[1:])]
        rows = zip(names, result.rows, strict=True)
        lines = [f"{one}: {_counts(result, row)}" for one, row in rows]
        lines += [problem] if problem else []
    lines = [*warnings, *lines, *below]
    return fit_lines(lines, MAX_MESSAGE_TEXT_CHARS, more=result.more)


def _counts(result: Status, row: StatusRow) -> str:
    users, *rest = _numbers(result, row)
    others = [f"{name.lower()} {number}" for name, number in zip(COLUMNS[1:], rest, strict=True)]
    return " · ".join([f"{users} users", *others])


def _numbers(result: Status, row: StatusRow) -> list[str]:
    """The cells of a row; who cannot read is not known where the counts contradict each other."""
    cannot_read = None if result.contradiction else row.cannot_read.users
    counts = (*row.counts[:4], cannot_read)
    return [NOT_KNOWN if count is None else f"{count:,}" for count in counts]


def _api_fault(result: Status) -> list[str]:
    """What keeps the bot from working for this customer, if anything."""
    fault = result.fault
    if fault is None:
        return []
    times = {"since": format_time(fault.since), "seen": format_time(fault.seen_at)}
    return [texts.FAULTS[fault.fault].format(subject=escape(fault.subject, 300), **times)]


def _who_cannot_read(result: Status) -> list[str]:
    """How many of the customer's users cannot read their mail, if there are any."""
    users, told = result.rows[0].counts[0], result.rows[0].cannot_read
    if result.contradiction or told.in_failover is None:
        return []
    some = "" if users == told.in_failover else f"{told.in_failover:,} in failover"
    line = cannot_read_line(told, some)
    return [line] if line else []


def _how_to_list_them(result: Status) -> list[str]:
    """The commands that list the users in failover who cannot read their mail."""
    who = [row.cannot_read for row in result.rows]
    command = f"/continuity users {result.customer} --failover on"
    access_off = [f"With access off: `{command} --access off`"]
    not_activated = [f"Without password: `{command} --activated no`"]
    return (access_off if any(one.access_off for one in who) else []) + (
        not_activated if any(one.not_activated for one in who) else []
    )


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
