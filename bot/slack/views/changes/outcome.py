"""The outcome, a message of its own in the channel, and the timeline in the card's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.actions import switches
from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.change_story import (
    NO_STORY,
    ChangeStory,
    KnownNames,
    change_stories,
    names_in,
)
from bot.domain.change import Change
from bot.domain.change_state import AWAITING, MAY_HAVE_EFFECT, State
from bot.domain.outcome import FailedUsers, Outcome
from bot.domain.scope import Everyone
from bot.slack.views.audit.sentence import sentence
from bot.slack.views.changes import wording
from bot.slack.views.changes.buttons import has_way_back, outcome_buttons
from bot.slack.views.changes.card import (
    WITHDRAWN,
    asked_again_line,
    clip_sentence,
    customer_line,
    decision_line,
    failure_lines,
    meaning,
    needs_operator_line,
)
from bot.slack.views.changes.emergency import outcome_line
from bot.slack.views.changes.headings import RESUMED, outcome_header
from bot.slack.views.changes.notification import notification_text
from bot.slack.views.changes.progress import accepted_line
from bot.slack.views.changes.receipt import receipt_facts
from bot.slack.views.changes.steps import step_lines, step_receipts
from bot.slack.views.changes.terminal_origin import approvers, requester
from bot.slack.views.changes.time_limit import time_left_lines
from bot.slack.views.mrkdwn import (
    Blocks,
    context,
    fit_lines,
    format_time,
    section,
)
from bot.slack.views.texts import outage
from bot.slack.views.texts import outcome as texts
from bot.slack.views.texts import time_limit as limit_texts

_NOT_SETTLED = (State.NEEDS_OPERATOR, State.GIVEN_UP)


def outcome(
    change: Change,
    name: str,
    audit_entry: AuditEntry | None,
    failures: Sequence[FailedUsers],
    more: int = 0,
    *,
    delayed: datetime | None = None,
    asked_by: str = "",
    now: datetime | None = None,
) -> tuple[str, Blocks]:
    """Return notification text and blocks of the message that stays in the channel.

    ``audit_entry`` is the entry of this outcome: the first characters of its hash are posted, as
    proof outside the database. ``failures`` and ``more``: see ``card``. ``delayed`` is the time of
    the outcome where it is posted late. ``asked_by``: see ``notification_text``. ``now`` is for how long
    a timed change is still on.
    """
    asked_again = audit_entry is not None and audit_entry.record.kind == "change.asked_again"
    lines = [customer_line(change, name), *outcome_line(change)]
    if delayed:
        lines.append(outage.LATE.format(time=format_time(delayed)))
    ended = change.state not in AWAITING | RESUMED
    if change.state in AWAITING:
        decide = texts.DECIDE_ON_CARD.format(change=change.id)
        lines += [meaning(change), asked_again_line(change), decide]
    elif not ended:
        lines += _resumed_lines(change, asked_again=asked_again)
    else:
        lines += _ended_lines(change)
        lines += time_left_lines(change, now or change.finished_at or change.created_at)
    blocks = [outcome_header(change, asked_again=asked_again), section("\n".join(lines))]
    if ended and failures:
        blocks.append(section(failure_lines(failures, more)))
    if ended and (elements := outcome_buttons(change)):
        blocks.append({"type": "actions", "block_id": "outcome", "elements": elements})
    if change.state not in AWAITING:
        blocks.append(context(_footer(change, audit_entry)))
    return notification_text(change, name, asked_by), blocks


def timeline(change: Change, entries: Sequence[AuditEntry]) -> tuple[str, Blocks]:
    """Return text and blocks of the timeline: a line for each of the newest audit entries."""
    story, known = change_stories(entries).get(change.id, NO_STORY), names_in(entries)
    lines = [_timeline_line(entry, story, known) for entry in entries]
    text = fit_lines(lines, newest_last=True) or "…"
    return texts.TIMELINE.format(change=change.id), [section(text)]


def _ended_lines(change: Change) -> list[str]:
    """What became of a change that has ended; a read-back says what an applied one did."""
    lines = [limit_texts.WAY_BACK_OF.format(change=change.back_of)] if change.back_of else []
    result, words = change.outcome, wording(change)
    verified = change.state is State.APPLIED and not change.is_unverified
    # The read-back of a flag tells how many, not who.
    names = bool(switches(change.action)) and not isinstance(change.scope, Everyone)
    if not verified or change.settled_by or names:
        lines.append(meaning(change))
    lines += (steps := step_lines(change))
    if change.state in _NOT_SETTLED and (accepted := accepted_line(change)):
        lines.append(accepted)
        # The line above has the number that the API told.
        result = result and replace(result, affected=None)
    if result and (read_back := words.read_back(result)):
        # The line of a step tells the count.
        told = read_back.partition("\n")[2] if steps else read_back
        lines += [told] if told else []
    if result and result.sentence:
        lines.append(clip_sentence(result.sentence))
    if change.decision_reason:
        lines.append(decision_line(change))
    if change.state is State.NEEDS_OPERATOR:
        lines.append(needs_operator_line(change))
    if verified and (reminder := words.reminder()):
        lines.append(reminder)
    return lines


def _resumed_lines(change: Change, *, asked_again: bool) -> list[str]:
    """For an outcome that is out of date: the change was decided or tried again since."""
    lines = [texts.TRIED_SINCE]
    if asked_again:
        lines = [texts.DECIDED_SINCE.format(why=clip_sentence(change.asked_again))]
    lines += [decision_line(change)] if change.decision_reason else []
    return [*lines, texts.TOLD_HERE]


def _footer(change: Change, audit_entry: AuditEntry | None) -> str:
    facts = footer_facts(change, audit_entry)
    may_be_set = change.state in MAY_HAVE_EFFECT or (change.was_sent and change.state in WITHDRAWN)
    if may_be_set and not has_way_back(change):
        return f"{wording(change).way_back()}\n{facts}"
    return facts


def footer_facts(change: Change, audit_entry: AuditEntry | None) -> str:
    """Return the id, the API's receipt, the people, the time it took, and the audit entry; escaped."""
    result = None if change.state in RESUMED else change.outcome
    return " · ".join(_facts(change, result, audit_entry))


def _facts(change: Change, result: Outcome | None, audit_entry: AuditEntry | None) -> list[str]:
    facts = [change.id]
    told_above = change.state in _NOT_SETTLED and bool(accepted_line(change))
    if receipts := step_receipts(change):
        facts += receipts
    elif result and not told_above:
        facts += receipt_facts(result)
    people = requester(change)
    if change.approvals:
        people = texts.PEOPLE.format(requester=people, approvers=approvers(change))
    facts.append(people)
    began = change.begun_at if change.steps else change.started_at
    if began and change.finished_at:
        facts.append(_duration((change.finished_at - began).total_seconds()))
    if audit_entry:
        facts.append(texts.AUDIT.format(reference=audit_entry.reference))
    return facts


def _duration(seconds: float) -> str:
    if seconds < 60:
        return texts.SECONDS.format(seconds=f"{seconds:.1f}")
    minutes, rest = divmod(int(seconds), 60)
    return texts.MINUTES.format(minutes=minutes, seconds=rest)


def _timeline_line(entry: AuditEntry, story: ChangeStory, known: KnownNames) -> str:
    return f"{format_time(entry.record.at)} {sentence(entry, story, known)}"
