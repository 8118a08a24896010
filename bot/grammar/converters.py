"""Converters of single words of a command. Each returns the value or raises InvalidInput."""

from __future__ import annotations

import re
from difflib import get_close_matches

from bot.domain.change import CHANGE_ID
from bot.domain.customer_set import SetName, is_set, parse_set_name
from bot.domain.identifiers import (
    CUSTOMER,
    PLACEHOLDERS,
    CustomerName,
    parse_address,
    parse_customer,
)
from bot.domain.limits import MAX_CUSTOMER_NAME_CHARS, MAX_GRANT_HOURS
from bot.domain.review import ReviewState
from bot.domain.roles import ANY_CUSTOMER, Role, Subject, parse_subject
from bot.errors import InvalidInput
from bot.grammar.syntax_problem import Misread
from bot.grammar.tokenizer import DASH

# What people say for `*`.
ALL_CUSTOMERS = frozenset({"all", "any", "every", "everybody", "everyone"})
SET_OR_MENTION = (
    "A set of customers of the same name as somebody in Slack is named set:NAME, not @NAME."
)
_SLACK_ID = re.compile(r"[UWSCG][A-Z0-9]{2,24}")


def refuse_second_customer(word: str) -> None:
    """Raise InvalidInput for a customer number where none can stand."""
    if CUSTOMER.fullmatch(word):
        raise Misread(
            f"“{word}” is a second customer: a command is for one. Give it once for each.", word
        )


def nearest(typed: str, known: list[str]) -> str:
    """Return ` Did you mean …?` with the nearest of ``known``, or ``""``."""
    found = get_close_matches(typed[:40].lower(), known, 1, 0.6)
    return f" Did you mean {found[0]}?" if found else ""


def direction(word: str) -> bool:
    """Return True for on, False for off."""
    if word.lower() not in {"on", "off"}:
        raise InvalidInput(f"Say on or off before the customer; “{word[:60]}” is neither.")
    return word.lower() == "on"


def address(word: str) -> str:
    """Return a mail address as typed."""
    refuse_second_customer(word)
    if re.search(r"[,;]", word):
        raise InvalidInput(f"“{word[:60]}”: put spaces between addresses, no commas or semicolons.")
    if _SLACK_ID.fullmatch(word):
        raise InvalidInput(
            f"{word} is somebody or something in Slack; a user is named by their mail address."
        )
    if not word:
        raise InvalidInput("An address is empty.")
    return parse_address(word)


def customer_or_set(word: str) -> str:
    """Return a customer number, a CustomerName, or a SetName."""
    if is_set(word):
        return parse_set_name(word)
    if _SLACK_ID.fullmatch(word):
        raise InvalidInput(f"{word} is somebody or something in Slack. {SET_OR_MENTION}")
    return customer(word)


def user_or_customer(word: str) -> str:
    """Return a mail address as typed, a further customer's number, or a SetName."""
    if is_set(word):
        return parse_set_name(word)
    if CUSTOMER.fullmatch(word):
        return word
    if _SLACK_ID.fullmatch(word):
        raise InvalidInput(
            f"{word} is somebody or something in Slack; a user is named by their mail address. {SET_OR_MENTION}"
        )
    return address(word)


def set_name(word: str) -> SetName:
    """Return the name of a set. Mentions have been replaced by their ids before."""
    if _SLACK_ID.fullmatch(word):
        raise InvalidInput(f"{word} is somebody or something in Slack. {SET_OR_MENTION}")
    return parse_set_name(word)


def change_id(word: str) -> str:
    """Return the id of a change in capitals with an ASCII hyphen: `c–7k3mx` becomes C-7K3MX."""
    plain = re.sub(DASH, "-", word).upper()
    if not CHANGE_ID.fullmatch(plain):
        raise InvalidInput(f"“{word[:60]}” is not the id of a change, as in C-7K3MX.")
    return plain


def looks_like_a_number(word: str) -> bool:
    """Whether a word is a customer number, or meant as one; else it may be a customer's name."""
    return not any(map(str.isalpha, word)) or bool(re.fullmatch(r"\d{3,}[A-Za-z]{0,3}", word))


def customer(word: str) -> str:
    """Return a customer number, or a CustomerName."""
    if word.lower() in {"on", "off"} | ALL_CUSTOMERS:
        raise InvalidInput(f"“{word}” is not a customer: put one customer's number.")
    if "@" in word or looks_like_a_number(word) or word.upper() in PLACEHOLDERS:
        return parse_customer(word)
    return CustomerName(customer_name(word))


def customer_or_change(word: str) -> tuple[str | None, str | None]:
    """Return a customer number and None, or None and the id of a change."""
    if re.match(rf"c{DASH}", word, re.IGNORECASE) and " " not in word:
        return None, change_id(word)
    return customer(word), None


def customer_or_any(word: str) -> str:
    """Return a customer number, or `*` for every customer."""
    if word.lower() in ALL_CUSTOMERS:
        raise InvalidInput(f"For every customer, type '{ANY_CUSTOMER}', not “{word}”.")
    return word if word == ANY_CUSTOMER else parse_customer(word)


def named_customer_or_any(word: str) -> str:
    """Return a customer number, a CustomerName, or `*` for every customer."""
    every = word == ANY_CUSTOMER or word.lower() in ALL_CUSTOMERS
    return customer_or_any(word) if every else customer(word)


def review(word: str) -> ReviewState:
    """Return what a review says: accept or object."""
    states = {"accept": ReviewState.ACCEPTED, "object": ReviewState.OBJECTED}
    if word.lower() not in states:
        raise InvalidInput(f"Say accept or object behind the change; “{word[:60]}” is neither.")
    return states[word.lower()]


def subject(word: str) -> Subject:
    """Return the subject of a Slack id. Mentions have been replaced by their ids before."""
    if word[:1] in {"@", "#"}:
        raise InvalidInput(
            f"“{word[:60]}” is only a name: pick the person, user group or channel from the list that "
            "Slack shows while you type."
        )
    return parse_subject(word)


def role(word: str) -> Role:
    """Return the role with this name, regardless of case."""
    known = [each.value for each in Role]
    if word.lower() not in known:
        raise InvalidInput(
            f"There is no role “{word[:60]}”: {', '.join(known)}.{nearest(word, known)}"
        )
    return Role(word.lower())


def person(word: str) -> str:
    """Return the id of a person, `user@host` of a terminal, or a name without the `@` before it."""
    return word.removeprefix("@").strip()[:100]


def on_or_off(word: str) -> bool:
    """Return the value of an option: True for on, False for off."""
    if word.lower() not in {"on", "off"}:
        raise InvalidInput(f"Say on or off; “{word[:60]}” is neither.")
    return word.lower() == "on"


def yes_or_no(word: str) -> bool:
    """Return True for yes, False for no."""
    if word.lower() not in {"yes", "no"}:
        raise InvalidInput(f"Say yes or no; “{word[:60]}” is neither.")
    return word.lower() == "yes"


def hours(word: str) -> int:
    """Return whole hours, 1 to 8760."""
    if not re.fullmatch(r"[0-9]{1,4}", word) or not 1 <= int(word) <= MAX_GRANT_HOURS:
        raise InvalidInput(f"“{word[:60]}” is not a number of hours from 1 to {MAX_GRANT_HOURS}.")
    return int(word)


def customer_name(text: str) -> str:
    """Return the name of a customer: 1 to 80 characters."""
    if not 1 <= len(text) <= MAX_CUSTOMER_NAME_CHARS:
        raise InvalidInput(f"A customer's name has 1 to {MAX_CUSTOMER_NAME_CHARS} characters.")
    return text


def which_grants(word: str) -> Subject | Role | str:
    """Return the filter of a list of grants: a subject, a role or a customer."""
    if word == ANY_CUSTOMER or word[:1].isdigit() or word.lower() in ALL_CUSTOMERS:
        return customer_or_any(word)
    if word[:1] in {"@", "#"} or _SLACK_ID.fullmatch(word):
        return subject(word)
    roles = [each.value for each in Role]
    return role(word) if word.lower() in roles or nearest(word, roles) else customer(word)


def topic(text: str) -> str:
    """Return the topic of the help in small letters with single spaces."""
    return " ".join(text.lower().split())
