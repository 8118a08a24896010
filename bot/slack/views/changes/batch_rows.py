"""The table of a batch: a row for each customer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.change import Change
from bot.domain.change_state import AWAITING, State
from bot.slack.views.changes.headings import mark_of
from bot.slack.views.changes.steps import what_is_on
from bot.slack.views.mrkdwn import Blocks, cut, escape, heading
from bot.slack.views.table import data_table
from bot.slack.views.texts import batch as texts

MAX_NAME_CHARS, MAX_NOTE_CHARS = 40, 60
PAGE_ROWS = 10


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One change of a batch, its customer's name, and the open change that is its opposite."""

    change: Change
    name: str
    opposite: Change | None = None

    @property
    def label(self) -> str:
        """`✅ Acme GmbH (44444)`: a phone shows the first column alone; escaped."""
        customer = self.change.customer
        if self.name:
            name = escape(self.name, MAX_NAME_CHARS)
            customer = texts.CUSTOMER.format(name=name, number=customer)
        return texts.MARKED.format(emoji=mark_of(self.change), customer=customer)


def card_table(rows: Sequence[BatchRow]) -> Blocks:
    """Return the table of the card: how many users of each customer, and how it stands."""
    cells = [[row.label, _users(row.change), escape(_standing(row)), row.change.id] for row in rows]
    return [data_table(texts.CAPTION, texts.COLUMNS, cells, PAGE_ROWS).block]


def outcome_table(rows: Sequence[BatchRow]) -> Blocks:
    """Return the table of the outcome: what became of each customer, and what the API told."""
    cells = [
        [row.label, escape(_result(row.change)), escape(_receipt(row.change)), row.change.id]
        for row in rows
    ]
    return [data_table(texts.CAPTION, texts.OUTCOME_COLUMNS, cells, PAGE_ROWS).block]


def sum_line(rows: Sequence[BatchRow]) -> str:
    """Return `*10 applied, 1 failed.*`, the most frequent state first."""
    counted = Counter(heading(row.change).lower() for row in rows).most_common()
    parts = [texts.PART.format(count=count, state=state) for state, count in counted]
    return texts.SUM.format(parts=", ".join(parts))


def _users(change: Change) -> str:
    total = change.preview.total if change.preview else None
    return texts.NOT_COUNTED if total is None else f"{total:,}"


def _standing(row: BatchRow) -> str:
    change, words = row.change, list[str]()
    if row.opposite is not None:
        other = row.opposite
        words.append(texts.OPPOSITE.format(change=other.id, action=other.action.title))
    if change.state in AWAITING:
        return " · ".join([*words, *_numbers(change)])
    if change.state is State.APPROVED and change.waits_for:
        words.append(texts.STARTS_AFTER.format(change=change.waits_for))
    return " · ".join([_result(change), *words])


def _numbers(change: Change) -> list[str]:
    seen = change.preview
    if seen is None:
        return [texts.COUNTING]
    if seen.will_change is None:
        return [cut(seen.problem, MAX_NOTE_CHARS) or texts.NOT_COUNTED]
    words = [texts.WILL_CHANGE.format(count=f"{seen.will_change:,}")]
    for form, count in (
        (texts.ALREADY, seen.already),
        (texts.ACCESS_OFF, seen.access_off),
        (texts.NOT_ACTIVATED, seen.not_activated),
    ):
        words += [form.format(count=f"{count:,}")] if count else []
    return words


def _result(change: Change) -> str:
    """Return the state, with what was read back or why it is so; plain text."""
    words = [heading(change).lower()]
    result = change.outcome
    words += [on] if change.was_sent and (on := what_is_on(change)) else []
    if result and result.in_state is not None and result.total is not None:
        told = texts.OF_TOTAL.format(count=f"{result.in_state:,}", total=f"{result.total:,}")
        words.append(told)
    why = change.decision_reason or (result.sentence if result else "")
    return " · ".join([*words, *([cut(why, MAX_NOTE_CHARS)] if why else [])])


def _receipt(change: Change) -> str:
    result = change.outcome
    if result is None or result.api_id is None:
        return ""
    return " ".join(filter(None, [cut(result.api_id, 60), cut(result.api_timestamp or "", 30)]))
