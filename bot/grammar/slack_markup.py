"""Undo what Slack does to a text before sending it: mentions, links and escaped characters."""

from __future__ import annotations

import re
import unicodedata
from collections import deque

from bot.domain.characters import refuse_invisible
from bot.errors import InvalidInput

# Placeholders. A lone surrogate in the text itself is refused below.
LINK = "\ud800"
MENTION = "\ud801"

_ANGLE = re.compile(r"<([^<>]*)>")
_PERSON_OR_PLACE = re.compile(r"(?:@(?=[UW])|#(?=[CG])|!subteam\^(?=S))([A-Z0-9]{2,25})(?:\|.*)?")
_ANCHOR = re.compile(r"(mailto:|tel:|https?://)([^|]*)(?:\|(.+))?", re.IGNORECASE)


def unwrap(text: str) -> tuple[str, deque[str]]:
    """Return the text with placeholders for mentions and links, and the replaced texts in order.

    ``<@U1|name>``, ``<#C1|name>``, ``<!subteam^S1|@name>`` stand for the id; ``<mailto:…|…>`` and
    web links for what the reader sees. ``&lt; &gt; &amp;`` become characters after that, so that an
    escaped mention stays text. Raises InvalidInput for invisible characters and for a link that
    shows something else than its target.
    """
    _refuse_unreadable(text)
    plain, pieces, at = "", deque[str](), 0
    for match in _ANGLE.finditer(text):
        plain += unescape(text[at : match.start()])
        at = match.end()
        body = unescape(match[1])
        if mention := _PERSON_OR_PLACE.fullmatch(body):
            plain += MENTION
            pieces.append(mention[1])
        elif link := _ANCHOR.fullmatch(body):
            pieces.append(_shown(link, domain_only=plain.endswith("@")))
            plain += LINK
        else:
            plain += f"<{body}>"
    return plain + unescape(text[at:]), pieces


def _shown(link: re.Match[str], *, domain_only: bool) -> str:
    scheme, target, label = link[1], link[2], link[3]
    is_web = scheme.lower().startswith("http")
    if label is None:
        return f"{scheme}{target}" if is_web and not domain_only else target.rstrip("/")
    if label.lower().rstrip("/") in {
        target.lower().rstrip("/"),
        (scheme + target).lower().rstrip("/"),
    }:
        return label
    raise InvalidInput(
        f"The link “{label[:60]}” leads to “{target[:60]}”. Type the text itself, without a link."
    )


def escape(text: str) -> str:
    """Return the text as Slack sends it, so that ``unwrap`` gives it back."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Undo Slack's three escapes, once: `&amp;lt;` is the text `&lt;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _refuse_unreadable(text: str) -> None:
    refuse_invisible(text, "The command")
    for char in text:
        if unicodedata.category(char) == "Cs":
            raise InvalidInput(
                f"The command holds half a character (U+{ord(char):04X}). Type it again without it."
            )
