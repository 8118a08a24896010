"""The daily report of what is on for more than a day. All text is escaped mrkdwn."""

from __future__ import annotations

from collections.abc import Sequence

from bot.service.queries.on import OnRow
from bot.slack.button_values import ChangeButton
from bot.slack.views.mrkdwn import (
    Blocks,
    button,
    context,
    customer_label,
    cut,
    fit_lines,
    header,
    section,
)
from bot.slack.views.on_entry import describe, entry_lines, title
from bot.slack.views.texts import on as on_texts
from bot.slack.views.texts import report as texts

# Two blocks for each, of the 50 of a message; its text, too, has to fit.
MAX_ENTRIES = 10
# Slack takes an action id once in a message.
BACK = tuple(f"report_back_{number}" for number in range(1, MAX_ENTRIES + 1))
STILL_NEEDED = tuple(f"report_still_needed_{number}" for number in range(1, MAX_ENTRIES + 1))
MAX_ENTRY_CHARS = 800
MAX_CUSTOMER_CHARS = 40


def report(rows: Sequence[OnRow], team_url: str) -> tuple[str, Blocks]:
    """Return notification text and blocks for entries, of which there is one at least."""
    first, shown = rows[0], rows[:MAX_ENTRIES]
    name, change = cut(first.card.name, MAX_CUSTOMER_CHARS), first.entry.change
    text = texts.TEXT.format(
        len(rows),
        what=title(first.entry.flag),
        customer=customer_label(change.customer, name, drill=change.drill),
    )
    blocks: Blocks = [header(texts.HEAD.format(len(rows)))]
    for row, back, still in zip(shown, BACK, STILL_NEEDED, strict=False):
        blocks += _entry(row, team_url, back, still)
    if more := len(rows) - len(shown):
        blocks.append(section(texts.MORE.format(more)))
    return text, [*blocks, context(texts.FOOT)]


def what_is_on(row: OnRow) -> str:
    """Return `FAILOVER ON · all users`."""
    scope = describe(row.entry.scope)
    return on_texts.ENTRY.format(title=title(row.entry.flag), scope=scope)


def _entry(row: OnRow, team_url: str, back: str, still: str) -> Blocks:
    change = row.entry.change
    customer = customer_label(change.customer, row.card.name, drill=change.drill)
    lines = [on_texts.CUSTOMER.format(customer=customer), *entry_lines(row, team_url)]
    value = ChangeButton(change=change.id, revision=change.revision)
    buttons = [button(back, texts.BACK, value), button(still, texts.STILL_NEEDED, value)]
    return [
        section(fit_lines(lines, MAX_ENTRY_CHARS)),
        {"type": "actions", "elements": buttons},
    ]
