"""The outcome, a message of its own in the channel, and the timeline in the card's thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.audit.chain import AuditEntry
from bot.domain.change import AWAITING, Change, State
from bot.domain.outcome import FailedUsers, Outcome
from bot.slack.views.changes import wording
from bot.slack.views.changes.buttons import outcome_buttons
from bot.slack.views.changes.card import (
    WITHDRAWN,
    asked_again_line,
    clip_sentence,
    decision_line,
    failure_lines,
    meaning,
    needs_operator_line,
)
from bot.slack.views.changes.notification import notification_text
from bot.slack.views.changes.progress import api_receipt
from bot.slack.views.changes.terminal_origin import approvers, at_terminal
from bot.slack.views.mrkdwn import (
    REASON_KEYS,
    Blocks,
    escape,
    fit_lines,
    format_time,
    mentions_as_ids,
    section,
    title,
)
from bot.slack.views.texts import outage

_RESUMED = (State.APPROVED, State.EXECUTING, State.ACCEPTED, State.UNKNOWN)
_MAY_HAVE_EFFECT = (State.APPLIED, State.PARTIAL, State.NEEDS_OPERATOR, State.GIVEN_UP)


def outcome(
    change: Change,
    name: str,
    audit_entry: AuditEntry | None,
    failures: Sequence[FailedUsers],
    more: int = 0,
    *,
    delayed: datetime | None = None,
    asked_by: str = "",
) -> tuple[str, Blocks]:
    """Return notification text and blocks of the message that stays in the channel.

    ``audit_entry`` is the entry of this outcome: the first characters of its hash are posted, as
    proof outside the database. ``failures`` and ``more``: see ``card``. ``delayed`` is the time of
    the outcome where it is posted late. ``asked_by``: see ``notification_text``.
    """
    lines = [f"*{title(change, name)}*"]
    if delayed:
        lines.append(outage.LATE.format(time=format_time(delayed)))
    sections: list[str] = []
    if change.state in AWAITING:
        lines += [meaning(change), asked_again_line(change), f"{change.id} · decide on its card."]
    elif change.state in _RESUMED:
        lines += _resumed_lines(change, audit_entry)
    else:
        lines += _ended_lines(change)
        sections = [failure_lines(failures, more), _footer(change, audit_entry)]
    blocks = [section(text) for text in ("\n".join(lines), *sections) if text]
    if sections and (elements := outcome_buttons(change)):
        blocks.append({"type": "actions", "block_id": "cannot_read", "elements": elements})
    return notification_text(change, name, asked_by), blocks


def _footer(change: Change, audit_entry: AuditEntry | None) -> str:
    facts = " · ".join(_facts(change, change.outcome, audit_entry))
    if change.state in _MAY_HAVE_EFFECT or (change.attempts and change.state in WITHDRAWN):
        return f"{facts}\n{wording(change).way_back()}"
    return facts


def _ended_lines(change: Change) -> list[str]:
    """What became of a change that has ended; a read-back says what an applied one did."""
    lines = []
    result, texts = change.outcome, wording(change)
    verified = change.state is State.APPLIED and not change.is_unverified
    if not verified or change.settled_by:
        lines.append(meaning(change))
    if result and (read_back := texts.read_back(result)):
        lines.append(read_back)
    if result and result.sentence:
        lines.append(clip_sentence(result.sentence))
    if change.decision_reason:
        lines.append(decision_line(change))
    if change.state is State.NEEDS_OPERATOR:
        lines.append(needs_operator_line(change))
    if verified and (reminder := texts.reminder()):
        lines.append(reminder)
    return lines


def timeline(change: Change, entries: Sequence[AuditEntry]) -> tuple[str, Blocks]:
    """Return text and blocks of the timeline: a line for each of the newest audit entries."""
    text = fit_lines([_timeline_line(entry) for entry in entries], newest_last=True) or "…"
    return f"Timeline of {change.id}", [section(text)]


def _resumed_lines(change: Change, audit_entry: AuditEntry | None) -> list[str]:
    """For an outcome that is out of date: the change was decided or tried again since."""
    if audit_entry is not None and audit_entry.record.kind == "change.asked_again":
        lines = [f"It was asked again, and decided since: {clip_sentence(change.asked_again)}"]
    else:
        lines = ["Reading back did not settle it; a person had it tried again since."]
    lines += [decision_line(change)] if change.decision_reason else []
    return [*lines, "What comes of it is told here.", " · ".join(_facts(change, None, audit_entry))]


def _timeline_line(entry: AuditEntry) -> str:
    record = entry.record
    actor = record.actor
    actor = f"<@{actor}>" if actor[:1] in "UW" and actor.isalnum() else escape(actor)
    if requester := record.detail.get("on_behalf_of"):
        actor += f" for <@{escape(str(requester))}>"
    step = record.kind.removeprefix("change.").replace("_", " ")
    if record.detail.get("verified") is False:
        step = "accepted, not verified"
    reason = next((record.detail[key] for key in REASON_KEYS if record.detail.get(key)), "")
    reason = f" · {escape(mentions_as_ids(str(reason)), 500)}" if reason else ""
    return f"{format_time(record.at)} {step} · {actor}{reason}"


def _facts(change: Change, result: Outcome | None, audit_entry: AuditEntry | None) -> list[str]:
    facts = [change.id]
    if result and (receipt := api_receipt(result)):
        facts.append(receipt)
    approved = f", approved by {approvers(change)}" if change.approvals else ""
    facts.append(f"<@{change.requester}>{at_terminal(change)}{approved}")
    if change.started_at and change.finished_at:
        facts.append(_duration((change.finished_at - change.started_at).total_seconds()))
    if audit_entry:
        facts.append(f"audit {audit_entry.reference}")
    return facts


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60} min {int(seconds) % 60} s"
