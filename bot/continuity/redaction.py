"""What the API might repeat to us and nobody may read: account, token and password, however spelled."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Collection
from html import escape
from urllib.parse import quote, quote_plus

from bot.continuity.encoded_secrets import finding
from bot.domain.secret import HIDDEN

LONGEST_TEXT = 4096  # characters; a longer one is hidden, since it is not looked through
_IDENTITY = re.compile(r"[A-Za-z0-9.:_+-]{1,64}")  # an id or a time, and no sentence

Hide = Callable[[str], str]


def hiding(*secrets: str, names: Collection[str] = ()) -> Hide:
    """Return a function that takes these texts out of another: plain, escaped or encoded.

    A text that holds a secret in disguise (see ``disguises``) is hidden as a whole. ``names`` are taken
    out as they are: what is no more than a name may be part of any word.
    """
    spelled = {form for secret in (*secrets, *names) if secret for form in _spellings(secret)}
    longest_first = sorted(spelled, key=len, reverse=True)
    found = finding(*secrets)

    def hide(text: str) -> str:
        if len(text) > LONGEST_TEXT:
            return HIDDEN
        for secret in longest_first:
            text = text.replace(secret, HIDDEN)
        return HIDDEN if found(text) else text

    return hide


def sealing(*secrets: str) -> Hide:
    """Return the same for an answer to what somebody typed: but for an id or a time nothing is shown."""
    hide = hiding(*secrets)
    return lambda text: hide(text) if _IDENTITY.fullmatch(text) else HIDDEN


def header_of(username: str, password: str) -> str:
    """Return an account's header, as HTTP Basic sends it."""
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def _spellings(secret: str) -> set[str]:
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret, safe=""),
        json.dumps(secret)[1:-1],
        json.dumps(secret).replace("/", "\\/")[1:-1],
        escape(secret),
    }
