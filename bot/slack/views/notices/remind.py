"""A reminder to somebody who was told of a waiting change and has not looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.change import Change
from bot.ports import Recipient
from bot.slack.views.changes.card import clip_sentence, customer_line, meaning
from bot.slack.views.changes.notification import notification_text
from bot.slack.views.changes.reached import looking_people
from bot.slack.views.changes.terminal_origin import requester
from bot.slack.views.mrkdwn import Blocks, escape, format_clock_time, format_time, section
from bot.slack.views.texts import card as card_texts
from bot.slack.views.texts import reach as texts


@dataclass(frozen=True, slots=True)
class Reminded:
    """A waiting change: the customer's name, the requester's, and a link to the direct message.

    ``recipients`` are all who were told of it.
    """

    change: Change
    name: str
    asked_by: str
    link: str
    recipients: Sequence[Recipient] = ()


def reminder(one: Reminded) -> tuple[str, Blocks]:
    """Return notification text and blocks."""
    deadline = format_clock_time(one.change.deadline)
    first = [texts.STILL_WAITS.format(deadline=deadline)]
    if looking := looking_people(one.recipients):
        first.append(texts.LOOKING.format(people=looking))
    return _notice(one, texts.REMINDER, first)


def asked_again(one: Reminded) -> tuple[str, Blocks]:
    """Return the same for somebody who has the direct message, when a new decision is needed."""
    deadline = format_clock_time(one.change.deadline)
    why = clip_sentence(one.change.asked_again)
    return _notice(one, "", [texts.ASKED_AGAIN.format(deadline=deadline, why=why)])


def _notice(one: Reminded, prefix: str, first: list[str]) -> tuple[str, Blocks]:
    change = one.change
    lines = [*first, customer_line(change, one.name), meaning(change)]
    time = format_time(change.created_at)
    lines.append(texts.ASKED_BY.format(requester=requester(change), time=time))
    if change.reason:
        lines.append(card_texts.REASON.format(reason=escape(change.reason, 500)))
    if one.link:
        lines.append(texts.PRESS.format(link=one.link))
    text = notification_text(change, one.name, one.asked_by, prefix=prefix)
    return text, [section("\n".join(lines))]
