"""Changes of several customers: the card as it waits, runs and has ended, and the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.domain.batch import summary, to_repeat
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.slack.views.changes.batch import batch_card, batch_outcome
from bot.slack.views.changes.batch_rows import BatchRow
from bot.slack.views.table import without_tables
from bot.terminal.doctor.specimens.changes import ENTRY, a_change
from bot.terminal.doctor.specimens.specimen import AT, NAME, Specimen, Surface

_NUMBERS = ("44444", "10101", "55555DE", "20202")
_LEFT_OUT = "Left out: 30303. You may not propose for customer 30303: it needs the role operator."


def specimens() -> Iterator[Specimen]:
    """Yield each."""
    waiting = _rows(*[State.AWAITING_APPROVAL] * 4)
    yield _card("waits", "the same was proposed for several customers", waiting)
    running = _rows(State.APPLIED, State.EXECUTING, State.APPROVED, State.APPROVED)
    yield _card("runs", "some of the customers have not begun", running)
    mixed = _rows(State.APPLIED, State.FAILED, State.NEEDS_OPERATOR, State.CANCELLED)
    yield _card("has ended", "the last of the customers has ended", mixed)
    when = "the last of the customers has ended"
    text, blocks = batch_outcome(
        _of(mixed), mixed, ENTRY, repeat=_repeat(mixed), asked_by="olga", delayed=None, now=AT
    )
    older = without_tables(blocks)
    yield Specimen("outcome · several customers", Surface.CHANNEL, when, text, blocks, older)


def _card(name: str, when: str, rows: Sequence[BatchRow]) -> Specimen:
    text, blocks = batch_card(
        _of(rows), rows, repeat=_repeat(rows), asked_by="olga", warning="", reached=()
    )
    older = without_tables(blocks)
    name = f"card · several customers, {name}"
    return Specimen(name, Surface.CHANNEL, when, text, blocks, older)


def _rows(*states: State) -> list[BatchRow]:
    found = []
    for number, (customer, state) in enumerate(zip(_NUMBERS, states, strict=True)):
        change_id = "C-7K3MX" if not number else f"C-0000{number}"
        change = a_change(state, id=change_id, customer=customer, batch="C-7K3MX")
        found.append(BatchRow(change, NAME if not number else ""))
    first = found[0]
    return [replace(first, change=replace(first.change, remarks=(_LEFT_OUT,))), *found[1:]]


def _of(rows: Sequence[BatchRow]) -> Change:
    return summary([row.change for row in rows])


def _repeat(rows: Sequence[BatchRow]) -> int:
    return len(to_repeat([row.change for row in rows]))
