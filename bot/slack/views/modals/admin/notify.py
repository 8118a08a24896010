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
from bot.slack.views.modals.inputs import text_input
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
        told = {name: ", ".join(map(str, terms_of(DEFAULT)[name])) for name in (STEPS, REMINDERS)}  # type: ignore[call-overload]
        return [
            self.customer(),
            text_input(
                STEPS,
                texts.STEPS,
                self.text(STEPS, told[STEPS]),
                hint=texts.STEPS_HINT,
                max_length=200,
            ),
            text_input(
                REMINDERS,
                texts.REMINDERS,
                self.text(REMINDERS, told[REMINDERS]),
                hint=texts.REMINDERS_HINT,
                max_length=100,
            ),
            text_input(
                QUIET,
                texts.QUIET,
                self.text(QUIET),
                optional=True,
                hint=texts.QUIET_HINT,
                max_length=100,
            ),
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
