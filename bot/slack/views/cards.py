"""The card, the timeline and the outcome of a change, as blocks and fallback text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bot.domain.audit import AuditEntry
from bot.domain.change import AWAITING, Change, Preview, State, UserOutcome, command_text
from bot.domain.scope import Flag, Groups, Users

Blocks = list[dict[str, Any]]

HEADINGS = {
    State.AWAITING_CONFIRMATION: "WAITING",
    State.AWAITING_APPROVAL: "WAITING",
    State.APPROVED: "APPROVED",
    State.EXECUTING: "EXECUTING",
    State.UNKNOWN: "NOT KNOWN",
    State.NEEDS_OPERATOR: "NEEDS A PERSON",
    State.APPLIED: "APPLIED",
    State.PARTIAL: "PARTLY APPLIED",
    State.FAILED: "FAILED",
    State.DENIED: "DENIED",
    State.CANCELLED: "CANCELLED",
    State.EXPIRED: "EXPIRED",
}


def escape(text: str) -> str:
    """Make typed text inert: no mention, link or command survives."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def when(at: datetime) -> str:
    """A time that each reader sees in his own time zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time_secs}}|{at:%Y-%m-%d %H:%M:%S} UTC>"


def customer_words(customer: str, name: str) -> str:
    """`Acme GmbH (44444)`, or `44444` without a name; escaped."""
    return f"{escape(name)} ({customer})" if name else customer


def whom(change: Change) -> str:
    """For whom, in words, with the count where it is known; escaped."""
    total = change.preview.total if change.preview else None
    match change.scope:
        case Users(addresses=addresses):
            shown = ", ".join(addresses[:5])
            more = f" and {len(addresses) - 5} more" if len(addresses) > 5 else ""
            return escape(f"{len(addresses)} named users: {shown}{more}")
        case Groups(names=names):
            count = f"{total:,} users" if total is not None else "the users"
            return f"{count} in {escape(', '.join(names))}"
        case _:
            return f"ALL {total:,} users" if total is not None else "ALL users (number not known)"


def count_words(change: Change) -> str:
    """The number on a button: how many users the change is for, or that this is not known."""
    if isinstance(change.scope, Users):
        return f"{len(change.scope.addresses):,}"
    if change.preview is not None and change.preview.total is not None:
        return f"{change.preview.total:,}"
    return "all" if change.scope.kind == "everyone" else "these groups"


def card(change: Change, name: str, failures: Sequence[UserOutcome] = ()) -> tuple[str, Blocks]:
    """Return fallback text and blocks of the card as the change stands."""
    customer = customer_words(change.customer, name)
    title = f"{HEADINGS[change.state]} · {change.title} · {customer}"
    lines = [f"*{title}*", _meaning(change)]
    lines += _preview_lines(change)
    lines += _state_lines(change)
    lines += [f"• {escape(row.address)}: {escape(row.reason)}" for row in failures]
    if change.reason:
        lines.append(f"Reason: {escape(change.reason)}")
    asked = f"{change.id} · asked by <@{change.requester}> {when(change.created_at)}"
    if change.state in AWAITING:
        asked += f" · expires {when(change.deadline)}"
    blocks: Blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines)[:2990]}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": asked}]},
    ]
    buttons = _buttons(change, name)
    if buttons:
        blocks.append({"type": "actions", "block_id": "decide", "elements": buttons})
    return f"{title}: {change.id}", blocks


def outcome(
    change: Change, name: str, seal: AuditEntry | None, failures: Sequence[UserOutcome]
) -> tuple[str, Blocks]:
    """Return the message that the channel keeps: what happened, by whom, the API's words."""
    told = change.outcome
    title = f"{HEADINGS[change.state]} · {change.title} · {customer_words(change.customer, name)}"
    lines = [f"*{title}*"]
    if told and told.read_back_at and told.total is not None and told.in_state is not None:
        target = "in failover" if change.flag is Flag.FAILOVER else "with access"
        target = target if change.on else f"not {target}"
        line = f"Read back {when(told.read_back_at)}: {told.in_state:,} of {told.total:,} {target}."
        if told.affected is not None:
            line += f" API: {told.affected:,} affected."
        if told.not_activated and change.flag is Flag.FAILOVER and change.on:
            line += f" {told.not_activated:,} cannot read mail yet."
        lines.append(line)
    if told and told.sentence:
        lines.append(escape(told.sentence))
    lines += [f"• {escape(row.address)}: {escape(row.reason)}" for row in failures]
    if change.flag is Flag.FAILOVER and change.state is State.APPLIED:
        lines.append("Mail flow itself is not tested: send one mail from outside.")
    facts = [change.id]
    if told and told.api_id:
        facts.append(f"API id {escape(told.api_id)} at {escape(told.api_timestamp or 'unknown')}")
    by = f"<@{change.requester}>"
    if change.approvals:
        by += ", approved by " + ", ".join(f"<@{given.approver}>" for given in change.approvals)
    facts.append(by)
    if change.started_at and change.finished_at:
        facts.append(f"{(change.finished_at - change.started_at).total_seconds():.1f} s")
    if seal:
        facts.append(f"audit {seal.seq} {seal.hash[:6]}")
    lines.append(" · ".join(facts))
    if change.state in (State.APPLIED, State.PARTIAL):
        back = command_text(change.flag, not change.on, change.customer, change.scope)
        lines.append(f"Back: `/continuity {escape(back[:300])}`")
    text = "\n".join(lines)[:2990]
    return f"{title}: {change.id}", [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]


def timeline(change: Change, entries: Iterable[AuditEntry]) -> tuple[str, Blocks]:
    """Return the message in the card's thread: a line per recorded step, the last ones."""
    lines = []
    for entry in entries:
        who = entry.record.actor
        who = f"<@{who}>" if who[:1] in "UW" and who.isalnum() else escape(who)
        why = (
            entry.record.detail.get("reason")
            or entry.record.detail.get("why")
            or entry.record.detail.get("problem")
            or ""
        )
        words = entry.record.kind.removeprefix("change.").replace("_", " ")
        lines.append(
            f"{when(entry.record.at)} {words} · {who}" + (f" · {escape(str(why))}" if why else "")
        )
    text = "\n".join(lines[-25:])[:2990] or "…"
    return f"Timeline of {change.id}", [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    ]


def _meaning(change: Change) -> str:
    target = {
        (Flag.FAILOVER, True): "Mail for {} goes to the emergency webmail.",
        (Flag.FAILOVER, False): "Mail for {} goes to the usual mail system again.",
        (Flag.ACCESS, True): "{} may log in to the emergency webmail.",
        (Flag.ACCESS, False): "{} may no longer log in to the emergency webmail.",
    }[change.flag, change.on]
    return target.format(whom(change))


def _preview_lines(change: Change) -> list[str]:
    seen = change.preview
    if seen is None:
        return ["Counting …"] if change.state in AWAITING else []
    if seen.total is None:
        whole = (
            "this is the whole customer" if change.scope.kind == "everyone" else "details not known"
        )
        return [f"*Number not known, {whole}.* {escape(seen.problem)}"]
    return [_counts(change, seen)]


def _counts(change: Change, seen: Preview) -> str:
    parts = [
        f"Already {change.direction} {seen.already or 0:,}",
        f"will change {seen.will_change or 0:,}",
    ]
    if seen.access_off:
        parts.append(f"access off {seen.access_off:,} (cannot log in)")
    if seen.not_activated:
        parts.append(f"not activated {seen.not_activated:,} (cannot read it yet)")
    return " · ".join(parts)


def _state_lines(change: Change) -> list[str]:
    lines = []
    if change.state is State.AWAITING_APPROVAL:
        lines.append(
            f"Approvals: {len(change.approvals)} of {change.approvals_needed}, by somebody else."
        )
    if change.state is State.APPROVED and change.waits_for:
        lines.append(f"Starts after {change.waits_for}.")
    if change.state is State.EXECUTING and isinstance(change.scope, Users):
        lines.append(f"{change.done:,} of {len(change.scope.addresses):,} answered.")
    if change.stopped_by:
        lines.append(f"Stop asked by <@{change.stopped_by}>; what was sent stays.")
    if change.state is State.UNKNOWN:
        look = when(change.next_look_at) if change.next_look_at else "soon"
        lines.append(
            f"It is not known whether it took effect. Next look: {look}. Do not repeat it by hand."
        )
    if change.state is State.NEEDS_OPERATOR:
        lines.append(
            f"Reading back did not settle it. Look with `/continuity status {change.customer}`, then propose what is missing."
        )
    if change.outcome and change.outcome.sentence:
        lines.append(escape(change.outcome.sentence))
    if change.decision_reason:
        by = f"By <@{change.decided_by}>: " if change.decided_by else ""
        lines.append(by + escape(change.decision_reason))
    return lines


def _buttons(change: Change, name: str) -> Blocks:  # noqa: PLR0911  # one return a state
    value = f"{change.id} {change.preview_revision}"
    go = f"{change.direction.upper()} for {count_words(change)}"
    customer = f"{name} ({change.customer})" if name else change.customer
    what = f"{change.title} for {customer}, {count_words(change)} users."
    if (
        change.preview is not None
        and change.preview.total is None
        and change.scope.kind == "everyone"
    ):
        what = f"{change.title} for {customer}: number not known, this is the whole customer."
    cancel = _button("change_cancel", "Withdraw", value, f"Withdraw {what}")
    if change.state in AWAITING and change.preview is None:
        return [cancel]
    if change.state is State.AWAITING_CONFIRMATION:
        return [_button("change_confirm", f"Confirm: {go}", value, what, "primary"), cancel]
    if change.state is State.AWAITING_APPROVAL:
        return [
            _button("change_approve", f"Approve: {go}", value, what, "primary"),
            _button("change_deny", "Deny", value, f"Deny {what}", "danger"),
            cancel,
        ]
    if change.state is State.APPROVED:
        return [cancel]
    if (
        change.state is State.EXECUTING
        and isinstance(change.scope, Users)
        and not change.stopped_by
    ):
        return [
            _button(
                "change_stop",
                "Stop",
                value,
                "Send no further users; what was sent stays.",
                "danger",
            )
        ]
    if change.state is State.EXPIRED:
        return [_button("change_again", "Propose again", value, what)]
    if change.state is State.PARTIAL and isinstance(change.scope, Users):
        return [_button("change_retry", "Propose the rest again", value, what)]
    return []


def _button(action: str, label: str, value: str, question: str, style: str = "") -> dict[str, Any]:
    button: dict[str, Any] = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": label[:75]},
        "value": value,
        "confirm": {
            "title": {"type": "plain_text", "text": "Sure?"},
            "text": {"type": "plain_text", "text": question[:300]},
            "confirm": {"type": "plain_text", "text": label[:30]},
            "deny": {"type": "plain_text", "text": "Back"},
        },
    }
    return button | ({"style": style} if style else {})
