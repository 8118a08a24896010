"""What a form says that its change would do. All text is escaped mrkdwn."""

from __future__ import annotations

from bot.service.changes.forecast import Forecast
from bot.slack.views.changes.card import customer_line, meaning, preview_lines
from bot.slack.views.changes.time_limit import time_limit_lines
from bot.slack.views.drill import labelled_blocks
from bot.slack.views.mrkdwn import Blocks, context, escape, fit_lines, format_time, section
from bot.slack.views.texts import change_form as texts


def forecast_blocks(found: Forecast, name: str) -> Blocks:
    """Return the numbers, and who decides; ``name`` is the customer's, or ""."""
    change = found.change
    at = change.preview.taken_at if change.preview else change.created_at
    told = _pointless(found) if found.pointless else _numbers(found, name)
    blocks = [section(told), context(texts.COUNTED_AT.format(time=format_time(at)))]
    return labelled_blocks(blocks) if change.drill else blocks


def not_counted(problem: str) -> Blocks:
    """Return why nothing was counted; the sentence is escaped already."""
    return [section(texts.NOT_COUNTED.format(problem=problem))]


def _pointless(found: Forecast) -> str:
    return texts.NOTHING_TO_DO.format(why=escape(found.pointless, 900))


def _numbers(found: Forecast, name: str) -> str:
    change = found.change
    lines = [customer_line(change, name), meaning(change), *preview_lines(change)]
    return fit_lines([*lines, *time_limit_lines(change), _decision(found)])


def _decision(found: Forecast) -> str:
    needed = found.change.approvals_needed
    if not needed:
        return texts.CONFIRM_YOURSELF
    people = ", ".join(found.approvers)
    who = texts.WHO.format(people=people) if people else texts.NOBODY
    return f"{texts.APPROVALS.format(needed)} {who}"
