"""The card of a change: its effect, scope, preview, state, reason, people and buttons."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import SetFlag, is_revealed_to_requester
from bot.domain.change import AWAITING, Change, State
from bot.domain.outcome import FailedUsers
from bot.domain.policy import DEFAULT_APPROVAL
from bot.domain.scope import EVERY_USER, FileUsers, Filters, Groups, Users, describe_filters
from bot.slack.views.changes import wording
from bot.slack.views.changes.buttons import buttons
from bot.slack.views.changes.differences import DIFFERENCES_BLOCK
from bot.slack.views.changes.notification import notification_text
from bot.slack.views.changes.progress import progress_lines, waiting_line
from bot.slack.views.changes.terminal_origin import approvers, at_terminal
from bot.slack.views.mrkdwn import (
    Blocks,
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

# Of one sentence: a section of a card may hold two, and more.
MAX_SENTENCE_CHARS = 1150
WITHDRAWN = frozenset({State.DENIED, State.CANCELLED, State.EXPIRED})
_NOT_ENDED = AWAITING | {State.APPROVED, State.EXECUTING}


def card(
    change: Change,
    name: str,
    failures: Sequence[FailedUsers] = (),
    more: int = 0,
    differences: str = "",
    *,
    asked_by: str = "",
) -> tuple[str, Blocks]:
    """Return notification text and blocks of the card of a change in its present state.

    ``more`` is how many reasons of failures are not among ``failures``, ``differences``
    is what an import changes for its first users; escaped. ``asked_by``: see
    ``notification_text``.
    """
    lines = [f"*{title(change, name)}*", meaning(change), *_names(change)]
    blocks: Blocks = [section("\n".join([*lines, *_preview_lines(change)]))]
    if differences:
        blocks.append(section(differences) | {"block_id": DIFFERENCES_BLOCK})
    if state_lines := _state_lines(change):
        blocks.append(section("\n".join(state_lines)))
    if failures:
        blocks.append(section(failure_lines(failures, more)))
    if change.remarks and change.state in _NOT_ENDED:
        blocks.append(section(fit_lines([f"• {clip_sentence(one)}" for one in change.remarks])))
    if change.reason:
        blocks.append(section(f"Reason: {escape(change.reason)}"))
    requester = f"<@{change.requester}>{at_terminal(change)}"
    footer = f"{change.id} · asked by {requester} {format_time(change.created_at)}"
    if change.state in AWAITING:
        footer += f" · expires {format_time(change.deadline)}"
    blocks.append({"type": "context", "elements": [mrkdwn_text(footer)]})
    if elements := buttons(change, name):
        blocks.append({"type": "actions", "block_id": "decide", "elements": elements})
    return notification_text(change, name, asked_by), blocks


def describe_scope(change: Change) -> str:
    """Return for whom the change is, with the number of users where it is known; escaped."""
    total = change.preview.total if change.preview else None
    match change.scope:
        case Users(addresses=addresses):
            one = len(addresses) == 1
            return join_names(addresses) if one else f"*{len(addresses):,} named users*"
        case Groups(names=names):
            count = count_users(total) if total is not None else "the users"
            groups = join_names(names) if len(names) == 1 else f"{len(names)} groups"
            return f"*{count}* in {groups}"
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
    """Return a line for each reason why users were not reached, with some addresses; escaped."""
    lines = [
        f"• {escape(one.reason, 400)} ({one.users:,}): {join_names(one.addresses, total=one.users)}"
        for one in failures
    ]
    return fit_lines(lines, more=more)


def meaning(change: Change) -> str:
    """Return the effect of the change; escaped.

    Of an ended change that may have had none, "Wanted: " and the effect; of a withdrawn one,
    whether anything was sent.
    """
    if change.state in WITHDRAWN:
        unsent = "Nothing was sent."
        if change.attempts and change.postponed and change.ambiguous_at is None:
            unsent = "No more was sent. What was accepted before stays."
        elif change.attempts:  # withdrawn after an operator had it tried again
            unsent = "No more was sent. Whether an earlier attempt took effect is not known."
        return f"{unsent} It was for {describe_scope(change)}."
    effect = wording(change).meaning(describe_scope(change))
    verified = change.state is State.APPLIED and not change.is_unverified
    return effect if verified or change.state in _NOT_ENDED else f"Wanted: {effect}"


def _names(change: Change) -> list[str]:
    match change.scope:
        case Users(addresses=addresses) if len(addresses) > 1:
            return [join_names(addresses)]
        case Groups(names=names) | Filters(groups=names) if len(names) > 1:
            return [join_names(names, max_names=len(names))]
        case _:
            return []


def _preview_lines(change: Change) -> list[str]:
    preview = change.preview
    # Once it has ended the numbers are out of date: the outcome tells the present ones.
    if change.state not in _NOT_ENDED:
        return []
    if preview is None:
        return ["Counting …"] if change.state in AWAITING else []
    if preview.will_change is not None and (lines := wording(change).numbers(preview)):
        return [*lines]
    unknown = {
        "everyone": "Number not known, this is the whole customer.",
        "groups": "Number not known, these are whole groups.",
        "users": "How they stand now is not known.",
        "filters": "Number not known, these are all users that match.",
        "file": "How they stand now is not known.",
    }[change.scope.kind]
    return [f"*{unknown}* {escape(preview.problem, 500)}".rstrip()]


def _state_lines(change: Change) -> list[str]:
    lines = []
    if change.state in AWAITING and change.asked_again:
        lines.append(asked_again_line(change))
    if change.state is State.AWAITING_APPROVAL:
        lines.append(_approvals_line(change))
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


def _approvals_line(change: Change) -> str:
    people = f" ({approvers(change)})" if change.approvals else ""
    policy = "" if change.policy == DEFAULT_APPROVAL else f" By {escape(change.policy)}."
    count = f"{len(change.approvals)} of {change.approvals_needed}"
    return f"Approvals by others: {count}{people}.{policy}"


def clip_sentence(text: str) -> str:
    """Return a sentence of the bot or the API cut to MAX_SENTENCE_CHARS; escaped."""
    return escape(text, MAX_SENTENCE_CHARS)


def decision_line(change: Change) -> str:
    """Return who denied, withdrew or concluded the change, and why; escaped."""
    if not change.decision_reason:
        return f"Withdrawn by <@{change.decided_by}>."
    who = ""
    if change.state in (State.DENIED, State.CANCELLED) and change.decided_by:
        who = f"By <@{change.decided_by}>: "
    elif change.settled_by:
        what = "Marked as applied" if change.state is State.APPLIED else "Given up"
        who = f"{what} by <@{change.settled_by}>: "
    return who + clip_sentence(change.decision_reason)


def asked_again_line(change: Change) -> str:
    """Return why an earlier approval is no longer valid, and whose it was; escaped."""
    whose = f" {mentions(change.asked_before)}, please decide again." if change.asked_before else ""
    return f"*Asked again*: {clip_sentence(change.asked_again)}{whose}"


def reveal_line(change: Change) -> str:
    """Return who can have the token shown, and until when."""
    deadline = format_time(change.deadline)
    return f"<@{change.requester}>, press Show token until {deadline}. Nobody else can."


def needs_operator_line(change: Change) -> str:
    """Return what a person has to do, since the bot cannot find out what is set; escaped."""
    match change.scope:
        case Users(addresses=(address,)):
            command = f"user show {change.customer} {escape(address)}"
        case _:
            command = f"status {change.customer}"
    text = (
        "Reading back did not settle it: *somebody has to look*. Read back now, or look with "
        f"`/continuity {command}`, then conclude it on the card."
    )
    if isinstance(change.action, SetFlag):
        text += " The opposite change is not held up by this."
    return text
