"""Customer numbers, mail addresses and group names: each parser returns the text or refuses it."""

from __future__ import annotations

import re
from string import ascii_letters, digits

from bot.domain.characters import describe_character, first_not_in, refuse_invisible
from bot.domain.limits import MAX_ADDRESS_CHARS
from bot.errors import InvalidInput

# What help and docs write for the number of a customer. Neither can be one: that begins with digits.
NUMBER = "NUMBER"
PLACEHOLDERS = frozenset({NUMBER, "CUSTOMER"})
CUSTOMER = re.compile(r"[0-9]{5}([A-Z]{2})?")
_LOCAL = re.compile(r"[A-Za-z0-9!$&'*+=^_`{|}~-]+(\.[A-Za-z0-9!$&'*+=^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})+")
# A name with spaces is quoted in a command; an apostrophe inside a name is not a quotation mark.
_QUOTED = re.compile(r"[\"“”„‟]|^['‘’‚‛]|['‘’‚‛]$")
_LOCAL_TAKES = frozenset(f"{ascii_letters}{digits}.!$&'*+=^_`{{|}}~-")
_DOMAIN_TAKES = frozenset(f"{ascii_letters}{digits}.-")
_CUSTOMER_TAKES = frozenset(f"{ascii_letters}{digits}")


class CustomerName(str):
    """The name of a customer, typed in place of the number; a use case finds the number."""

    __slots__ = ()


def parse_customer(text: str) -> str:
    """Return the customer number: five ASCII digits and perhaps two capital letters (`44444DE`).

    Raises InvalidInput. Rule: `[0-9]{5}([A-Z]{2})?` of the API reference.
    """
    refuse_invisible(text, "The customer number")
    if text.upper() in PLACEHOLDERS:
        raise InvalidInput(
            f"{text} stands for a customer's number in the examples: put the number of yours there."
        )
    if not CUSTOMER.fullmatch(text):
        # Only for ASCII: upper() turns the sharp s into SS, which would be another customer.
        meant = text.upper() if text.isascii() else ""
        hint = f" Did you mean {meant}?" if CUSTOMER.fullmatch(meant) else ""
        odd = first_not_in(text, _CUSTOMER_TAKES)
        holds = f" It holds {describe_character(odd)}." if odd else ""
        raise InvalidInput(
            f"“{_shown(text)}” is not a customer number: five digits, perhaps two capital "
            f"letters.{holds}{hint}"
        )
    return text


def parse_address(text: str) -> str:
    """Return the mail address as typed, case kept.

    Stricter than the vendor's pattern, which admits `?`, `#`, `%2F` and newlines in a path segment:
    one `@`, dot-separated parts of common ASCII characters, a domain with a dot, at most 256
    characters. An address that begins with a dash is probably a mistyped option. Raises
    InvalidInput.
    """
    refuse_invisible(text, "The address")
    local, at, domain = text.partition("@")
    if len(text) > MAX_ADDRESS_CHARS:
        raise InvalidInput(f"“{_shown(text)}” is longer than {MAX_ADDRESS_CHARS} characters.")
    if not at or not domain:
        odd = first_not_in(text, _LOCAL_TAKES | {"@"})
        holds = f", and it holds {describe_character(odd)}" if odd else ""
        raise InvalidInput(f"“{_shown(text)}” is not an address: the domain is missing{holds}.")
    if local.startswith("-"):
        raise InvalidInput(f"“{_shown(text)}” is not an address: it begins with a dash.")
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise InvalidInput(
            f"“{_shown(text)}” is not an address that can be used here: {_odd(local, domain)}."
        )
    return text


def _odd(local: str, domain: str) -> str:
    """Return what is wrong with an address, with the first character that is not allowed."""
    if odd := first_not_in(local, _LOCAL_TAKES):
        return f"it holds {describe_character(odd)}"
    if odd := first_not_in(domain, _DOMAIN_TAKES):
        return f"its domain holds {describe_character(odd)}"
    if not local:
        return "nothing stands before the “@”"
    if not _LOCAL.fullmatch(local):
        return "before the “@” a dot stands at the beginning, at the end, or beside another dot"
    if "." not in domain:
        return "its domain has no dot, as in name@example.com"
    return "a part of its domain is empty, too long, or begins or ends with a dash"


def parse_group(text: str) -> str:
    """Return the name of a failover group: 1 to 128 visible characters, a letter or digit among
    them.

    No quotation mark, and no comma: the reference contradicts itself on how several groups are sent
    (as repeated parameters or joined by commas), so a comma could name other groups. Raises
    InvalidInput.
    """
    refuse_invisible(text, "The group")
    name = text.strip()
    # This refuses wildcards, too, should the API have any.
    if not any(char.isalnum() for char in name):
        raise InvalidInput("A group needs a name: --group emea.")
    if quote := _QUOTED.search(name):
        raise InvalidInput(
            f"“{_shown(name)}” is not a group name: it holds {describe_character(quote[0])}, check its quotes."
        )
    if len(name) > 128 or "," in name:
        raise InvalidInput(
            f"“{_shown(name)}” is not a group name: at most 128 characters and no comma. "
            "Repeat --group for several groups."
        )
    return name


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
