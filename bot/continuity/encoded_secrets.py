"""Does a text hold a secret, whatever it was made into? Its disguises are looked for, letters and digits alone.

Capitals, punctuation and line breaks do not count: so base64 for URLs, percent signs, `0x` and spaces
between bytes need no rule of their own. What nobody has thought of here is not found.
"""

from __future__ import annotations

import codecs
import re
from base64 import b32encode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import unquote

from bot.telemetry import aligned

SHORTEST = 4  # letters and digits; less is found in every text
ENOUGH = 64  # characters: whoever repeats a secret repeats its beginning
ROUNDS = 3  # of escapes within escapes

_ESCAPED = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_NO_CHARACTER = re.compile(r"[\W_]+")
_BEFORE_BYTE = re.compile(r"\b0[xX]")
_MARKS = re.compile("[xu]")


def finding(*secrets: str) -> Callable[[str], bool]:
    """Return what tells whether a text holds one of these secrets. Shorter ones than SHORTEST are left out."""
    looked_for = [secret[:ENOUGH] for secret in secrets if len(secret) >= SHORTEST]
    plain = {way.casefold() for secret in looked_for for way in _turned(secret)}
    needles = {
        needle
        for secret in looked_for
        for form in _disguises(secret)
        if len(needle := _bare(form)) >= SHORTEST
    }

    def found(text: str) -> bool:
        return any(
            any(way in reading.casefold() for way in plain)
            or any(needle in bare for bare in _bares(reading) for needle in needles)
            for reading in _readings(text)
        )

    return found


def _readings(text: str) -> Iterator[str]:
    """Give the text, and what its escapes stand for, one kind of them after the other."""
    yield text
    for _ in range(ROUNDS):
        before = text
        for read in (_unescaped, unescape, unquote):
            text = read(text)
            yield text
        if text == before:
            return


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda escape: chr(int(escape[1] or escape[2], 16)), text)


def _bare(text: str) -> str:
    return _NO_CHARACTER.sub("", text.casefold())


def _bares(text: str) -> tuple[str, ...]:
    """Return its letters and digits, also without what stands before each byte: `0x`, `x` or `u`."""
    bare = _bare(text)
    return bare, _bare(_BEFORE_BYTE.sub("", text)), bare.replace("0x", ""), _MARKS.sub("", bare)


def _turned(secret: str) -> set[str]:
    straight = {secret, secret.lower(), secret.upper(), codecs.encode(secret, "rot13")}
    return straight | {way[::-1] for way in straight}


def _disguises(secret: str) -> Iterator[str]:
    for way in _turned(secret):
        yield way
        data = way.encode(errors="surrogatepass")
        yield from _in_numbers(data)
        yield from aligned(b32encode, data, 5)
        for form in _encoded(data):
            yield form
            yield from _encoded(form.encode())  # once more: base64 in base64, or in hex
        for code in ("utf-16-le", "utf-16-be"):
            yield from _encoded(way.encode(code, "surrogatepass"))


def _encoded(data: bytes) -> Iterator[str]:
    yield from (data.hex(), data.hex().upper())
    yield from aligned(b64encode, data, 6)
    yield from aligned(urlsafe_b64encode, data, 6)


def _in_numbers(data: bytes) -> Iterator[str]:
    for form in ("d", "o", "03o", "08b"):
        yield "".join(format(octet, form) for octet in data)
