"""Text cut into tokens.

Typographic dashes and quotes count as ASCII ones; apostrophes are left alone.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from bot.domain.limits import MAX_COMMAND_CHARS
from bot.errors import InvalidInput
from bot.grammar.slack_markup import LINK, MENTION, unwrap

HYPHENS = "-\u2010\u2011"  # as typed inside words; alone before a letter a slip for two dashes
SMART_DASHES = (
    "\u2012-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d"  # what phones and Macs make of --
)
DASH = rf"[{HYPHENS}{SMART_DASHES}]"

_DOUBLE = '"“”„‟'
_SINGLE = "'‘’‚‛"
_QUOTES = tuple(_DOUBLE + _SINGLE)
_LEAD = re.compile(rf"({DASH}+)(?=[^\W\d_])")
# A quotation is at most 400 long, more than a reason: longer ones stay text, and the work stays
# linear.
_TOKEN = re.compile(
    rf"{MENTION}|(?P<lead>{DASH}+[^\W\d_][\w-]*=)?"
    rf"(?:[{_DOUBLE}](?P<double>.{{0,400}}?)[{_DOUBLE}]|[{_SINGLE}](?P<single>.{{0,400}}?)[{_SINGLE}])(?=\ |\Z)"
    rf"|[^ {MENTION}]+"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token: ``text`` without quotes, ``raw`` as typed.

    ``mention``: it holds a mention. ``glued``: there is no space between it and the text before.
    ``start`` is where it begins in the ``text`` of its line.
    """

    text: str
    raw: str
    quoted: bool = False
    mention: bool = False
    glued: bool = False
    start: int = 0

    @property
    def end(self) -> int:
        """Where it ends in the text of its line."""
        return self.start + len(self.raw)

    @property
    def like_an_option(self) -> bool:
        """Whether it starts like an option, quoted or not; also for a bare `--`."""
        return bool(_LEAD.match(self.text)) or self.text == "--"

    @property
    def unclosed(self) -> bool:
        """Whether a quotation starts here, or after the `=` of an option, and does not end."""
        start = self.text.partition("=")[2] if self.like_an_option else self.text
        return not self.quoted and start.startswith(_QUOTES)

    @property
    def opens_with_a_quote(self) -> bool:
        """Whether its first character as typed is a quotation mark."""
        return self.raw.startswith(_QUOTES)


@dataclass(frozen=True, slots=True)
class Line:
    """A command as it is read: Slack's escapes and links undone, single spaces; and its tokens."""

    text: str
    tokens: list[Token]


def tokenize(text: str) -> Line:
    """Return the text with its tokens. Raises InvalidInput where it is too long or unreadable."""
    if len(text) > MAX_COMMAND_CHARS:
        raise InvalidInput(
            f"The command is {len(text):,} characters long; {MAX_COMMAND_CHARS:,} can be read. Split it."
        )
    plain, pieces = unwrap(text)
    plain = re.sub(r"\s+", " ", plain).strip(" ")
    tokens, shown = list[Token](), ""
    for match in _TOKEN.finditer(plain):
        shown += " " if _follows_a_space(match, plain) else ""
        tokens.append(_token(match, plain, pieces, len(shown)))
        shown += tokens[-1].raw
    return Line(shown, tokens)


def _follows_a_space(match: re.Match[str], plain: str) -> bool:
    return match.start() > 0 and plain[match.start() - 1] == " "


def _token(match: re.Match[str], plain: str, pieces: deque[str], start: int) -> Token:
    typed = match[0]
    raw = "".join(pieces.popleft() if char in LINK + MENTION else char for char in typed)
    quoted = match["double"] is not None or match["single"] is not None
    lead = match["lead"] or ""
    text = lead + raw[len(lead) + 1 : -1].strip() if quoted else raw
    follows_text = match.start() > 0 and not _follows_a_space(match, plain)
    crowded = quoted and MENTION in typed and len(typed) > len(lead) + len(f'"{MENTION}"')
    return Token(
        text=_plain_dashes(text),
        raw=raw,
        quoted=quoted,
        mention=MENTION in typed,
        glued=follows_text or crowded,
        start=start,
    )


def _plain_dashes(text: str) -> str:
    """Return `—group` as `--group`. A single hyphen stays one and is refused later, with a hint."""
    dashes = _LEAD.match(text)
    if not dashes:
        return text
    return ("-" if dashes[1] in HYPHENS else "--") + text[dashes.end() :]
