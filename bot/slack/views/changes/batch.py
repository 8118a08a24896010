"""Card and outcome of a batch: the same change for several customers, decided together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.audit.chain import AuditEntry
from bot.domain.change import Change
from bot.domain.change_state import AWAITING, OPEN, State
from bot.slack.button_values import ChangeButton
from bot.slack.views.changes import wording
from bot.slack.views.changes.batch_rows import BatchRow, card_table, outcome_table, sum_line
from bot.slack.views.changes.buttons import batch_buttons, has_way_back
from bot.slack.views.changes.card import asked_again_line, card, decision_line, meaning
from bot.slack.views.changes.headings import outcome_header
from bot.slack.views.changes.notification import notification_text
from bot.slack.views.changes.outcome import footer_facts
from bot.slack.views.changes.time_limit import time_left_lines
from bot.slack.views.mrkdwn import Blocks, button, context, format_time, mention, section
from bot.slack.views.texts import batch as texts
from bot.slack.views.texts import outage

# The button below an outcome; on the card it is that of a single change.
AGAIN = "batch_again"


def batch_card(
    batch: Change,
    rows: Sequence[BatchRow],
    *,
    repeat: int,
    asked_by: str,
    warning: str,
    reached: Sequence[str],
) -> tuple[str, Blocks]:
    """Return notification text and blocks of the card. ``repeat``: so many can be proposed again."""
    members = [row.change for row in rows]
    table = card_table(rows)
    if note := _notes(batch, rows):
        table.append(section("\n".join(note)))
    return card(
        batch,
        "",
        asked_by=asked_by,
        warning=warning,
        reached=reached,
        table=table,
        elements=batch_buttons(batch, members, repeat),
    )


def batch_outcome(
    batch: Change,
    rows: Sequence[BatchRow],
    entry: AuditEntry | None,
    *,
    repeat: int,
    asked_by: str,
    delayed: datetime | None,
    now: datetime,
) -> tuple[str, Blocks]:
    """Return notification text and blocks of the one message on what became of all."""
    asked_again = batch.state in AWAITING
    lines = [f"*{batch.customer}*"]
    if delayed:
        lines.append(outage.LATE.format(time=format_time(delayed)))
    lines.append(meaning(batch))
    if asked_again:
        lines += [asked_again_line(batch), texts.DECIDE_ON_CARD.format(change=batch.id)]
    else:
        lines += [sum_line(rows), *_notes(batch, rows)]
    if batch.ends_at is not None:
        lines += time_left_lines(batch, now)
    if batch.state is State.APPLIED and (reminder := wording(batch).reminder()):
        lines.append(reminder)
    blocks = [outcome_header(batch, asked_again=asked_again), section("\n".join(lines))]
    if not asked_again:
        blocks += outcome_table(rows)
        if elements := _outcome_buttons(batch, rows, repeat):
            blocks.append({"type": "actions", "block_id": "outcome", "elements": elements})
        blocks.append(context(footer_facts(batch, entry)))
    return notification_text(batch, "", asked_by), blocks


def _notes(batch: Change, rows: Sequence[BatchRow]) -> list[str]:
    """Return who stopped it or decided against it, and which customers need a person; escaped."""
    notes = list[str]()
    stopped = [row.change for row in rows if _is_stopped(row.change)]
    if stopped and any(row.change.was_sent for row in rows):
        person = mention(stopped[0].decided_by or "")
        notes.append(texts.STOPPED.format(len(stopped), person=person))
    elif batch.state not in OPEN and (batch.decision_reason or stopped):
        notes.append(decision_line(batch))
    unsettled = [row.change.id for row in rows if row.change.state is State.NEEDS_OPERATOR]
    if unsettled:
        notes.append(texts.OWN_CARD.format(changes=", ".join(unsettled)))
    return notes


def _is_stopped(change: Change) -> bool:
    return change.state is State.CANCELLED and change.decided_by is not None


def _outcome_buttons(batch: Change, rows: Sequence[BatchRow], repeat: int) -> Blocks:
    value = ChangeButton(change=batch.id, revision=batch.revision)
    offered = [button(AGAIN, texts.AGAIN.format(repeat), value)] if repeat else []
    if any(has_way_back(row.change) for row in rows):
        offered.append(button("change_back", wording(batch).back_label(), value))
    return offered
