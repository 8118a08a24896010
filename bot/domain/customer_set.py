"""Sets of customers: named in a command as `@emea` or `set:emea` in place of their numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.configuration import Entry
from bot.domain.identifiers import CUSTOMER, parse_customer
from bot.domain.limits import MAX_BATCH_CUSTOMERS, MAX_SET_NAME_CHARS
from bot.errors import InvalidInput

# Slack makes a mention of a person or user group of `@NAME` where there is one of that name.
PREFIX = "set:"
# No dot: `@example.com` is the rest of a mistyped address.
_NAME = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{MAX_SET_NAME_CHARS - 1}}}")
# What Slack makes of them notifies people.
_RESERVED = frozenset({"all", "any", "channel", "every", "everyone", "here"})


class SetName(str):
    """The name of a set in a command, without `@`; a use case finds the customers."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class CustomerSet:
    """A set, with the numbers of 1 to MAX_BATCH_CUSTOMERS customers in the order in which they were given."""

    name: SetName
    customers: tuple[str, ...]

    @classmethod
    def of(cls, entry: Entry) -> CustomerSet:
        """Return the set of an entry. Raises InvalidInput where it is none."""
        customers = entry.terms.get("customers")
        if not isinstance(customers, list):
            raise InvalidInput(f"The set {entry.name} cannot be read.")
        return make_set(parse_set_name(entry.name), [str(one) for one in customers])

    def terms(self) -> dict[str, object]:
        """Return the terms of its entry."""
        return {"customers": [*self.customers]}


def make_set(name: SetName, numbers: Sequence[str]) -> CustomerSet:
    """Return a set; a customer given twice counts once. Raises InvalidInput."""
    customers = tuple(dict.fromkeys(parse_customer(one) for one in numbers))
    if not 1 <= len(customers) <= MAX_BATCH_CUSTOMERS:
        raise InvalidInput(
            f"A set has 1 to {MAX_BATCH_CUSTOMERS} customers, and these are {len(customers)}."
        )
    return CustomerSet(name, customers)


def parse_set_name(text: str) -> SetName:
    """Return the name of `emea`, `@emea` or `set:emea`, in small letters. Raises InvalidInput."""
    name = text.lower().removeprefix(PREFIX).removeprefix("@")
    if not _NAME.fullmatch(name) or CUSTOMER.fullmatch(name.upper()) or name in _RESERVED:
        raise InvalidInput(
            f"“{text[:60]}” is not the name of a set: up to {MAX_SET_NAME_CHARS} letters, digits and dashes, "
            "as emea; no customer's number, and no word for everybody."
        )
    return SetName(name)


def is_set(word: str) -> bool:
    """Whether a word of a command is the name of a set."""
    return word.startswith("@") or word.lower().startswith(PREFIX)
