"""The form in which a change is proposed by somebody who does not know the command."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from bot.domain.change_commands import ActivateCommand, FlagCommand, RestoreCommand
from bot.domain.characters import refuse_invisible
from bot.domain.identifiers import CUSTOMER as NUMBER
from bot.domain.identifiers import parse_customer
from bot.domain.limits import MAX_TYPED_USERS
from bot.domain.scope import Everyone, Flag, Groups, Scope, Users
from bot.domain.time_limit import AskedTime, parse_lasts, parse_until
from bot.errors import InvalidInput
from bot.grammar import holds_address
from bot.slack.payloads import CHOSEN_CHANNEL, Values
from bot.slack.views.modals.inputs import (
    REASON,
    channel_select,
    input_block,
    reason_input,
    reason_of,
    select,
    suggested_select,
    text_input,
)
from bot.slack.views.modals.modal import Modal, Parts, Submission, View, filled, problems_of, read
from bot.slack.views.mrkdwn import Blocks, button, section
from bot.slack.views.texts import change_form as texts
from bot.slack.views.texts.forms import PROPOSE

WHAT, CUSTOMER, WHOM, NAMES, TIME, UNTIL = "what", "customer", "whom", "names", "time", "until"
# Buttons, and the select that is answered while somebody types.
OPEN, COUNT, SUGGEST = "form_open", "form_count", "form_customer"
_NO_CUSTOMER = "form"
_ACTIVATE, _RESTORE = "activate", "restore"
_EVERYONE, _FOR_GOOD, _UNTIL = "everyone", "good", "until"
_BETWEEN = {"groups": re.compile(r"[,\n]"), "users": re.compile(r"[\s,;]+")}


@dataclass(frozen=True, slots=True)
class ChangeModal(Modal):
    """Asks for all of a change; ``typed`` stands in it, ``label`` is that of the customer chosen.

    ``channel`` "": the person chooses it, ``offered`` is chosen at first. ``counted`` says what the
    change would do.
    """

    callback_id: ClassVar[str] = "change_form"

    channel: str = ""
    typed: Values = field(default_factory=dict)
    label: str = ""
    offered: str = ""
    counted: Blocks = field(default_factory=list)

    def build(self) -> dict[str, Any]:
        """Return the modal. It carries ids only."""
        chosen, own = self._text, self.channel
        blocks = [
            select(WHAT, texts.WHAT, texts.WHAT_OPTIONS, chosen(WHAT)),
            suggested_select(
                CUSTOMER,
                texts.CUSTOMER,
                SUGGEST,
                chosen=chosen(CUSTOMER),
                text=self.label,
                hint=texts.CUSTOMER_HINT,
            ),
            select(WHOM, texts.WHOM, texts.WHOM_OPTIONS, chosen(WHOM, _EVERYONE)),
            self._names(),
            select(TIME, texts.TIME, texts.TIME_OPTIONS, chosen(TIME, _FOR_GOOD), texts.TIME_HINT),
            self._until(),
            reason_input(chosen(REASON), optional=True),
            *([] if own else [self._channel()]),
            {
                "type": "actions",
                "block_id": COUNT,
                "elements": [button(COUNT, texts.COUNT, "form")],
            },
            *(self.counted or [section(texts.COUNT_FIRST)]),
        ]
        return self.modal(_about(self.typed), own, texts.TITLE, PROPOSE, blocks)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Check each field."""
        return problems(cls.parse(view).values)

    @classmethod
    def parse(cls, view: View) -> Submission:
        """Read a submission; ``values`` hold what was filled in, ``channel`` "" is not chosen yet.

        It is about the customer, where one is chosen.
        """
        asked = read(view)
        values = filled(asked.values)
        channel = str(values.get(CHOSEN_CHANNEL, asked.channel))
        return replace(asked, about=_about(values), channel=channel, values=values)

    def _text(self, block: str, default: str = "") -> str:
        return str(self.typed.get(block) or default)

    def _channel(self) -> dict[str, Any]:
        chosen = self._text(CHOSEN_CHANNEL, self.offered)
        return channel_select(CHOSEN_CHANNEL, texts.CHANNEL, chosen, hint=texts.CHANNEL_HINT)

    def _names(self) -> dict[str, Any]:
        block = text_input(
            NAMES, texts.NAMES, self._text(NAMES), optional=True, hint=texts.NAMES_HINT
        )
        block["element"]["multiline"] = True
        return block

    def _until(self) -> dict[str, Any]:
        element = {"type": "timepicker"}
        element |= {"initial_time": at} if (at := self._text(UNTIL)) else {}
        return input_block(UNTIL, texts.UNTIL, element, optional=True, hint=texts.UNTIL_HINT)


def _about(values: Values) -> str:
    customer = str(values.get(CUSTOMER) or "")
    return customer if NUMBER.fullmatch(customer) else _NO_CUSTOMER


def problems(values: Values) -> dict[str, str]:
    """Return a sentence for each field that is missing or wrong."""
    return problems_of(values, _PARTS)


def command_of(values: Values) -> FlagCommand | ActivateCommand | RestoreCommand:
    """Return the command that says the same as the form. Raises InvalidInput."""
    what, customer = _what(values), _customer(values)
    scope, reason, time = _scope(values), _reason(values), _time(values)
    if what == _ACTIVATE:
        return ActivateCommand(customer, scope, reason, time)
    if what == _RESTORE:
        return RestoreCommand(customer, scope, reason)
    flag, _, direction = what.partition(":")
    return FlagCommand(Flag(flag), direction == "on", customer, scope, reason, time=time)


def _what(values: Values) -> str:
    chosen = str(values.get(WHAT) or "")
    if chosen not in texts.WHAT_OPTIONS:
        raise InvalidInput(texts.WHAT_MISSING)
    return chosen


def _customer(values: Values) -> str:
    if not values.get(CUSTOMER):
        raise InvalidInput(texts.CUSTOMER_MISSING)
    return parse_customer(str(values[CUSTOMER]))


def _scope(values: Values) -> Scope:
    whom, typed = str(values.get(WHOM) or _EVERYONE), str(values.get(NAMES) or "")
    if whom not in _BETWEEN:
        if typed.strip():
            raise InvalidInput(texts.NAMES_NOT_USED)
        return Everyone()
    names = tuple(one.strip() for one in _BETWEEN[whom].split(typed) if one.strip())
    if not names:
        raise InvalidInput(texts.NAMES_MISSING)
    if whom == "groups":
        return Groups(names)
    if len(names) > MAX_TYPED_USERS:
        raise InvalidInput(texts.TOO_MANY.format(most=MAX_TYPED_USERS, count=len(names)))
    return Users(names)


def _time(values: Values) -> AskedTime | None:
    lasts, until = str(values.get(TIME) or _FOR_GOOD), str(values.get(UNTIL) or "")
    if values.get(WHAT) == _RESTORE and (lasts != _FOR_GOOD or until):
        raise InvalidInput(texts.RESTORE_HAS_A_RULE)
    if lasts == _UNTIL:
        if not until:
            raise InvalidInput(texts.UNTIL_MISSING)
        return parse_until(until)
    if until:
        raise InvalidInput(texts.UNTIL_NOT_USED)
    return None if lasts == _FOR_GOOD else parse_lasts(lasts)


def _reason(values: Values) -> str:
    typed = str(values.get(REASON, ""))
    refuse_invisible(" ".join(typed.split()), texts.THE_REASON)
    reason = reason_of(typed)
    if holds_address(reason):
        raise InvalidInput(texts.REASON_HOLDS_ADDRESS)
    return reason


_PARTS: Parts = {
    WHAT: _what,
    CUSTOMER: _customer,
    NAMES: _scope,
    UNTIL: _time,
    REASON: _reason,
}
