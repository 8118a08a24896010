"""The form for sets of customers."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import ClassVar

from bot.domain.admin_commands import CreateSetCommand
from bot.domain.configuration import Entry, Kind
from bot.domain.customer_set import CustomerSet, SetName, make_set, parse_set_name
from bot.errors import InvalidInput
from bot.service.queries.administered import Administered
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.admin_modal import AdminModal, Row
from bot.slack.views.modals.modal import Parts
from bot.slack.views.mrkdwn import Blocks, join_names
from bot.slack.views.roles import person
from bot.slack.views.texts import admin as texts

NAME, CUSTOMERS = "name", "customers"
_BETWEEN = re.compile(r"[\s,;]+")


def command_of(values: Values) -> CreateSetCommand:
    """Return the command that says the same. Raises InvalidInput."""
    return CreateSetCommand(_name(values), _customers(values))


def _name(values: Values) -> SetName:
    return parse_set_name(str(values.get(NAME) or "").strip())


def _customers(values: Values) -> tuple[str, ...]:
    numbers = [one for one in _BETWEEN.split(str(values.get(CUSTOMERS) or "")) if one]
    return make_set(SetName(), numbers).customers


@dataclass(frozen=True, slots=True)
class SetsModal(AdminModal):
    """Writes a set of customers, all of which the person administers."""

    callback_id: ClassVar[str] = "admin_sets"
    title: ClassVar[str] = texts.SETS
    intro: ClassVar[str] = texts.SETS_INTRO
    parts: ClassVar[Parts] = {NAME: _name, CUSTOMERS: _customers}

    def inputs(self) -> Blocks:
        """Return the inputs for a row."""
        return [
            self.line(NAME, texts.SET_NAME, texts.SET_NAME_HINT),
            self.line(CUSTOMERS, texts.SET_CUSTOMERS, texts.SET_CUSTOMERS_HINT),
        ]

    @classmethod
    def rows_of(cls, found: Administered) -> list[Row]:
        """Return the sets of which they administer every customer."""
        rows = [_row(found, one) for one in found.configured if one.kind is Kind.SET]
        return [row for row in rows if row is not None]


def _row(found: Administered, entry: Entry) -> Row | None:
    with contextlib.suppress(InvalidInput):
        customers = CustomerSet.of(entry).customers
        if all(map(found.covers, customers)):
            words = texts.SET_ROW.format(
                name=entry.name, customers=join_names(customers, 20), who=person(entry.set_by)
            )
            return Row(words, entry.name)
    return None
