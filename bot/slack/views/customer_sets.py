"""The replies on sets of customers. All text is escaped mrkdwn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.batch import label
from bot.domain.customer_set import CustomerSet
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.mrkdwn import customer_label, fit_lines
from bot.slack.views.texts import customer_sets as texts


def created(one: CustomerSet) -> str:
    """Return that it is written, and how it is named in a command."""
    customers = ", ".join(one.customers)
    return texts.CREATED.format(
        name=one.name, number=label(len(one.customers)), customers=customers
    )


def deleted(one: CustomerSet) -> str:
    """Return that it is deleted."""
    return texts.DELETED.format(name=one.name)


def shown(one: CustomerSet, names: Mapping[str, str]) -> str:
    """Return a line for each customer."""
    head = texts.SHOWN.format(name=one.name, number=label(len(one.customers)))
    lines = [f"• {customer_label(number, names.get(number, ''))}" for number in one.customers]
    return fit_lines([head, *lines], MAX_MESSAGE_TEXT_CHARS)


def listed(sets: Sequence[CustomerSet]) -> str:
    """Return a line for each set."""
    lines = [texts.LISTED.format(name=one.name, number=label(len(one.customers))) for one in sets]
    return fit_lines(lines, MAX_MESSAGE_TEXT_CHARS) if lines else texts.NONE
