"""Which template and which values count for a customer: its own, those for all, those of the bot.

An entry that cannot be read, or that the audit trail does not support, does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from bot.domain.configuration import Entry, Kind
from bot.domain.policy import ANY
from bot.domain.user_text import UserValues, parse_template
from bot.errors import InvalidInput
from bot.ports import Transaction
from bot.service.access.configuration import all_supported
from bot.service.user_texts.built_in import built_in_texts

BUILT_IN = "built-in"
TEXT = "text"


@dataclass(frozen=True, slots=True)
class Template:
    """A text in a language; ``owner`` is a customer, `*`, or BUILT_IN."""

    language: str
    owner: str
    text: str


def entry_name(owner: str, language: str) -> str:
    """Return the name of a template's entry: `44444 de`. Values have the owner's alone."""
    return f"{owner} {language}"


def owner_and_words(entry: Entry) -> tuple[str, str]:
    """Return whose an entry is, and what it holds: `de, 523 characters`, or `webmail …, contact …`."""
    owner, _, language = entry.name.partition(" ")
    if language:
        return owner, f"{language}, {len(str(entry.terms.get(TEXT, ''))):,} characters"
    url, contact = (entry.terms.get(one) or "not set" for one in ("portal_url", "contact"))
    return owner, f"webmail {url}, contact {contact}"


def templates_for(tx: Transaction, customer: str) -> dict[str, Template]:
    """Return the templates that count for a customer, by language."""
    found = {one: Template(one, BUILT_IN, text) for one, text in built_in_texts().items()}
    for owner in (ANY, customer):
        found |= {one.language: one for one in _own(tx, owner)}
    return dict(sorted(found.items()))


def values_for(tx: Transaction, customer: str) -> UserValues:
    """Return the values that count for a customer: each its own, else that for all."""
    own, general = (own_values(tx, one) for one in (customer, ANY))
    return UserValues(own.portal_url or general.portal_url, own.contact or general.contact)


def own_values(tx: Transaction, owner: str) -> UserValues:
    """Return what is set for this customer, or for `*`, itself."""
    for entry in _own_entries(tx, owner):
        if entry.name == owner:
            with suppress(InvalidInput):
                return UserValues.of(entry.terms)
    return UserValues()


def _own(tx: Transaction, owner: str) -> Iterator[Template]:
    for entry in _own_entries(tx, owner):
        if language := entry.name.removeprefix(owner).strip():
            with suppress(InvalidInput):
                text = parse_template(str(entry.terms.get(TEXT, "")))
                yield Template(language, owner, text)


def _own_entries(tx: Transaction, owner: str) -> list[Entry]:
    entries = tx.configured(Kind.TEMPLATE)
    mine = [one for one in entries if one.name.partition(" ")[0] == owner]
    return all_supported(tx, mine, owner) if mine else []
