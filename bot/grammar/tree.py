"""From tokens to a command: nothing is guessed, and no option is ever swallowed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.commands import (
    Audit,
    Cancel,
    Command,
    Help,
    NameCustomer,
    Pending,
    RoleGrant,
    RoleList,
    RoleRevoke,
    SetFlag,
    Status,
    WhoAmI,
)
from bot.domain.roles import ANY_CUSTOMER, Role, Subject, check_grantable, parse_subject
from bot.domain.scope import Everyone, Flag, Groups, Scope, Users, parse_address, parse_customer
from bot.errors import InvalidInput
from bot.grammar.pages import COMMANDS, nearest
from bot.grammar.tokenizer import Token, tokenize

_CHANGE = re.compile(r"C-[0-9A-HJKMNP-TV-Z]{5,10}")
_OPTION_LIKE = re.compile(
    r"(?:^|\s)-[-A-Za-z]|--|[-\u2010-\u2015\u2212](?:\W*(?:group|reason)|\S*=)|\bgroup\s*=",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Line:
    name: str
    words: list[str] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)

    def fail(self, what: str) -> InvalidInput:
        return InvalidInput(f"{what} Example: {COMMANDS[self.name].examples[0]}")

    def count(self, low: int, high: int) -> None:
        if len(self.words) < low:
            raise self.fail("Something is missing.")
        if len(self.words) > high:
            raise self.fail(f"“{self.words[high][:60]}” is too much here.")

    def one(self, option: str) -> str | None:
        values = self.options.get(option, [])
        if len(values) > 1:
            raise self.fail(f"{option} is given twice.")
        return values[0] if values else None


def parse(text: str) -> Command:
    """Return the command of ``text``; empty text is Help(None). Raises InvalidInput, nothing else."""
    tokens = tokenize(text)
    if not tokens:
        return Help(None)
    for size in (2, 1):
        name = " ".join(token.text.lower() for token in tokens[:size])
        if len(tokens) >= size and name in COMMANDS:
            return _BUILD[name](_read(name, tokens[size:]))
    typed = " ".join(token.text for token in tokens[:2])
    first = tokens[0].text
    hint = nearest(first, list(COMMANDS)) or nearest(typed, list(COMMANDS))
    raise InvalidInput(f"There is no command “{first[:60]}”.{hint} Type help for the list.")


def _read(name: str, tokens: list[Token]) -> _Line:
    line, known, at = _Line(name), [option for option, _ in COMMANDS[name].options], 0
    while at < len(tokens):
        token, at = tokens[at], at + 1
        option, equals, value = token.text.partition("=")
        option = option.lower()
        if not token.text.startswith("-") or (token.quoted and option not in known):
            line.words.append(token.text)
            continue
        if option not in known:
            raise line.fail(f"There is no option “{option[:60]}” here.{nearest(option, known)}")
        first = [Token(value, token.quoted)] if equals else []
        end = at
        if option == "--reason":
            while end < len(tokens) and not _known(tokens[end], known):
                end += 1
        elif not equals and at < len(tokens) and not tokens[at].text.startswith("-"):
            end = at + 1
        taken, at = first + tokens[at:end], end
        joined = " ".join(part.text for part in taken).strip()
        if not joined:
            raise line.fail(f"The {option[2:]} is empty.")
        if option == "--reason":
            if len(taken) > 1 and any(part.quoted for part in taken):
                raise line.fail("Text stands beside the quoted reason; is it a mistyped user?")
            _check_reason(line, joined)
        line.options.setdefault(option, []).append(joined)
    return line


def _known(token: Token, known: list[str]) -> bool:
    return token.text.partition("=")[0].lower() in known


def _check_reason(line: _Line, reason: str) -> None:
    if len(reason) > 300:
        raise line.fail("The reason is longer than 300 characters.")
    if _OPTION_LIKE.search(reason):
        raise line.fail("The reason holds something like an option; check its spelling.")
    if "@" in reason:
        raise line.fail(
            "The reason holds an address: put users before --reason, and leave @ out of it."
        )


def _set_flag(line: _Line) -> Command:
    if len(line.words) < 2 or line.words[0].lower() not in {"on", "off"}:
        raise line.fail("Say on or off, then the customer.")
    customer = parse_customer(line.words[1])
    users = tuple(parse_address(word) for word in line.words[2:])
    groups = tuple(line.options.get("--group", []))
    if users and groups:
        raise line.fail("Either users or groups, not both.")
    scope: Scope = Users(users) if users else Groups(groups) if groups else Everyone()
    on = line.words[0].lower() == "on"
    return SetFlag(Flag(line.name), on, customer, scope, line.one("--reason") or "")


def _optional_customer(line: _Line) -> str | None:
    line.count(0, 1)
    return parse_customer(line.words[0]) if line.words else None


def _status(line: _Line) -> Command:
    line.count(1, 1)
    return Status(parse_customer(line.words[0]))


def _cancel(line: _Line) -> Command:
    line.count(1, 1)
    change = line.words[0].upper()
    if not _CHANGE.fullmatch(change):
        raise line.fail(f"“{change[:60]}” is not the id of a change.")
    return Cancel(change)


def _audit(line: _Line) -> Command:
    if len(line.words) == 1 and _CHANGE.fullmatch(line.words[0].upper()):
        return Audit(change_id=line.words[0].upper())
    return Audit(customer=_optional_customer(line))


def _subject(word: str) -> Subject:
    if word.startswith("@"):
        raise InvalidInput(f"Pick {word[:60]} from Slack's list, so that it becomes a mention.")
    return parse_subject(word)


def _role(word: str) -> Role:
    if word.lower() not in list(Role):
        raise InvalidInput(f"There is no role “{word[:60]}”.{nearest(word, list(Role))}")
    return Role(word.lower())


def _anywhere(word: str) -> str:
    return word if word == ANY_CUSTOMER else parse_customer(word)


def _role_list(line: _Line) -> Command:
    line.count(0, 3)
    words = list(line.words)
    customer = (
        _anywhere(words.pop()) if words and (words[-1] == "*" or words[-1][0:1].isdigit()) else None
    )
    role = _role(words.pop()) if words and words[-1].lower() in list(Role) else None
    if len(words) > 1:
        raise line.fail("A subject, a role and a customer, in this order.")
    return RoleList(_subject(words[0]) if words else None, role, customer)


def _role_grant(line: _Line) -> Command:
    line.count(3, 3)
    subject, role = _subject(line.words[0]), _role(line.words[1])
    check_grantable(subject, role)
    hours = line.one("--hours")
    if hours is not None and not (re.fullmatch(r"[0-9]{1,4}", hours) and 1 <= int(hours) <= 8760):
        raise line.fail("The hours are a whole number from 1 to 8760.")
    return RoleGrant(subject, role, _anywhere(line.words[2]), int(hours) if hours else None)


def _role_revoke(line: _Line) -> Command:
    line.count(3, 3)
    return RoleRevoke(_subject(line.words[0]), _role(line.words[1]), _anywhere(line.words[2]))


def _name(line: _Line) -> Command:
    name = " ".join(line.words[1:]).strip()
    if not 1 <= len(name) <= 80:
        raise line.fail("A customer and a name of 1 to 80 characters, please.")
    return NameCustomer(parse_customer(line.words[0]), name)


_BUILD: dict[str, Callable[[_Line], Command]] = {
    "failover": _set_flag,
    "access": _set_flag,
    "status": _status,
    "pending": lambda line: Pending(_optional_customer(line)),
    "cancel": _cancel,
    "audit": _audit,
    "role list": _role_list,
    "role grant": _role_grant,
    "role revoke": _role_revoke,
    "customer name": _name,
    "whoami": lambda line: WhoAmI(_optional_customer(line)),
    "help": lambda line: Help(" ".join(line.words).lower() or None),
}
