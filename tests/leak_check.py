"""Search a text for secrets in every encoding that they may have taken."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus


def spellings(secret: str) -> Iterator[str]:
    """The secret as it is, encoded, and escaped."""
    yield secret
    yield quote(secret)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield b64encode(secret.encode()).decode().rstrip("=")
    yield urlsafe_b64encode(secret.encode()).decode().rstrip("=")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield repr(secret.encode())[2:-1]
    yield html.escape(secret)


def leaked(secrets: Iterable[str], text: str) -> list[str]:
    """Return what of the secrets stands in the text, in whatever case.

    That is every spelling, and every run of 8 letters and digits, which no escape changes.
    """
    low = text.lower()
    parts = {
        part
        for secret in secrets
        for part in (*spellings(secret), *re.findall(r"[A-Za-z0-9]{8,}", secret))
    }
    return sorted(part for part in parts if part.lower() in low)
