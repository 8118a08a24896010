"""What views say of changes and approvals that were given at the terminal, without a click."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.change import CLICKED, Change
from bot.slack.views.changes.scope import describe_scope
from bot.slack.views.mrkdwn import Blocks, escape, format_time, mention, mentions, section, title
from bot.slack.views.texts import card as card_texts
from bot.slack.views.texts import terminal as texts


def requester(change: Change) -> str:
    """Return a mention of the requester, with the terminal if they sat at one; escaped."""
    person = mention(change.requester)
    if not change.terminal:
        return person
    return card_texts.AT_TERMINAL.format(person=person, terminal=escape(change.terminal, 300))


def approvers(change: Change) -> str:
    """Return mentions of the approvers, and where they approved if not by a click; escaped."""
    return ", ".join(
        mention(one.approver)
        if one.via == CLICKED
        else card_texts.APPROVED_ELSEWHERE.format(
            person=mention(one.approver), how=escape(one.via, 300)
        )
        for one in change.approvals
    )


def verbal_approval_notice(
    change: Change, name: str, recipient: str, admins: Collection[str]
) -> tuple[str, Blocks]:
    """Return text and blocks about an approval that somebody else gave at the terminal.

    ``recipient`` is the named approver, the requester, an admin or a channel. ``admins`` are those
    to turn to.
    """
    contacts = mentions(sorted(set(admins) - {recipient})) or texts.SECURITY_TEAM
    approver_ids = {*(one.approver for one in change.approvals), *change.asked_before}
    other = recipient in {change.requester, *admins} or recipient.startswith(("C", "G"))
    if other and recipient not in approver_ids:
        return _notice_to_others(change, name, recipient, contacts)
    approval = next((one for one in change.approvals if one.approver == recipient), None)
    person = mention(recipient)
    first = texts.YOUR_APPROVAL_VOID.format(person=person, change=change.id)
    if approval is not None:
        how, time = escape(approval.via, 300), format_time(approval.at)
        first = texts.YOUR_APPROVAL_HOW.format(person=person, change=change.id, how=how, time=time)
    asked = mention(change.requester)
    scope = describe_scope(change)
    lines = [
        first,
        texts.WHAT.format(title=title(change, name), scope=scope, requester=asked),
        *_reason(change),
        texts.IF_NOT_YOU.format(contacts=contacts),
    ]
    return texts.YOUR_APPROVAL.format(change=change.id), [section("\n".join(lines))]


def _notice_to_others(
    change: Change, name: str, recipient: str, contacts: str
) -> tuple[str, Blocks]:
    by_words = texts.BY_WORDS.format(change=change.id)
    named = [texts.NAMED_YOU] if recipient == change.requester else []
    void = texts.VOID_APPROVERS.format(people=mentions(change.asked_before))
    lines = [
        " ".join([by_words, *named]),
        texts.WHAT_APPROVED.format(
            title=title(change, name),
            scope=describe_scope(change),
            requester=requester(change),
            approvers=approvers(change) or void,
        ),
        *_reason(change),
        texts.IF_NOT_KNOWN.format(contacts=contacts),
    ]
    return texts.APPROVED_BY_WORDS.format(change=change.id), [section("\n".join(lines))]


def _reason(change: Change) -> list[str]:
    return [card_texts.REASON.format(reason=escape(change.reason))] if change.reason else []
