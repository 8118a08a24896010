"""The card of a change: what, for whom, how many, why, who, and how it stands."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import SetFlag, is_revealed_to_requester
from bot.domain.change import AWAITING, Change, FailedUsers, State
from bot.domain.scope import EVERY_USER, FileUsers, Filters, Groups, Users, describe_filters
from bot.slack.views.changes import wording
from bot.slack.views.changes.buttons import buttons
from bot.slack.views.changes.progress import progress_lines, waiting_line
from bot.slack.views.changes.terminal import approvers, at_terminal
from bot.slack.views.mrkdwn import (
    Blocks,
    clip,
    count_users,
    escape,
    fit_lines,
    format_time,
    join_names,
    mentions,
    mrkdwn_text,
    section,
    title,
)

DEFAULT_POLICY = "default: one approval"  # a policy that nobody wonders at
MAX_SENTENCE_CHARS = (
    1150  # characters of one sentence: what else stands on the card must have its room
)
WITHDRAWN = frozenset({State.DENIED, State.CANCELLED, State.EXPIRED})
_AHEAD = AWAITING | {State.APPROVED, State.EXECUTING}


def card(
    change: Change, name: str, failures: Sequence[FailedUsers] = (), more: int = 0
) -> tuple[str, Blocks]:
    """Return fallback text and blocks of the card as the change stands.

    ``more`` is how many reasons of failures are not among ``failures``.
    """
    lines = [f"*{title(change, name)}*", meaning(change), *_names(change)]
    blocks: Blocks = [section("\n".join([*lines, *_preview_lines(change)]))]
    standing = _state_lines(change)
    if standing:
        blocks.append(section("\n".join(standing)))
    if failures:
        blocks.append(section(failure_lines(failures, more)))
    if change.remarks and change.state in _AHEAD:
        blocks.append(section(fit_lines([f"• {clip_sentence(one)}" for one in change.remarks])))
    if change.reason:
        blocks.append(section(f"Reason: {escape(change.reason)}"))
    asked = f"{change.id} · asked by <@{change.requester}>{at_terminal(change)} {format_time(change.created_at)}"
    if change.state in AWAITING:
        asked += f" · expires {format_time(change.deadline)}"
    blocks.append({"type": "context", "elements": [mrkdwn_text(asked)]})
    offered = buttons(change, name)
    if offered:
        blocks.append({"type": "actions", "block_id": "decide", "elements": offered})
    return notification_text(change, name), blocks


def notification_text(change: Change, name: str) -> str:
    """What a notification on a locked phone shows: `WAITING · … · ALL 1,284 users: C-7K3MX`."""
    return f"{title(change, name)} · {describe_scope(change).replace('*', '')}: {change.id}"


def describe_scope(change: Change) -> str:
    """For whom, in words, with the count where it is known; escaped."""
    total = change.preview.total if change.preview else None
    match change.scope:
        case Users(addresses=addresses):
            many = f"*{len(addresses):,} named users*"
            return many if len(addresses) > 1 else join_names(addresses)
        case Groups(names=names):
            count = count_users(total) if total is not None else "the users"
            return (
                f"*{count}* in {join_names(names) if len(names) == 1 else f'{len(names)} groups'}"
            )
        case Filters() if change.scope != EVERY_USER:
            count = f"{total:,} users" if total is not None else "the users"
            return f"*{count}* that match {join_names(describe_filters(change.scope))}"
        case FileUsers(users=users):
            return f"*{count_users(users)}* of a file"
        case _ if total is None:
            return "*ALL users* (number not known)"
        case _:
            return f"*ALL {total:,} users*" if total else "*ALL users*"


def failure_lines(failures: Sequence[FailedUsers], more: int = 0) -> str:
    """Users for whom it did not work, a line for each reason; escaped."""
    lines = [
        f"• {clip(escape(one.reason), 400)} ({one.users:,}): {join_names(one.addresses, of=one.users)}"
        for one in failures
    ]
    return fit_lines(lines, more=more)


def meaning(change: Change) -> str:
    """What it does; for what was not, or may not have been, done in words that cannot be misread."""
    if change.state in WITHDRAWN:
        unsent = "Nothing was sent."
        if change.attempts and change.postponed and change.ambiguous_at is None:
            unsent = "No more was sent. What was accepted before stays."
        elif change.attempts:  # taken back after an operator had it tried again
            unsent = "No more was sent. Whether an earlier attempt took effect is not known."
        return f"{unsent} It was for {describe_scope(change)}."
    words = wording(change).meaning(describe_scope(change))
    done = change.state is State.APPLIED and not change.is_unverified
    return words if done or change.state in _AHEAD else f"Wanted: {words}"


def _names(change: Change) -> list[str]:
    match change.scope:
        case Users(addresses=addresses) if len(addresses) > 1:
            return [join_names(addresses)]
        case Groups(names=names) | Filters(groups=names) if len(names) > 1:
            return [join_names(names, most=len(names))]
        case _:
            return []


def _preview_lines(change: Change) -> list[str]:
    seen = change.preview
    if change.state not in _AHEAD:  # then it is history, and the outcome tells what is set now
        return []
    if seen is None:
        return ["Counting …"] if change.state in AWAITING else []
    lines = [*wording(change).numbers(seen)] if seen.will_change is not None else []
    if lines:
        return lines
    what = {
        "everyone": "Number not known, this is the whole customer.",
        "groups": "Number not known, these are whole groups.",
        "users": "How they stand now is not known.",
        "filters": "Number not known, these are all users that match.",
        "file": "How they stand now is not known.",
    }[change.scope.kind]
    return [f"*{what}* {clip(escape(seen.problem), 500)}".rstrip()]


def _state_lines(change: Change) -> list[str]:
    lines = []
    if change.state in AWAITING and change.asked_again:
        lines.append(asked_again_line(change))
    if change.state is State.AWAITING_APPROVAL:
        given = f" ({approvers(change)})" if change.approvals else ""
        why = "" if change.policy.startswith(DEFAULT_POLICY) else f" By {escape(change.policy)}."
        lines.append(
            f"Approvals by others: {len(change.approvals)} of {change.approvals_needed}{given}.{why}"
        )
    if change.state is State.APPROVED and is_revealed_to_requester(change.action):
        lines.append(reveal_line(change))
    elif change.state is State.APPROVED and change.waits_for:
        lines.append(waiting_line(change))
    lines += progress_lines(change)
    if change.outcome and change.outcome.sentence:
        lines.append(clip_sentence(change.outcome.sentence))
    if change.state is State.APPROVED and change.next_try_at:
        lines.append(
            f"Next try {format_time(change.next_try_at)}, until {format_time(change.deadline)}."
        )
    if change.decision_reason or (change.state is State.CANCELLED and change.decided_by):
        lines.append(decision_line(change))
    if change.state is State.NEEDS_OPERATOR:
        lines.append(needs_operator_line(change))
    return lines


def clip_sentence(text: str) -> str:
    """A sentence of the API or of ours that may hold typed text; escaped."""
    return clip(escape(text), MAX_SENTENCE_CHARS)


def decision_line(change: Change) -> str:
    """What a person decided besides the approval, and why; escaped."""
    who = ""
    if not change.decision_reason:
        return f"Withdrawn by <@{change.decided_by}>."
    if change.state in (State.DENIED, State.CANCELLED) and change.decided_by:
        who = f"By <@{change.decided_by}>: "
    elif change.settled_by:
        what = "Marked as applied" if change.state is State.APPLIED else "Given up"
        who = f"{what} by <@{change.settled_by}>: "
    return who + clip_sentence(change.decision_reason)


def asked_again_line(change: Change) -> str:
    """Why an earlier yes no longer holds, and whose it was; escaped."""
    whose = f" {mentions(change.asked_before)}, please decide again." if change.asked_before else ""
    return f"*Asked again*: {clip_sentence(change.asked_again)}{whose}"


def reveal_line(change: Change) -> str:
    """Who has to press, and until when; escaped."""
    return f"<@{change.requester}>, press Show token until {format_time(change.deadline)}. Nobody else can."


def needs_operator_line(change: Change) -> str:
    """What a person has to do, since the bot cannot find out what is set."""
    match change.scope:
        case Users(addresses=(address,)):
            command = f"user show {change.customer} {escape(address)}"
        case _:
            command = f"status {change.customer}"
    words = (
        "Reading back did not settle it: *somebody has to look*. Read back now, or look with "
        f"`/continuity {command}`, then conclude it on the card."
    )
    held_up = " The opposite change is not held up by this."
    return words + (held_up if isinstance(change.action, SetFlag) else "")
