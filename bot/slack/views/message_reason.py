"""The reason that a form begins with, from the text of the message below which it was opened."""

from __future__ import annotations

import re

from bot.domain.characters import is_hidden
from bot.domain.limits import MAX_REASON_CHARS
from bot.redaction import log_redactor
from bot.slack.views.mrkdwn import cut

# Of `<…>`: what is shown of a date, a channel or a link; people, user groups and addresses are left out.
_ENTITY = re.compile(r"<([^<>]*)>")
_LEFT_OUT = re.compile(r"[@!](?!date)|mailto:|tel:")
_WITH_AT = re.compile(r"\S*@\S*")
_redact = log_redactor(())


def reason_from(text: str) -> str:
    """Return one line without mentions, addresses and tokens, cut to MAX_REASON_CHARS.

    ``text`` is escaped, as Slack delivers it.
    """
    shown = _ENTITY.sub(lambda entity: _shown(entity[1]), text)
    for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        shown = shown.replace(escaped, plain)
    shown = " ".join(_WITH_AT.sub(" ", _redact(shown)).split())
    return cut("".join(char for char in shown if not is_hidden(char)), MAX_REASON_CHARS)


def _shown(entity: str) -> str:
    target, _, label = entity.partition("|")
    if _LEFT_OUT.match(target):
        return " "
    return f"#{label}" if target.startswith("#") and label else label or target
