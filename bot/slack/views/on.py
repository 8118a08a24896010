"""The reply to `/continuity on`. All text is escaped mrkdwn."""

from __future__ import annotations

from collections.abc import Sequence

from bot.service.queries.on import CustomerOn, OnList, OnRow, OtherUsers
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.mrkdwn import (
    BlockReply,
    Blocks,
    count_users,
    customer_label,
    escape,
    fit_lines,
    format_time,
    mentions,
    section,
)
from bot.slack.views.on_entry import customer_lines, customer_of, describe, title
from bot.slack.views.table import data_table
from bot.slack.views.texts import on as texts

# Of so many each has a section; of more there is a table with pages.
MAX_SECTIONS = 10
MAX_SILENT = 5
PAGE_ROWS = 10
# Of all sections: well below the 12,000 characters of a message, beside its text.
MAX_SECTIONS_CHARS = 6_000


def on(found: OnList, team_url: str) -> BlockReply:
    """Return what is on, the customer first for which it has been on for longest."""
    if not found.may_view:
        return BlockReply(texts.MAY_NOT_VIEW, [section(texts.MAY_NOT_VIEW)])
    head, below = _head(found), below_lines(found)
    sections, left_out = customer_sections(found.customers, team_url)
    more = [texts.MORE.format(left_out)] if left_out else []
    foot: Blocks = [section(fit_lines([*more, *below]))] if more or below else []
    older = [section(head), *sections, *foot]
    text = fit_lines(lines(found, team_url), MAX_MESSAGE_TEXT_CHARS)
    if not left_out:
        return BlockReply(text, older)
    rows = [cells for one in found.customers for cells in _cells(one)]
    table = data_table(texts.CAPTION, texts.COLUMNS, rows, PAGE_ROWS)
    rest: Blocks = [section(fit_lines(below))] if below else []
    return BlockReply(text, [section(head), table.block, *rest], older=older)


def lines(found: OnList, team_url: str = "") -> list[str]:
    """Return all of it as lines."""
    if not found.may_view:
        return [texts.MAY_NOT_VIEW]
    customers = [line for one in found.customers for line in customer_lines(one, team_url)]
    return [_head(found), *customers, *below_lines(found)]


def customer_sections(
    customers: Sequence[CustomerOn], team_url: str, limit: int = MAX_SECTIONS
) -> tuple[Blocks, int]:
    """Return a section for each of the first customers, and how many there is no room for."""
    sections: Blocks = []
    room = MAX_SECTIONS_CHARS
    for one in customers[:limit]:
        text = fit_lines(customer_lines(one, team_url))
        room -= len(text)
        if room < 0 and sections:
            break
        sections.append(section(text))
    return sections, len(customers) - len(sections)


def below_lines(found: OnList) -> list[str]:
    """Return whom the API did not tell of, and how many customers have nothing on."""
    lines = [_silent(one) for one in found.silent[:MAX_SILENT]]
    if left := len(found.silent) - len(lines):
        lines.append(texts.MORE.format(left))
    if found.calm and not found.customer:
        lines.append(texts.CALM.format(found.calm))
    if found.not_asked:
        lines.append(texts.NOT_ASKED.format(found.not_asked))
    return lines


def _head(found: OnList) -> str:
    if found.customers:
        return texts.HEAD.format(len(found.customers))
    if found.customer:
        return texts.NOTHING_OF.format(customer=found.customer)
    return texts.NOTHING


def _silent(one: CustomerOn) -> str:
    customer = customer_label(one.customer, one.name)
    return texts.SILENT.format(customer=customer, problem=escape(one.problem, 300))


def _cells(found: CustomerOn) -> list[list[str]]:
    customer = customer_of(found)
    rows = [_entry_cells(row, customer) for row in found.rows]
    return rows + [_other_cells(one, customer) for one in found.others]


def _entry_cells(row: OnRow, customer: str) -> list[str]:
    entry = row.entry
    cannot = row.told.cannot_read.users if row.told.cannot_read else None
    return [
        f"{title(entry.flag)} · {describe(entry.scope)}",
        customer,
        format_time(entry.since),
        mentions([entry.change.requester]),
        "" if cannot is None else f"{cannot:,}",
        entry.change.id,
    ]


def _other_cells(one: OtherUsers, customer: str) -> list[str]:
    told = one.told.cannot_read
    cannot = "" if told is None or told.users is None else f"{told.users:,}"
    what = f"{title(one.flag)} · {count_users(one.told.users or 0)}"
    return [what, customer, "", texts.NOT_BY_THIS_BOT, cannot, ""]
