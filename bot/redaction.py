"""Redaction: take secrets out of a text, however they are spelled or encoded.

``log_redactor`` replaces secrets in whatever is logged. ``message_redactor`` is for what the
continuity API says and a person reads: it replaces secrets too, and withholds a whole text that
contains one in an encoding. ``receipt_redactor`` is for answers to a typed secret: of them only an
id or a time is ever shown. An encoding that is not listed here is not found.
"""

from __future__ import annotations

import codecs
import html
import json
import re
from base64 import b32encode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterator
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "[hidden]"  # in what a person reads
REDACTED = "[redacted]"  # in a log line
MIN_SECRET_CHARS = 4  # a shorter one is found in every text
MAX_SEARCHED_TEXT_CHARS = 4096  # a longer message is withheld, since it is not searched
MAX_SEARCHED_CHARS = 64  # of a secret: a text that repeats it repeats its beginning
MAX_NESTED_ESCAPES = 3

# Secrets of anybody, known by their form: tokens, webhooks, authorization headers, tickets of WebSocket URLs.
_TOKENS = (
    r"\bx(?:ox[a-z]|app)-[\w.%-]+",
    r"(?<=hooks\.slack\.com/)[\w/%-]+",
    r"(?<=Basic )[\w+/-]{16,}",
    r"(?<=Bearer )[\w.%~+/-]{16,}",
    r"(?<=[?&]ticket=)[\w%-]+",
)
_ID_OR_TIME = re.compile(r"[A-Za-z0-9.:_+-]{1,64}")
_ESCAPED = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[\W_]+")
_BYTE_PREFIX = re.compile(r"\b0[xX]")
_X_OR_U = re.compile("[xu]")

Redactor = Callable[[str], str]


def log_redactor(secrets: Collection[str]) -> Redactor:
    """Return a function that replaces these secrets in a text: plain, escaped or encoded.

    It also replaces what has the form of a token or an authorization header. Secrets shorter than
    MIN_SECRET_CHARS are left out.
    """
    whole = [secret for secret in secrets if len(secret) >= MIN_SECRET_CHARS]
    encoded = [
        form
        for secret in whole
        for form in (secret[::-1], *_encoded(secret.encode()))
        if len(form) >= MIN_SECRET_CHARS
    ]
    patterns = [_spelled(form) for form in sorted({*whole, *encoded}, key=len, reverse=True)]
    pattern = re.compile("|".join((*patterns, *_TOKENS)), re.IGNORECASE)
    return lambda text: pattern.sub(REDACTED, text)


def message_redactor(*secrets: str, names: Collection[str] = ()) -> Redactor:
    """Return a function that replaces these secrets in a message, or withholds all of it.

    It is withheld if it is longer than MAX_SEARCHED_TEXT_CHARS or contains an encoded secret. ``names``,
    such as a user name, are replaced as they are and withhold nothing: they may be part of any
    word.
    """
    plain = sorted({*secrets, *names} - {""}, key=len, reverse=True)
    patterns = [re.compile(_spelled(text)) for text in plain]
    contains_encoded = _detector(*secrets)

    def redact(text: str) -> str:
        if len(text) > MAX_SEARCHED_TEXT_CHARS:
            return HIDDEN
        for pattern in patterns:
            text = pattern.sub(HIDDEN, text)
        return HIDDEN if contains_encoded(text) else text

    return redact


def receipt_redactor(*secrets: str) -> Redactor:
    """Return a function that withholds everything but an id or a time without these secrets."""
    redact = message_redactor(*secrets)
    return lambda text: redact(text) if _ID_OR_TIME.fullmatch(text) else HIDDEN


def _spelled(secret: str) -> str:
    """Return a pattern for the secret as it is, percent-encoded, or escaped any number of times.

    Every search of it is linear in the text: a run of backslashes is matched as a whole or not at
    all (`*+`), and only from its beginning.
    """
    first, *others = re.findall(r"\\+|[^\\]", secret, re.DOTALL)
    return _spelled_part(first, r"(?:(?<!\\)\\++)?", r"(?<!\\)\\++") + "".join(
        _spelled_part(part, r"\\*+", r"\\++") for part in others
    )


def _spelled_part(part: str, escape: str, run: str) -> str:
    """Return a pattern for one character, or for a run of backslashes."""
    if part.isascii() and (part.isalnum() or part in "-._~"):
        return re.escape(part)
    if part.startswith("\\"):
        return f"(?:{run}|(?:%5C){{{len(part)}}})"
    in_bytes = "".join(rf"\x{octet:02x}" for octet in part.encode(errors="surrogatepass"))
    escaped = {json.dumps(part)[1:-1], ascii(part)[1:-1], in_bytes}
    percent = {
        quote(part, safe="", errors="surrogatepass"),
        quote_plus(part, errors="surrogatepass"),
    }
    forms = {part, html.escape(part)} | percent
    loose = {re.escape(form.lstrip("\\")).replace("\\\\", r"\\++") for form in forms | escaped}
    return f"{escape}(?:{'|'.join(sorted(loose, key=len, reverse=True))})"


def _detector(*secrets: str) -> Callable[[str], bool]:
    """Return a function that tells whether a text contains one of these secrets, also encoded.

    Letters and digits alone are compared: case, punctuation and line breaks do not count. So base64
    for URLs, percent signs and spaces between bytes need no rule of their own.
    """
    searched = [
        secret[:MAX_SEARCHED_CHARS] for secret in secrets if len(secret) >= MIN_SECRET_CHARS
    ]
    plain = {form.casefold() for secret in searched for form in _transposed(secret)}
    needles = {
        needle
        for secret in searched
        for form in _all_encodings(secret)
        if len(needle := _bare(form)) >= MIN_SECRET_CHARS
    }

    def contains(text: str) -> bool:
        # A text without escapes has one reading and one or two variants: each is searched once.
        readings = {*_unescaped_readings(text)}
        variants = {bare for reading in readings for bare in _bare_variants(reading)}
        return any(form in reading.casefold() for reading in readings for form in plain) or any(
            needle in bare for bare in variants for needle in needles
        )

    return contains


def _unescaped_readings(text: str) -> Iterator[str]:
    """Yield the text, then the text with its escapes resolved, one kind of escape after the
    other."""
    yield text
    for _ in range(MAX_NESTED_ESCAPES):
        before = text
        for unescape in (_unescaped, html.unescape, unquote):
            text = unescape(text)
            yield text
        if text == before:
            return


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda escape: chr(int(escape[1] or escape[2], 16)), text)


def _bare(text: str) -> str:
    return _NEITHER_LETTER_NOR_DIGIT.sub("", text.casefold())


def _bare_variants(text: str) -> tuple[str, ...]:
    """Return its letters and digits, also without a prefix before each byte: `0x`, `x` or `u`."""
    bare = _bare(text)
    return bare, _bare(_BYTE_PREFIX.sub("", text)), bare.replace("0x", ""), _X_OR_U.sub("", bare)


def _transposed(secret: str) -> set[str]:
    forms = {secret, secret.lower(), secret.upper(), codecs.encode(secret, "rot13")}
    return forms | {form[::-1] for form in forms}


def _all_encodings(secret: str) -> Iterator[str]:
    for form in _transposed(secret):
        yield form
        data = form.encode(errors="surrogatepass")
        yield from (
            "".join(format(octet, code) for octet in data) for code in ("d", "o", "03o", "08b")
        )
        yield from _aligned(b32encode, data, 5)
        for encoded in _encoded(data):
            yield encoded
            yield from _encoded(encoded.encode())  # twice: base64 in base64, or in hex
        for code in ("utf-16-le", "utf-16-be"):
            yield from _encoded(form.encode(code, "surrogatepass"))


def _encoded(data: bytes) -> Iterator[str]:
    """Yield the bytes in hex and in base64: whole, and at any offset within other bytes."""
    yield from (data.hex(), data.hex().upper())
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(data).decode().rstrip("=")
        yield from _aligned(encode, data, 6)


def _aligned(encode: Callable[[bytes], bytes], data: bytes, bits: int) -> Iterator[str]:
    """Yield the characters that ``data`` alone decides, for each offset that it may have.

    Each character of the encoding stands for ``bits`` bits.
    """
    for before in range(bits if bits % 2 else bits // 2):
        encoded = encode(bytes(before) + data).decode()
        yield encoded[-(-8 * before // bits) : 8 * (before + len(data)) // bits]
