"""Texts for users: where to read their mail. A template with placeholders, and what is put in.

A line with a placeholder that has no value is left out. A brace of the text itself is doubled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from bot.domain.characters import describe_character, is_hidden, refuse_invisible
from bot.domain.limits import MAX_CONTACT_CHARS, MAX_PORTAL_URL_CHARS, MAX_TEMPLATE_CHARS
from bot.errors import InvalidInput


class Placeholder(StrEnum):
    """What a template may hold in braces."""

    CUSTOMER_NAME = "customer_name"
    PORTAL_URL = "portal_url"
    SINCE = "since"
    UNTIL = "until"
    CONTACT = "contact"


# The first line of a text for a customer of drills.
DRILL_LINE = "DRILL"
_PARTS = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}|[{}]")
# Invisible, and part of a text in Persian, Hindi, Arabic or Hebrew: joiners and marks of direction.
_NEEDED = "\t\u200c\u200d\u200e\u200f"
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class UserValues:
    """What an admin sets for a customer: ``portal_url`` and ``contact``, ``""`` where it is not set."""

    portal_url: str = ""
    contact: str = ""

    @classmethod
    def of(cls, terms: Mapping[str, object]) -> UserValues:
        """Return the values of an entry. Raises InvalidInput."""
        return cls(
            parse_portal_url(str(terms.get("portal_url", ""))),
            parse_contact(str(terms.get("contact", ""))),
        )

    def terms(self) -> dict[str, object]:
        """Return the terms of the entry."""
        return {"portal_url": self.portal_url, "contact": self.contact}


def parse_template(text: str) -> str:
    """Return the text with plain line ends. Raises InvalidInput, which names the line."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not plain.strip():
        raise InvalidInput("The text is empty.")
    if len(plain) > MAX_TEMPLATE_CHARS:
        raise InvalidInput(
            f"The text has {len(plain):,} characters: at most {MAX_TEMPLATE_CHARS:,} are possible."
        )
    for number, line in enumerate(plain.split("\n"), 1):
        _check(line, number)
    return f"{plain}\n"


def filled(template: str, values: Mapping[Placeholder, str]) -> str:
    """Return the template with these values; what a value holds is put in as it is."""
    lines = []
    for line in template.split("\n"):
        names = [match[1] for match in _PARTS.finditer(line) if match[1] is not None]
        if all(values.get(Placeholder(name)) for name in names):
            lines.append(_PARTS.sub(lambda match: _part(match, values), line))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines))


def placeholders(template: str) -> frozenset[Placeholder]:
    """Return those that a checked template has."""
    return frozenset(Placeholder(one[1]) for one in _PARTS.finditer(template) if one[1] is not None)


def parse_portal_url(text: str) -> str:
    """Return the address of the webmail, ``""`` for none. Raises InvalidInput."""
    url = text.strip()
    if not url:
        return ""
    refuse_invisible(url, "The address of the webmail")
    try:
        parts = urlsplit(url)
        is_one = parts.scheme == "https" and bool(parts.hostname) and not parts.username
    except ValueError:
        is_one = False
    if not is_one or any(char.isspace() or char in '<>"' for char in url):
        raise InvalidInput(
            f"“{url[:60]}” is no address of a webmail: it begins with https://, without a user or spaces."
        )
    if len(url) > MAX_PORTAL_URL_CHARS:
        raise InvalidInput(
            f"The address of the webmail has more than {MAX_PORTAL_URL_CHARS} characters."
        )
    return url


def parse_contact(text: str) -> str:
    """Return whom users ask, in one line, ``""`` for nobody. Raises InvalidInput."""
    contact = " ".join(text.split())
    refuse_invisible(contact, "The contact")
    if len(contact) > MAX_CONTACT_CHARS:
        raise InvalidInput(f"The contact has more than {MAX_CONTACT_CHARS} characters.")
    return contact


def _check(line: str, number: int) -> None:
    known = ", ".join(f"{{{one}}}" for one in Placeholder)
    for match in _PARTS.finditer(line):
        if match[0] in ("{", "}"):
            raise InvalidInput(
                f"Line {number} has a single {match[0]}: placeholders are {known}; a brace of the text is "
                f"doubled, {match[0] * 2}."
            )
        if match[1] is not None and match[1] not in {*Placeholder}:
            raise InvalidInput(
                f"Line {number} has the placeholder {{{match[1][:40]}}}, which there is not: {known}."
            )
    hidden = next((char for char in line if is_hidden(char) and char not in _NEEDED), "")
    if hidden:
        raise InvalidInput(
            f"Line {number} has the invisible character {describe_character(hidden)}."
        )


def _part(match: re.Match[str], values: Mapping[Placeholder, str]) -> str:
    return match[0][0] if match[1] is None else values[Placeholder(match[1])]
