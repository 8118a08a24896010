"""Options separated from words.

The reason must not hold anything that looks like an option or a user.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache

from bot.domain.characters import refuse_invisible
from bot.domain.limits import MAX_REASON_CHARS
from bot.errors import InvalidInput
from bot.grammar.syntax_problem import Misread
from bot.grammar.tokenizer import DASH, HYPHENS, SMART_DASHES, Token

REASON = "--reason"
EMERGENCY = "--emergency"
REPEATED = frozenset({"--group", "--language"})
# Their value may be a mention of a person.
PEOPLE = frozenset({"--person"})

_OPENING = r"[\"'“”„‟‘’‚‛(\[{<,;:.…]"  # may stand before a word
_ADDRESS = re.compile(r"[^\s@]@|@\S*\.\w|@\s+[\w-]+\.[^\W\d_]")
_DASH_LETTERS = (
    "_\u30fc\u1173"  # letters to Unicode; a slip, or what an East Asian keyboard makes of -
)
# Ordinary words, so they look like an option where dashes and a number stand beside them.
_TIMES = frozenset({"--for", "--until"})
_HIDDEN_TIME = re.compile(
    rf"(?:[{HYPHENS}{SMART_DASHES}{_DASH_LETTERS}/]\ *(?:for|until)\b|(?<!\w)(?:for|until)\ *=)\ *=?\ *[0-9]",
    re.IGNORECASE,
)
_NO_NAME = re.compile(rf"^(?:=|{DASH})|\ {DASH}+[^\W\d_]")  # the start of an option, or one inside
_MARKED = re.compile(  # a word behind dashes, with or without a space between, or before `=`
    rf"(?:[{SMART_DASHES}]|[{HYPHENS}]{{2}}|(?<!\S)[{HYPHENS}]|(?<!\w)[{_DASH_LETTERS}])"
    rf"[{HYPHENS}{SMART_DASHES}{_DASH_LETTERS}]*\ *([^\W\d_]+)|([^\W\d_]+)\ *="
)


@dataclass(slots=True)
class ParsedOptions:
    """The words of a command in order, and the values of its options by name."""

    words: list[Token] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)


def parse_options(
    tokens: list[Token], known: Collection[str], bare: Collection[str] = ()
) -> ParsedOptions:
    """Return words and option values.

    ``known`` are the options of this command, as `--group`; those that are ``bare`` take no value.
    Raises InvalidInput for an option that is unknown, shortened, given twice or without its value.
    """
    found, rest = ParsedOptions(), list(tokens)
    while rest:
        token = rest.pop(0)
        if not token.like_an_option:
            found.words.append(token)
            continue
        name, equals, value = token.text.partition("=")
        name = name.lower()
        if name == REASON[1:] and REASON in known:
            name = REASON
        if name not in known:
            raise Misread(unknown_option(name, known), token)
        if name in found.options and name not in REPEATED:
            raise Misread(f"{name} is given twice; once is enough.", token)
        if name in bare:
            if equals:
                raise Misread(f"{name} takes no value.", token)
            text = ""
        elif name == REASON:
            text = _reason(token, value if equals else None, rest, known)
        else:
            text = _value(name, token, value if equals else None, rest)
        found.options.setdefault(name, []).append(text)
    return found


def unknown_option(name: str, known: Collection[str]) -> str:
    """Return the sentence on an option that this command does not have, with the nearest match."""
    if name in {"--", "-"}:
        return "“--” has no meaning here."
    if name == EMERGENCY:
        return f"{EMERGENCY} is for what switches failover or access: this waits for its approvals."
    bare = "--" + name.lstrip("-").partition(" ")[0]
    near = [option for option in known if len(bare) > 2 and option.startswith(bare)]
    near = near or get_close_matches(bare[:40], known, 1, 0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"There is no option “{name[:60]}” here.{hint}"


def _value(name: str, token: Token, value: str | None, rest: list[Token]) -> str:
    """Return the value of an option other than the reason."""
    if value is None and rest and not rest[0].like_an_option:
        token = rest.pop(0)
        value = token.text
    if not value or not value.strip():
        raise Misread(f"{name} needs a value after it.", token)
    if (token.mention and name not in PEOPLE) or (rest and rest[0].glued):
        raise Misread(f"{name} takes a name, not a person, user group or channel of Slack.", token)
    if token.unclosed or _NO_NAME.search(value):
        raise Misread(f"{name} cannot be “{value[:60]}”: check its quotes and dashes.", token)
    return value


def _reason(token: Token, value: str | None, rest: list[Token], known: Collection[str]) -> str:
    """Remove the reason from ``rest``, up to the next known option or the end, and return it."""
    parts = [] if not value else [Token(value, token.raw.partition("=")[2], token.quoted)]
    while rest and not _ends_a_reason(rest[0], known):
        parts.append(rest.pop(0))
    if len(parts) == 1 and parts[0].quoted:
        reason = parts[0].text
    else:
        reason = "".join(("" if part.glued else " ") + part.raw for part in parts).strip()
    if not any(unicodedata.category(char)[0] in "LNS" for char in reason):
        raise Misread("The reason is empty.", token)
    if len(reason) > MAX_REASON_CHARS:
        raise Misread(
            f"The reason is {len(reason)} characters long; {MAX_REASON_CHARS} is the most it can have.",
            token,
        )
    refuse_invisible(reason, "The reason")
    try:
        _refuse_hidden_scope(reason, known)
    except InvalidInput as refusal:
        raise Misread(str(refusal), _suspect(parts, known)) from None
    return reason


def _suspect(parts: list[Token], known: Collection[str]) -> Token | None:
    """Return the part of a reason that is refused, where it is one by itself."""
    for part in parts:
        try:
            _refuse_hidden_scope(part.text, known)
        except InvalidInput:
            return part
    return None


def _ends_a_reason(token: Token, known: Collection[str]) -> bool:
    """Whether this is a known option. A quoted one is part of the reason, and refused there."""
    return not token.opens_with_a_quote and token.text.partition("=")[0].lower() in known


def holds_address(text: str) -> bool:
    """Whether a text holds what is, or may be, an address."""
    return bool(_ADDRESS.search(_as_read(text)))


def _refuse_hidden_scope(reason: str, known: Collection[str]) -> None:
    """Raise InvalidInput for what may be a mistyped option or a user.

    As plain text it would leave the change without that restriction.
    """
    reason = _as_read(reason)
    if _ADDRESS.search(reason):
        raise InvalidInput(
            f"The reason holds an address. Name users before {REASON}, and write it without @."
        )
    names = [option[2:] for option in known if option not in _TIMES]
    if len(names) < len(known) and (time := _HIDDEN_TIME.search(reason)):
        raise InvalidInput(
            f"The reason holds “{time[0].strip()[:60]}”. Put --for or --until before {REASON}, or write "
            "the reason without dashes before words."
        )
    hidden = _like_options(tuple(names)).search(reason)
    found = hidden[0] if hidden else _nearly_an_option(reason, names)
    if found:
        raise InvalidInput(
            f"The reason holds “{found.strip()[:60]}”, which looks like an option. Check its spelling, "
            "or write the reason without dashes before words."
        )


def _as_read(text: str) -> str:
    """Return the text with full-width characters replaced by ASCII ones and without accents."""
    bare = (char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", "".join(bare))


@cache
def _like_options(names: tuple[str, ...]) -> re.Pattern[str]:
    """Match what reads as an option: `--gruop`, `-group`, `x--group`, `x—group`, `group=`,
    `/group`."""
    name = rf"(?:{'|'.join(names)})\b"
    start = rf"(?:^|\ ){_OPENING}*"
    before_a_name = rf"(?:[^\w\s\"'“”„‟‘’()\[\]{{}}]|[{_DASH_LETTERS}\u4e00])+"
    return re.compile(
        rf"{start}(?:--|{DASH}+[^\W\d_]|{before_a_name}{name}|{DASH}\S*{name})\S*"
        rf"|{start}[{_DASH_LETTERS}]{{2,}}[^\W\d_]\S*"
        rf"|{DASH}{{2,}}[^\W\d_]\S*|(?<!\w){DASH}{name}|[{SMART_DASHES}]{name}|(?:^|\W){name}\s*=|(?:^|\W){name}:\w",
        re.IGNORECASE,
    )


def _nearly_an_option(reason: str, names: list[str]) -> str:
    """Return `— gruop` or `gruop=`, where the word is nearly the name of an option."""
    for match in _MARKED.finditer(reason):
        word = (match[1] or match[2])[:40].lower()
        if get_close_matches(word, names, 1, 0.7):  # region is 0.67 of reason, and no slip of it
            return match[0]
    return ""
