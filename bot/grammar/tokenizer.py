"""Text as Slack sends it, cut into tokens: mentions unwrapped, smart dashes and quotes made plain."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.scope import refuse_invisible
from bot.errors import InvalidInput

MAX_TEXT = 30_000  # characters; 500 addresses fit
_DASH = "\u2010-\u2015\u2212\ufe63\uff0d"
_MENTION = re.compile(r"<(?:@|#|!subteam\^)([A-Z0-9]+)(?:\|[^<>]*)?>")
_MAIL = re.compile(r"<mailto:([^<>|]*)\|([^<>|]*)>")
_DOMAIN = re.compile(r"@<https?://([^<>|/]*)/?\|([^<>|]*)>")
_TOKEN = re.compile(r"""(--[A-Za-z]+=)?(?:"([^"]*)"|'([^']*)')(?=\s|$)|(\S+)""")
_OPENING = re.compile(rf"(?<!\S)(?:-*[{_DASH}][-{_DASH}]*)(?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Token:
    """One word; ``quoted`` is true where quotes made its spaces part of it."""

    text: str
    quoted: bool = False


def _same(match: re.Match[str], lead: str) -> str:
    if match[1].lower() != match[2].lower():
        raise InvalidInput(
            "A link shows another address than it leads to. Type the address plainly."
        )
    return lead + match[2]


def tokenize(text: str) -> list[Token]:
    """Return the tokens of ``text``. Raises InvalidInput for invisible characters or length."""
    if len(text) > MAX_TEXT:
        raise InvalidInput(f"The command is longer than {MAX_TEXT} characters. Split it.")
    refuse_invisible(text, "The command")
    plain = _MAIL.sub(lambda match: _same(match, ""), text)
    plain = _DOMAIN.sub(lambda match: _same(match, "@"), plain)
    plain = _MENTION.sub(r"\1", plain)
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    plain = re.sub("[“”„‟]", '"', " ".join(plain.split()))
    plain = re.sub(r"(?:(?<=\s)|(?<=^)|(?<==))‘([^‘’]*)’(?=\s|$)", r"'\1'", plain)
    plain = _OPENING.sub("--", plain)
    return [_token(match) for match in _TOKEN.finditer(plain)]


def _token(match: re.Match[str]) -> Token:
    if match[4] is not None:
        return Token(match[4])
    inner = match[2] if match[2] is not None else match[3]
    return Token((match[1] or "") + inner, quoted=True)
