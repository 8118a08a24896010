"""The card of a change: its effect, scope, preview, state, buttons, reason and people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.actions import is_revealed_to_requester, switches
from bot.domain.change import Change
from bot.domain.change_state import AWAITING, UNDER_WAY, State
from bot.domain.outcome import FailedUsers
from bot.domain.policy import DEFAULT_APPROVAL
from bot.domain.scope import Filters, Groups, Users
from bot.slack.limits import MAX_SECTION_CHARS
from bot.slack.views.changes import wording
from bot.slack.views.changes.buttons import buttons
from bot.slack.views.changes.differences import DIFFERENCES_BLOCK
from bot.slack.views.changes.emergency import emergency_lines
from bot.slack.views.changes.headings import card_header
from bot.slack.views.changes.looked import looked_line
from bot.slack.views.changes.notification import notification_text
from bot.slack.views.changes.progress import progress_lines, waiting_line
from bot.slack.views.changes.scope import describe_scope
from bot.slack.views.changes.steps import step_lines, step_receipts
from bot.slack.views.changes.terminal_origin import approvers, requester
from bot.slack.views.changes.time_limit import back_words, by_itself, time_limit_lines
from bot.slack.views.mrkdwn import (
    Blocks,
    context,
    customer_label,
    escape,
    fit_lines,
    format_time,
    join_names,
    mention,
    mentions,
    section,
)
from bot.slack.views.texts import card as texts
from bot.slack.views.texts import time_limit as limit_texts

# Of one sentence: a section of a card may hold two, and more.
MAX_SENTENCE_CHARS = 900
# Beside the table of a batch, within the 12,000 characters of a message.
MAX_BATCH_REMARKS_CHARS = 1_500
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
    opposites: Sequence[str] = (),
    again: bool = True,
    warning: str = "",
    reached: Sequence[str] = (),
    table: Sequence[dict[str, Any]] = (),
    elements: Blocks | None = None,
) -> tuple[str, Blocks]:
    """Return notification text and blocks of the card of a change in its present state.

    What is decided comes first and the buttons right below, so that a phone shows them together.
    ``more`` is how many reasons of failures are not among ``failures``, ``differences``
    is what an import changes for its first users, ``opposites`` are lines that name the opposite
    changes, ``warning`` is what stands in the way of a decision, ``reached`` are lines on who is
    asked; all escaped. ``asked_by``: see ``notification_text``, ``again``: see ``buttons``. Of a batch, ``table`` are blocks on
    each customer, and ``elements`` its buttons.
    """
    lines = [customer_line(change, name), meaning(change), *_names(change)]
    blocks: Blocks = [
        card_header(change),
        section("\n".join([*lines, *preview_lines(change), *_time_limit_lines(change)])),
    ]
    blocks += table
    if differences:
        blocks.append(section(differences) | {"block_id": DIFFERENCES_BLOCK})
    if opposites:
        blocks.append(section("\n".join(opposites)))
    if warning:
        blocks.append(section(warning))
    if state_lines := _state_lines(change):
        blocks.append(section("\n".join(state_lines)))
    if emergency := emergency_lines(change):
        blocks.append(section("\n".join(emergency)))
    if failures:
        blocks.append(section(failure_lines(failures, more)))
    if change.remarks and change.state in _NOT_ENDED:
        room = MAX_BATCH_REMARKS_CHARS if table else MAX_SECTION_CHARS
        remarks = [f"• {clip_sentence(one)}" for one in change.remarks]
        blocks.append(section(fit_lines(remarks, room)))
    if elements is None:
        elements = buttons(change, name, again=again)
    if elements:
        blocks.append({"type": "actions", "block_id": "decide", "elements": elements})
    if reached:
        blocks.append(section("\n".join(reached)))
    if change.reason:
        blocks.append(section(texts.REASON.format(reason=escape(change.reason))))
    blocks.append(context("\n".join(_footer(change))))
    return notification_text(change, name, asked_by), blocks


def customer_line(change: Change, name: str) -> str:
    """Return the customer, bold: what stands first below the header; escaped."""
    return f"*{customer_label(change.customer, name)}*"


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
    scope = describe_scope(change)
    if change.state in WITHDRAWN:
        form = texts.UNSENT
        if change.was_sent and change.postponed and change.ambiguous_at is None:
            form = texts.NO_MORE_SENT
        elif change.was_sent:  # withdrawn after an operator had it tried again
            form = texts.NO_MORE_SENT_NOT_KNOWN
        return form.format(scope=scope)
    effect = wording(change).meaning(scope)
    verified = change.state is State.APPLIED and not change.is_unverified
    is_told = verified or change.state in _NOT_ENDED
    return effect if is_told else texts.WANTED.format(effect=effect)


def _names(change: Change) -> list[str]:
    match change.scope:
        case Users(addresses=addresses) if len(addresses) > 1:
            return [join_names(addresses)]
        case Groups(names=names) | Filters(groups=names) if len(names) > 1:
            return [join_names(names, max_names=len(names))]
        case _:
            return []


def preview_lines(change: Change) -> list[str]:
    """Return what was counted, as long as the change has not ended; escaped."""
    preview = change.preview
    # Once it has ended the numbers are out of date: the outcome tells the present ones.
    if change.state not in _NOT_ENDED:
        return []
    if preview is None:
        return [texts.COUNTING] if change.state in AWAITING else []
    if preview.will_change is not None and (lines := wording(change).numbers(preview)):
        return [*lines]
    not_counted = texts.NOT_COUNTED[change.scope.kind]
    return [f"{not_counted} {escape(preview.problem, 500)}".rstrip()]


def _time_limit_lines(change: Change) -> list[str]:
    if change.state in _NOT_ENDED | UNDER_WAY:
        return time_limit_lines(change)
    if change.ends_at:
        return [
            limit_texts.ENDING.format(
                by=by_itself(change), back=back_words(change), time=format_time(change.ends_at)
            )
        ]
    return [f"⏱ {clip_sentence(change.end_note)}"] if change.end_note else []


def _state_lines(change: Change) -> list[str]:
    lines = step_lines(change)
    if change.state in AWAITING and change.asked_again:
        lines.append(asked_again_line(change))
    if change.state is State.APPROVED and is_revealed_to_requester(change.action):
        lines.append(reveal_line(change))
    elif change.state is State.APPROVED and change.waits_for:
        lines.append(waiting_line(change))
    lines += progress_lines(change)
    if change.outcome and change.outcome.sentence:
        lines.append(clip_sentence(change.outcome.sentence))
    if change.state is State.APPROVED and change.next_try_at:
        time, deadline = format_time(change.next_try_at), format_time(change.deadline)
        lines.append(texts.NEXT_TRY.format(time=time, deadline=deadline))
    if change.batch and change.batch == change.id:
        return lines
    if change.decision_reason or (change.state is State.CANCELLED and change.decided_by):
        lines.append(decision_line(change))
    if change.state is State.NEEDS_OPERATOR:
        lines += [found] if (found := looked_line(change)) else []
        lines.append(needs_operator_line(change))
    return lines


def _footer(change: Change) -> list[str]:
    """The approvals as long as they are missing, and who asked when."""
    asked = {"change": change.id, "requester": requester(change)}
    asked["time"] = format_time(change.created_at)
    lines = [" · ".join(receipts)] if (receipts := step_receipts(change)) else []
    if change.state is State.AWAITING_APPROVAL:
        lines.append(_approvals_line(change))
    if change.state in AWAITING:
        deadline = format_time(change.deadline)
        return [*lines, texts.FOOTER_EXPIRES.format(**asked, deadline=deadline)]
    if change.back_of:
        return [limit_texts.FOOTER_WAY_BACK.format(**asked, timed=change.back_of)]
    return [*lines, texts.FOOTER.format(**asked)]


def _approvals_line(change: Change) -> str:
    form = texts.APPROVALS_BY if change.approvals else texts.APPROVALS
    given, needed = len(change.approvals), change.approvals_needed
    line = form.format(given=given, needed=needed, people=approvers(change))
    if change.policy == DEFAULT_APPROVAL:
        return line
    return f"{line} {texts.POLICY.format(policy=escape(change.policy))}"


def clip_sentence(text: str) -> str:
    """Return a sentence of the bot or the API cut to MAX_SENTENCE_CHARS; escaped."""
    return escape(text, MAX_SENTENCE_CHARS)


def decision_line(change: Change) -> str:
    """Return who denied, withdrew or concluded the change, and why; escaped."""
    reason = clip_sentence(change.decision_reason)
    if not reason:
        return texts.WITHDRAWN.format(person=mention(change.decided_by or ""))
    if change.state in (State.DENIED, State.CANCELLED) and change.decided_by:
        return texts.DECIDED.format(person=mention(change.decided_by), reason=reason)
    if change.settled_by:
        given_up = change.state is State.GIVEN_UP
        form = texts.GIVEN_UP if given_up else texts.MARKED_AS_APPLIED
        return form.format(person=mention(change.settled_by), reason=reason)
    return reason


def asked_again_line(change: Change) -> str:
    """Return why an earlier approval is no longer valid, and whose it was; escaped."""
    why, people = clip_sentence(change.asked_again), mentions(change.asked_before)
    form = texts.ASKED_AGAIN_PEOPLE if people else texts.ASKED_AGAIN
    return form.format(why=why, people=people)


def reveal_line(change: Change) -> str:
    """Return who can have the token shown, and until when."""
    person, deadline = mention(change.requester), format_time(change.deadline)
    return texts.PRESS_SHOW_TOKEN.format(person=person, deadline=deadline)


def needs_operator_line(change: Change) -> str:
    """Return what a person has to do, since the bot cannot find out what is set; escaped."""
    match change.scope:
        case Users(addresses=(address,)):
            command = f"user show {change.customer} {escape(address)}"
        case _:
            command = f"status {change.customer}"
    line = texts.NEEDS_A_PERSON.format(command=command)
    if switches(change.action):
        return f"{line} {texts.OPPOSITE_MAY_START}"
    return line
