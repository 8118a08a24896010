"""The lines of a change that has several steps, and in short what is on by it. All text is escaped."""

from __future__ import annotations

from bot.domain.change import Change
from bot.domain.outcome import Outcome
from bot.domain.steps import Step, steps_of
from bot.slack.views.changes.receipt import receipt_facts
from bot.slack.views.texts import steps as texts


def step_lines(change: Change) -> list[str]:
    """Return a line for each step, once the change was sent; () for a change of one step."""
    steps = steps_of(change)
    return [_line(one) for one in steps] if change.begun_at else []


def step_receipts(change: Change) -> list[str]:
    """Return the API's id and time for each step that it answered."""
    return [
        texts.RECEIPT.format(step=one.switch.title.lower(), receipt=fact)
        for one in steps_of(change)
        for fact in (receipt_facts(one.outcome) if one.outcome else ())
    ]


def what_is_on(change: Change) -> str:
    """Return `access on, failover not known`; "" for a change of one step. Plain text."""
    words = [
        texts.WHAT_IS_ON.format(
            flag=one.switch.flag, state=texts.IS_ON.get(one.state, texts.IS_NOT_KNOWN)
        )
        for one in steps_of(change)
    ]
    return ", ".join(words)


def _line(step: Step) -> str:
    title = step.switch.title.capitalize()
    facts = _facts(step.outcome) if step.outcome else ""
    return texts.LINES[step.state].format(step=title, facts=facts)


def _facts(outcome: Outcome) -> str:
    form = texts.MARKED
    if not outcome.verifiable:
        form = texts.NOT_VERIFIED
    elif outcome.total is not None and outcome.in_state is not None:
        form = texts.VERIFIED
    return form.format(count=f"{outcome.in_state or 0:,}", total=f"{outcome.total or 0:,}")
