"""Notices on a timed change: it is taken back soon, or it is not taken back and why."""

from __future__ import annotations

from datetime import datetime

from bot.domain.change import Change
from bot.domain.change_request import Proposal, command_text
from bot.domain.steps import end_of
from bot.domain.time_limit import words
from bot.slack.views.changes.buttons import end_buttons
from bot.slack.views.changes.card import clip_sentence, customer_line
from bot.slack.views.changes.notification import brief
from bot.slack.views.changes.scope import describe_scope
from bot.slack.views.changes.time_limit import back_words, by_itself
from bot.slack.views.mrkdwn import Blocks, context, escape, format_time, section
from bot.slack.views.notices.notice import Notice
from bot.slack.views.texts import time_limit as texts


def back_notice(notice: Notice) -> tuple[str, Blocks]:
    """Return notification text and blocks; the detail of the notice says which of the two it is.

    One that is not needed any more has no text.
    """
    change, detail, customer_name = notice.change, notice.detail, notice.customer_name
    now = notice.now
    if detail.startswith("soon") and (change.ends_at is None or change.ends_at <= now):
        return "", []
    is_soon = detail.startswith("soon") and change.ends_at is not None and not change.end_note
    text = (
        _soon_text(change, customer_name, now) if is_soon else _not_made_text(change, customer_name)
    )
    lines = [
        customer_line(change, customer_name),
        *(_soon(change) if is_soon else _not_made(change)),
    ]
    blocks = [section("\n".join(lines))]
    if is_soon and (elements := end_buttons(change)):
        blocks.append({"type": "actions", "block_id": "end", "elements": elements})
    blocks.append(context(texts.NOTICE_FOOTER.format(change=change.id)))
    return text, blocks


def _soon_text(change: Change, name: str, now: datetime) -> str:
    left = (
        words(change.ends_at - now) if change.ends_at and change.ends_at > now else words(now - now)
    )
    return escape(
        brief(change, name, texts.SOON_TEXT.format(left=left, back=back_words(change).upper()))
    )


def _not_made_text(change: Change, name: str) -> str:
    return escape(brief(change, name, texts.NOT_MADE_TEXT.format(back=back_words(change).upper())))


def _soon(change: Change) -> list[str]:
    time = format_time(change.ends_at) if change.ends_at else ""
    scope = describe_scope(change)
    return [
        texts.SOON.format(by=by_itself(change), back=back_words(change), scope=scope, time=time)
    ]


def _not_made(change: Change) -> list[str]:
    lines = [clip_sentence(change.end_note) or texts.ENDED_MEANWHILE]
    if (back := end_of(change)) is None:
        return lines
    command = command_text(Proposal(change.customer, back, change.scope))
    return [*lines, texts.TYPE_IT.format(command=escape(command, 300))]
