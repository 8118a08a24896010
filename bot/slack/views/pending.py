"""The reply to `/continuity pending`. All text is escaped mrkdwn."""

from __future__ import annotations

from datetime import timedelta

from bot.service.queries.history import LAPSING, OpenChange, Pending
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.card_link import link
from bot.slack.views.mrkdwn import (
    customer_label,
    fit_lines,
    format_clock_time,
    format_time,
    heading,
    mention,
    mentions,
)
from bot.slack.views.texts import emergency as emergency_texts
from bot.slack.views.texts import pending as texts


def pending(found: Pending, team_url: str) -> str:
    """Return a line for each open change, which is a link to its card, or why there is none."""
    elsewhere = [texts.ELSEWHERE.format(found.elsewhere)] if found.elsewhere else []
    if not found.may_view:
        return texts.NOTHING_TO_SEE
    if not found.rows and not found.reviews:
        return "\n".join(
            [texts.NOTHING_WAITS_HERE if found.here else texts.NOTHING_WAITS, *elsewhere]
        )
    room = MAX_MESSAGE_TEXT_CHARS - len("".join(elsewhere)) - 1
    lines = [_line(row, found, team_url) for row in found.rows]
    lines += [review_line(row, team_url) for row in found.reviews]
    return "\n".join([fit_lines(lines, room, more=found.more), *elsewhere])


def _line(row: OpenChange, found: Pending, team_url: str) -> str:
    change = row.change
    template = texts.LAPSES if change.state in LAPSING else texts.UNDER_WAY
    return template.format(
        change=link(row, team_url, change.id) or change.id,
        action=change.action.title,
        customer=customer_label(change.customer, "", drill=change.drill),
        time=format_clock_time(change.deadline),
        state=heading(change),
        person=mentions([change.requester]),
        age=_age(found.at - change.created_at),
    )


def review_line(row: OpenChange, team_url: str) -> str:
    """Return the line of a change whose review is owed."""
    alone = row.change.emergency
    return emergency_texts.PENDING.format(
        change=link(row, team_url, row.change.id) or row.change.id,
        action=row.change.action.title,
        customer=customer_label(row.change.customer, row.name, drill=row.change.drill),
        time=format_time(alone.at if alone else row.change.created_at),
        person=mention(alone.commander if alone else row.change.requester),
    )


def _age(age: timedelta) -> str:
    minutes = max(0, age // timedelta(minutes=1))
    if minutes < 120:
        return texts.MINUTES.format(minutes)
    return (
        texts.HOURS.format(minutes // 60) if minutes < 2880 else texts.DAYS.format(minutes // 1440)
    )
