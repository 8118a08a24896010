"""What stays in the channel: the outcome as its own message, and the timeline in the card's thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.audit import AuditEntry
from bot.domain.change import AWAITING, Change, FailedUsers, Outcome, State
from bot.slack.views.changes import wording
from bot.slack.views.changes.card import (
    WITHDRAWN,
    asked_again_line,
    clip_sentence,
    decision_line,
    failure_lines,
    meaning,
    needs_operator_line,
    notification_text,
)
from bot.slack.views.changes.progress import api_receipt
from bot.slack.views.changes.terminal import approvers, at_terminal
from bot.slack.views.mrkdwn import (
    REASON_KEYS,
    Blocks,
    clip,
    escape,
    fit_lines,
    format_time,
    mentions_as_ids,
    section,
    title,
)

_GOES_ON = (State.APPROVED, State.EXECUTING, State.ACCEPTED, State.UNKNOWN)
_MAY_BE_SET = (State.APPLIED, State.PARTIAL, State.NEEDS_OPERATOR, State.GIVEN_UP)


def outcome(
    change: Change,
    name: str,
    seal: AuditEntry | None,
    failures: Sequence[FailedUsers],
    more: int = 0,
    *,
    delayed: datetime | None = None,
) -> tuple[str, Blocks]:
    """Return the message that the channel keeps: what happened, by whom, the API's words.

    ``seal`` is the audit entry of this outcome: the channel witnesses the first characters of its hash.
    ``delayed`` is when it happened, where it could not be posted while it was news.
    """
    told = change.outcome
    lines = [f"*{title(change, name)}*"]
    if delayed:
        lines.append(f"*Delayed*: this was {format_time(delayed)}; Slack took it only now.")
    if change.state in AWAITING:  # decided, and then the numbers moved
        return notification_text(change, name), [section("\n".join([*lines, *_again(change)]))]
    if change.state in _GOES_ON:  # it was decided anew, or tried again, before this could be posted
        lines += _gone_on(change, seal)
        return notification_text(change, name), [section("\n".join(lines))]
    verified = change.state is State.APPLIED and not change.is_unverified
    if not verified or change.settled_by:  # else the read-back says it all
        lines.append(meaning(change))
    if told and (read_back := wording(change).read_back(told)):
        lines.append(read_back)
    if told and told.sentence:
        lines.append(clip_sentence(told.sentence))
    if change.decision_reason:
        lines.append(decision_line(change))
    if change.state is State.NEEDS_OPERATOR:
        lines.append(needs_operator_line(change))
    words = wording(change)
    if verified and (reminder := words.reminder()):
        lines.append(reminder)
    blocks = [section("\n".join(lines))]
    if failures:
        blocks.append(section(failure_lines(failures, more)))
    end = [" · ".join(_facts(change, told, seal))]
    if change.state in _MAY_BE_SET or (change.attempts and change.state in WITHDRAWN):
        end.append(words.way_back())
    blocks.append(section("\n".join(end)))
    return notification_text(change, name), blocks


def timeline(change: Change, entries: Sequence[AuditEntry]) -> tuple[str, Blocks]:
    """Return the message in the card's thread: a line per recorded step, the last ones."""
    text = fit_lines([_step(entry) for entry in entries], newest_last=True) or "…"
    return f"Timeline of {change.id}", [section(text)]


def _again(change: Change) -> list[str]:
    return [meaning(change), asked_again_line(change), f"{change.id} · decide on its card."]


def _gone_on(change: Change, seal: AuditEntry | None) -> list[str]:
    if seal is not None and seal.record.kind == "change.asked_again":
        lines = [f"It was asked again, and decided since: {clip_sentence(change.asked_again)}"]
    else:
        lines = ["Reading back did not settle it; a person had it tried again since."]
    lines += [decision_line(change)] if change.decision_reason else []
    return [*lines, "What comes of it is told here.", " · ".join(_facts(change, None, seal))]


def _step(entry: AuditEntry) -> str:
    record = entry.record
    who = record.actor
    who = f"<@{who}>" if who[:1] in "UW" and who.isalnum() else escape(who)
    if behalf := record.detail.get("on_behalf_of"):
        who += f" for <@{escape(str(behalf))}>"
    words = record.kind.removeprefix("change.").replace("_", " ")
    if record.detail.get("verified") is False:
        words = "accepted, not verified"
    why = next((record.detail[key] for key in REASON_KEYS if record.detail.get(key)), "")
    said = f" · {clip(escape(mentions_as_ids(str(why))), 500)}" if why else ""
    return f"{format_time(record.at)} {words} · {who}{said}"


def _facts(change: Change, told: Outcome | None, seal: AuditEntry | None) -> list[str]:
    facts = [change.id]
    if told and (receipt := api_receipt(told)):
        facts.append(receipt)
    by = f"<@{change.requester}>{at_terminal(change)}"
    if change.approvals:
        by += f", approved by {approvers(change)}"
    facts.append(by)
    if change.started_at and change.finished_at:
        facts.append(_duration((change.finished_at - change.started_at).total_seconds()))
    if seal:
        facts.append(f"audit {seal.reference}")
    return facts


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60} min {int(seconds) % 60} s"
