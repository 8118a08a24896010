"""Notices on break-glass: it was decided alone, its review is owed, somebody reviewed it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.change import Change
from bot.domain.emergency import Emergency
from bot.domain.review import ReviewState
from bot.slack.button_values import ChangeButton
from bot.slack.views.changes.buttons import has_way_back
from bot.slack.views.changes.card import customer_line, meaning
from bot.slack.views.changes.emergency import MAX_SHOWN_CHARS, review_line, said_by
from bot.slack.views.changes.notification import notification_text
from bot.slack.views.changes.terminal_origin import requester
from bot.slack.views.mrkdwn import (
    Blocks,
    button,
    channel_mention,
    context,
    escape,
    format_time,
    section,
)
from bot.slack.views.notices.notice import Notice
from bot.slack.views.notices.report import BACK
from bot.slack.views.texts import emergency as texts
from bot.slack.views.texts import reach as reach_texts
from bot.slack.views.texts import report as report_texts


def decided_alone(notice: Notice, by: str, link: str) -> tuple[str, Blocks]:
    """Return notification text and blocks.

    ``by`` is the commander's name, ``link`` leads to the card; ``""`` where it is not known or not posted.
    """
    change, alone = notice.change, notice.change.emergency
    if alone is None:
        return "", []
    lines = [texts.TOLD.format(person=_person(alone), time=format_time(alone.at))]
    if alone.terminal and notice.person == alone.commander:
        lines.append(texts.SAID_FOR_YOU.format(terminal=escape(alone.terminal, 300)))
    lines += _what(notice, alone)
    lines.append(texts.REVIEW_IT.format(link=link).rstrip())
    text = _text(notice, alone, by, texts.EMERGENCY)
    return text, [section("\n".join(lines)), _footer(change)]


def review_owed(notice: Notice, by: str, link: str) -> tuple[str, Blocks]:
    """Return the daily reminder; no text where the change was reviewed meanwhile."""
    change, alone = notice.change, notice.change.emergency
    if alone is None or not change.is_review_owed:
        return "", []
    lines = [texts.STILL_OWED.format(person=_person(alone), time=format_time(alone.at))]
    lines += [*_what(notice, alone), texts.REVIEW_IT.format(link=link).rstrip()]
    text = _text(notice, alone, by, texts.REVIEW_OWED)
    return text, [section("\n".join(lines)), _footer(change)]


def reviewed(notice: Notice, asked_by: str) -> tuple[str, Blocks]:
    """Return an objection, with the way back; or a review that was said at a terminal."""
    change, review = notice.change, notice.change.review
    if review is None or review.state is ReviewState.OWED:
        return "", []
    objects = review.state is ReviewState.OBJECTED
    lines = [review_line(change, review)]
    if review.terminal and notice.person == review.reviewer:
        lines.append(texts.SAID_FOR_YOU.format(terminal=escape(review.terminal, 300)))
    lines += [customer_line(change, notice.customer_name), meaning(change)]
    blocks: Blocks = [section("\n".join(lines))]
    if objects and has_way_back(change):
        value = ChangeButton(change=change.id, revision=change.revision)
        # Pressed in any channel, it counts as pressed in that of the change, as in a report.
        elements = [button(BACK[0], report_texts.BACK, value)]
        blocks.append({"type": "actions", "block_id": "back", "elements": elements})
        blocks.append(context(texts.BACK))
    prefix = texts.OBJECTION if objects else texts.ACCEPTED_AT_TERMINAL
    text = notification_text(change, notice.customer_name, asked_by, prefix=prefix)
    return text, [*blocks, _footer(change)]


def _text(notice: Notice, alone: Emergency, by: str, prefix: str) -> str:
    """Return the notification: who decided it and why stand in place of who asked."""
    decided = replace(notice.change, reason=alone.reason)
    person = by or alone.terminal or alone.commander
    return notification_text(decided, notice.customer_name, person, prefix=prefix)


def _person(alone: Emergency) -> str:
    return said_by(alone.commander, alone.terminal)


def _what(notice: Notice, alone: Emergency) -> list[str]:
    change = notice.change
    return [
        customer_line(change, notice.customer_name),
        meaning(change),
        texts.WHY.format(reason=escape(alone.reason, MAX_SHOWN_CHARS)),
        reach_texts.ASKED_BY.format(
            requester=requester(change), time=format_time(change.created_at)
        ),
    ]


def _footer(change: Change) -> dict[str, object]:
    return context(texts.FOOTER.format(change=change.id, channel=channel_mention(change.channel)))
