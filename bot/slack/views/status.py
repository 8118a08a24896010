"""The status of a customer: counts, who switched each flag last, and the last changes."""

from __future__ import annotations

from typing import Any

from bot.domain.actions import switches
from bot.domain.change import Change
from bot.domain.scope import Flag
from bot.service.queries.status import Status, StatusRow
from bot.slack.limits import MAX_CHART_POINTS, MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.cannot_read import cannot_read_line
from bot.slack.views.mrkdwn import (
    BlockReply,
    Blocks,
    customer_label,
    escape,
    fit_lines,
    format_time,
    heading,
    mentions,
    section,
)
from bot.slack.views.table import table
from bot.slack.views.texts import status as texts

# With fewer there is no course to be seen.
MIN_CHART_POINTS = 3


def status(result: Status) -> BlockReply:
    """Return the counts with the lines below them, and the same as text."""
    head = texts.CUSTOMER.format(customer=customer_label(result.customer, result.name))
    problem, odd = escape(result.problem, 500), escape(result.contradiction, 500)
    warnings = [*_api_fault(result), *_who_cannot_read(result)]
    lines = [*_missing(result, problem), *([odd] if odd else [])]
    below = [
        *_how_to_list_them(result),
        *_last_switches(result),
        *map(change_line, result.changes),
    ]
    blocks: Blocks = [section("\n".join([head, *warnings, *lines, *_counts_of_all(result)]))]
    if len(result.rows) > 1 and _is_any_known(result):
        rows = [_cells(result, row) for row in result.rows]
        blocks.append(table(texts.COLUMNS, rows).block)
    blocks.append(section(fit_lines(below, more=result.more)))
    text = _text(result, warnings, head, f"{problem} {odd}".strip(), below)
    chart = _chart(result)
    return BlockReply(text, [*blocks, *chart], older=blocks if chart else [])


def change_line(change: Change) -> str:
    """Return `C-7K3MX · APPLIED · FAILOVER ON · 14 Mar, 03:04:00`."""
    time = format_time(change.created_at)
    return f"{change.id} · {heading(change)} · {change.action.title} · {time}"


def _text(result: Status, warnings: list[str], head: str, problem: str, below: list[str]) -> str:
    if not _is_any_known(result):
        lines = [texts.NO_NUMBERS.format(customer=head, problem=problem)]
    else:
        names = [head, *(escape(row.group, 200) for row in result.rows[1:])]
        lines = [
            texts.ROW.format(name=name, counts=texts.COUNTS.format(**_numbers(result, row)))
            for name, row in zip(names, result.rows, strict=True)
        ]
        lines += [problem] if problem else []
    lines = [*warnings, *lines, *below]
    return fit_lines(lines, MAX_MESSAGE_TEXT_CHARS, more=result.more)


def _is_any_known(result: Status) -> bool:
    return any(one is not None for row in result.rows for one in row.counts)


def _missing(result: Status, problem: str) -> list[str]:
    """Why numbers are missing, where the line on the API's fault does not say it."""
    if not problem or (result.fault and not _is_any_known(result)):
        return []
    form = texts.NOT_ALL_KNOWN if _is_any_known(result) else texts.NO_NUMBER_KNOWN
    return [form.format(problem=problem)]


def _counts_of_all(result: Status) -> list[str]:
    """The counts in a line, where there is no table of groups and any number is known."""
    everyone, *groups = result.rows
    return (
        []
        if groups or not _is_any_known(result)
        else [texts.COUNTS.format(**_numbers(result, everyone))]
    )


def _cells(result: Status, row: StatusRow) -> list[str]:
    numbers = _numbers(result, row)
    order = ("failover", "cannot_read", "users", "access", "activated")
    return [row.group or texts.ALL, *(numbers[name] for name in order)]


def _numbers(result: Status, row: StatusRow) -> dict[str, str]:
    """The counts of a row by name; who cannot read is not known where the counts contradict each
    other."""
    cannot_read = None if result.contradiction else row.cannot_read.users
    names = ("users", "activated", "access", "failover", "cannot_read")
    counts = zip(names, (*row.counts[:4], cannot_read), strict=True)
    return {name: texts.NOT_KNOWN if count is None else f"{count:,}" for name, count in counts}


def _chart(result: Status) -> Blocks:
    """How many users were in failover over time, where that was counted often enough."""
    is_one_day = len({one.at.date() for one in result.history}) == 1
    form = "%H:%M:%S" if is_one_day else "%d %b %H:%M"
    # Two counts at the same label are one point, which shows the later one.
    points = {one.at.strftime(form): one.users for one in result.history}
    if len(points) < MIN_CHART_POINTS:
        return []
    shown = list(points.items())[-MAX_CHART_POINTS:]
    data = [{"label": label, "value": users} for label, users in shown]
    axes: dict[str, Any] = {
        "categories": [label for label, _ in shown],
        "x_label": texts.CHART_TIME,
        "y_label": texts.CHART_USERS,
    }
    bars = {"type": "bar", "series": [{"name": texts.CHART_SERIES, "data": data}]}
    chart = {**bars, "axis_config": axes}
    return [{"type": "data_visualization", "title": texts.CHART, "chart": chart}]


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
    some = texts.IN_FAILOVER.format(users=f"{told.in_failover:,}")
    line = cannot_read_line(told, "" if users == told.in_failover else some)
    return [line] if line else []


def _how_to_list_them(result: Status) -> list[str]:
    """The commands that list the users in failover who cannot read their mail."""
    who = [row.cannot_read for row in result.rows]
    lines = []
    if any(one.access_off for one in who):
        lines.append(texts.LIST_ACCESS_OFF.format(customer=result.customer))
    if any(one.not_activated for one in who):
        lines.append(texts.LIST_NOT_ACTIVATED.format(customer=result.customer))
    return lines


def _last_switches(result: Status) -> list[str]:
    """Who switched each flag last: for all users, and for a group where that is another change."""
    everyone, *groups = result.rows
    lines = [
        _last_switch(flag, change, texts.ALL_USERS)
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
    switched = [one for one in switches(change.action) if one.flag is flag] if change else []
    if change is None or not switched:
        return texts.NEVER_SWITCHED.format(flag=flag, scope=scope)
    form = texts.SWITCHED_UNVERIFIED if change.is_unverified else texts.SWITCHED
    return form.format(
        flag=flag,
        direction=switched[0].direction.upper(),
        scope=scope,
        at=format_time(change.finished_at or change.created_at),
        person=mentions([change.requester]),
        change=change.id,
    )
