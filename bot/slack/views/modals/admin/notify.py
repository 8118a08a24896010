"""The form for who is told of a change that waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from bot.domain.notify import DEFAULT, QuietHours, Step
from bot.domain.notify_terms import parse_quiet, parse_reminders, parse_steps, terms_of, words
from bot.service.access.notify_rules import NotifyWish
from bot.service.queries.administered import Administered
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.admin_modal import (
    CUSTOMER,
    AdminModal,
    Row,
    customer_of,
    label,
)
from bot.slack.views.modals.modal import Parts
from bot.slack.views.mrkdwn import Blocks, escape
from bot.slack.views.roles import person
from bot.slack.views.texts import admin as texts

STEPS, REMINDERS, QUIET = "steps", "reminders", "quiet"


def wish_of(values: Values) -> NotifyWish:
    """Return the rule that was filled in. Raises InvalidInput."""
    quiet = _quiet(values)
    return NotifyWish(_steps(values), _reminders(values), quiet, no_quiet=quiet is None)


def _steps(values: Values) -> tuple[Step, ...]:
    return parse_steps(str(values.get(STEPS) or "").split(","))


def _reminders(values: Values) -> tuple[timedelta, ...]:
    return parse_reminders(str(values.get(REMINDERS) or ""))


def _quiet(values: Values) -> QuietHours | None:
    typed = str(values.get(QUIET) or "").strip()
    return parse_quiet(typed) if typed else None


@dataclass(frozen=True, slots=True)
class NotifyModal(AdminModal):
    """Sets who is told for a customer, when, and the quiet hours."""

    callback_id: ClassVar[str] = "admin_notify"
    title: ClassVar[str] = texts.NOTIFY
    intro: ClassVar[str] = texts.NOTIFY_INTRO
    parts: ClassVar[Parts] = {
        CUSTOMER: customer_of,
        STEPS: _steps,
        REMINDERS: _reminders,
        QUIET: _quiet,
    }

    def inputs(self) -> Blocks:
        """Return the inputs for a row."""
        now = terms_of(DEFAULT)
        steps, reminders = (", ".join(map(str, _list(now[one]))) for one in (STEPS, REMINDERS))
        return [
            self.customer(),
            self.line(STEPS, texts.STEPS, texts.STEPS_HINT, 200, default=steps),
            self.line(REMINDERS, texts.REMINDERS, texts.REMINDERS_HINT, 100, default=reminders),
            self.line(QUIET, texts.QUIET, texts.QUIET_HINT, 100, optional=True),
        ]

    @classmethod
    def rows_of(cls, found: Administered) -> list[Row]:
        """Return the rows that there are."""
        return [
            Row(
                texts.NOTIFY_ROW.format(
                    customer=label(found, row.customer),
                    rule=escape(words(row)),
                    who=person(row.set_by),
                ),
                row.customer,
            )
            for row in found.notify
        ]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
