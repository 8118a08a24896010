"""What the API might repeat to us and nobody may read: account, token and password, however spelled."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

from bot.domain.secret import HIDDEN

Hide = Callable[[str], str]


def hiding(*secrets: str) -> Hide:
    """Return a function that takes these texts out of another: plain, escaped or encoded."""
    spelled = {form for secret in secrets if secret for form in _spellings(secret)}
    longest_first = sorted(spelled, key=len, reverse=True)

    def hide(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, HIDDEN)
        return text

    return hide


def account_words(username: str, password: str) -> tuple[str, str, str]:
    """Return what is secret of an account: also its header, as HTTP Basic sends it."""
    header = base64.b64encode(f"{username}:{password}".encode()).decode()
    return username, password, header


def _spellings(secret: str) -> set[str]:
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret, safe=""),
        json.dumps(secret)[1:-1],
        json.dumps(secret).replace("/", "\\/")[1:-1],
        escape(secret),
    }
