"""The card of a change: what, for whom, how many, why, who, and how it stands."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.change import AWAITING, Change, Preview, State, UserOutcome
from bot.domain.scope import Flag, Groups, Users
from bot.slack.views.buttons import buttons
from bot.slack.views.words import Blocks, clip, escape, fit, mrkdwn, people, section, title, when

SHOWN_ADDRESSES = 5
_MEANING = {
    (Flag.FAILOVER, True): "Mail for {} goes to the emergency webmail.",
    (Flag.FAILOVER, False): "Mail for {} goes to the usual mail system again.",
    (Flag.ACCESS, True): "{} may log in to the emergency webmail.",
    (Flag.ACCESS, False): "{} may no longer log in to the emergency webmail.",
}


def card(change: Change, name: str, failures: Sequence[UserOutcome] = ()) -> tuple[str, Blocks]:
    """Return fallback text and blocks of the card as the change stands."""
    lines = [f"*{title(change, name)}*", _MEANING[change.flag, change.on].format(whom(change))]
    lines += _preview_lines(change)
    lines += _state_lines(change)
    asked = f"{change.id} · asked by <@{change.requester}> {when(change.created_at)}"
    if change.state in AWAITING:
        asked += f" · expires {when(change.deadline)}"
    blocks: Blocks = [section("\n".join(lines))]
    if failures:
        blocks.append(section(failure_lines(failures)))
    if change.reason:
        blocks.append(section(f"Reason: {escape(change.reason)}"))
    blocks.append({"type": "context", "elements": [mrkdwn(asked)]})
    offered = buttons(change, name)
    if offered:
        blocks.append({"type": "actions", "block_id": "decide", "elements": offered})
    return f"{title(change, name)}: {change.id}", blocks


def whom(change: Change) -> str:
    """For whom, in words, with the count where it is known; escaped."""
    total = change.preview.total if change.preview else None
    match change.scope:
        case Users(addresses=addresses):
            return f"{len(addresses)} named users ({named(addresses)})"
        case Groups(names=names):
            count = f"{total:,} users" if total is not None else "the users"
            return f"{count} in {escape(', '.join(names))}"
        case _:
            return f"ALL {total:,} users" if total is not None else "ALL users (number not known)"


def failure_lines(failures: Sequence[UserOutcome]) -> str:
    """Users for whom it did not work, a line for each reason; escaped."""
    by_reason: dict[str, list[str]] = {}
    for row in failures:
        by_reason.setdefault(row.reason, []).append(row.address)
    lines = [
        f"• {clip(escape(reason), 400)} ({len(addresses)}): {named(addresses)}"
        for reason, addresses in by_reason.items()
    ]
    return fit(lines)


def named(addresses: Sequence[str]) -> str:
    """The first addresses, and how many more; escaped."""
    more = len(addresses) - SHOWN_ADDRESSES
    shown = ", ".join(clip(escape(one), 300) for one in addresses[:SHOWN_ADDRESSES])
    return shown + (f" and {more:,} more" if more > 0 else "")


def _preview_lines(change: Change) -> list[str]:
    seen = change.preview
    if seen is None:
        return ["Counting …"] if change.state in AWAITING else []
    if seen.will_change is not None:
        return [_counts(change, seen)]
    what = {
        "everyone": "Number not known, this is the whole customer.",
        "groups": "Number not known, these are whole groups.",
        "users": "How they stand now is not known.",
    }[change.scope.kind]
    # A preview that stopped the change says why below.
    why = "" if seen.problem == change.decision_reason else f" {escape(seen.problem)}"
    return [f"*{what}*{why}"]


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
        given = f" ({people(one.approver for one in change.approvals)})" if change.approvals else ""
        lines.append(
            f"Approvals by others: {len(change.approvals)} of {change.approvals_needed}{given}."
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
        lines.append(needs_operator(change))
    if change.outcome and change.outcome.sentence:
        lines.append(escape(change.outcome.sentence))
    if change.decision_reason:
        lines.append(decision(change))
    return lines


def decision(change: Change) -> str:
    """Why it ended without an execution, and by whom; escaped."""
    by_hand = change.state in (State.DENIED, State.CANCELLED) and change.decided_by
    who = f"By <@{change.decided_by}>: " if by_hand else ""
    return who + escape(change.decision_reason)


def needs_operator(change: Change) -> str:
    """What a person has to do, since the bot cannot find out what is set."""
    return (
        "Reading back did not settle it. Look with "
        f"`/continuity status {change.customer}`, then propose what is missing."
    )
