"""A secret that the API repeats is hidden, whatever it was made into, once and once more."""

from __future__ import annotations

import codecs
import html
import json
import quopri
from base64 import b16encode, b32encode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.continuity.client import ContinuityClient
from bot.domain.scope import Everyone, Flag
from bot.domain.secret import Secret
from bot.errors import ContinuityError, Refused
from bot.redaction import HIDDEN, message_redactor, receipt_redactor
from sandbox.continuity import ContinuitySandbox
from tests.fixtures.leak_check import leaked

Encoding = Callable[[str], str]


def base64(text: str, code: str = "utf-8") -> str:
    return b64encode(text.encode(code)).decode()


def percent(text: str) -> str:
    return "".join(f"%{octet:02x}" for octet in text.encode())


def numbers(text: str, form: str, between: str) -> str:
    return between.join(format(octet, form) for octet in text.encode())


ENCODINGS: dict[str, Encoding] = {
    "base64": base64,
    "base64 without padding": lambda text: base64(text).rstrip("="),
    "base64 for URLs": lambda text: urlsafe_b64encode(text.encode()).decode(),
    "base64 in lines": lambda text: codecs.encode(text.encode() * 5, "base64").decode(),
    "base64 behind one": lambda text: base64("x" + text + "yy"),
    "base64 behind two": lambda text: base64("xy" + text + "y"),
    "base64 behind a name": lambda text: base64(f"user:{text}"),
    "base64 of JSON": lambda text: base64(json.dumps({"user": "jo", "password": text})),
    "base64 of UTF-16": lambda text: base64(text, "utf-16"),
    "base64 of UTF-16 BE": lambda text: base64("x" + text, "utf-16-be"),
    "base64 percent-encoded": lambda text: quote(base64(text), safe=""),
    "base32": lambda text: b32encode(b"xyz" + text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: b16encode(text.encode()).decode(),
    "hex apart": lambda text: text.encode().hex(" "),
    "hex with colons": lambda text: text.encode().hex(":"),
    "hex as in C": lambda text: numbers(text, "#04x", ", "),
    "hex of UTF-16": lambda text: text.encode("utf-16").hex(),
    "hex of UTF-16 BE": lambda text: text.encode("utf-16-be").hex(),
    "octets": lambda text: numbers(text, "d", ", "),
    "octal": lambda text: numbers(text, "03o", "\\"),
    "binary": lambda text: numbers(text, "08b", " "),
    "percent": lambda text: quote(text, safe=""),
    "percent throughout": percent,
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "form": quote_plus,
    "quoted-printable": lambda text: quopri.encodestring(text.encode()).decode(),
    "HTML": html.escape,
    "HTML by numbers": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "HTML by hex numbers": lambda text: "".join(f"&#x{ord(char):x};" for char in text),
    "JSON": json.dumps,
    "JSON throughout": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "C": lambda text: "".join(f"\\x{octet:02x}" for octet in text.encode()),
    "reversed": lambda text: text[::-1],
    "capitals": str.upper,
    "small": str.lower,
    "the other way round": str.swapcase,
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "apart": " ".join,
    "with hyphens": "-".join,
    "unchanged": str,
}
PASSWORDS = st.from_regex(r"[a-zA-Z0-9@$!%*?&]{8,40}", fullmatch=True).filter(
    lambda text: sum(char.isalnum() for char in text) >= 5
)
AROUND = st.text("abc XYZ.,:'\"=/", max_size=12)


@pytest.mark.parametrize("name", ENCODINGS)
@settings(max_examples=20, deadline=None)
@given(secret=PASSWORDS, before=AROUND, after=AROUND)
def test_a_secret_in_any_of_these_is_hidden(
    name: str, secret: str, before: str, after: str
) -> None:
    said = f"{before} {ENCODINGS[name](secret)} {after}"
    told = message_redactor(secret)(said)
    assert HIDDEN in told
    assert ENCODINGS[name](secret) not in told


@settings(deadline=None)
@given(
    secret=PASSWORDS,
    first=st.sampled_from(["reversed", "capitals", "small", "hex", "HEX", "base64"]),
    second=st.sampled_from(["hex", "HEX", "base64", "base64 for URLs", "hex apart", "reversed"]),
)
def test_and_so_is_one_that_was_made_into_something_twice(
    secret: str, first: str, second: str
) -> None:
    """Reversed at the end: only where nothing but the secret itself was turned."""
    if second == "reversed" and first in ("hex", "HEX", "base64"):
        return
    assert HIDDEN in message_redactor(secret)(ENCODINGS[second](ENCODINGS[first](secret)))


@pytest.mark.parametrize(
    "said",
    [
        "The token has expired.",
        "Password must have 8 to 256 characters: a-z, A-Z, 0-9, @$!%*?&",
        "No such user: user0001@example.com (id 5f0c9f3e-8a3b-4c1e-9d57-0a1b2c3d4e5f)",
        "Bad Request at 2026-11-27T15:24:20.000Z, trace 68656c6c6f20776f726c64, aGVsbG8gd29ybGQ=",
        "",
    ],
)
def test_an_innocent_text_stays_as_it_is(said: str) -> None:
    assert (
        message_redactor("canary8Password@9", "canary7token.of.jo", names=["continuity"])(said)
        == said
    )


def test_a_text_that_is_too_long_to_be_looked_through_is_hidden() -> None:
    hide = message_redactor("canary8Password@9")
    assert hide("x" * 4096) == "x" * 4096
    assert hide("x" * 4097) == HIDDEN


def test_a_name_is_taken_out_as_it_is_and_hides_no_sentence() -> None:
    hide = message_redactor("canary8Password@9", names=["api"])
    assert hide("The API at api.example is closed") == f"The API at {HIDDEN}.example is closed"


@settings(max_examples=20, deadline=None)
@given(secret=PASSWORDS, said=st.text())
def test_of_an_answer_to_what_was_typed_no_sentence_is_shown(secret: str, said: str) -> None:
    assert receipt_redactor(secret)(f"Sorry: {said}") == HIDDEN
    assert receipt_redactor(secret)("sbx-000123") == "sbx-000123"
    assert (
        receipt_redactor(secret)("2026-11-27T15:24:20.000+01:00") == "2026-11-27T15:24:20.000+01:00"
    )


TYPED = ("canary7token.of.jo", "canary8Password@9")


@pytest.mark.parametrize("status", [200, 400, 403, 500])
async def test_nothing_that_was_typed_comes_back_out_of_an_answer(status: int) -> None:
    """Not in the message, and not in the id or the timestamp either."""
    async with ContinuitySandbox() as api:
        client = ContinuityClient(api.url, api.username, SecretStr(api.password))
        for spoken in (encode(secret) for encode in ENCODINGS.values() for secret in TYPED):
            body = {"id": spoken, "timestamp": spoken, "status": status, "message": f"No: {spoken}"}
            api.fail(kind="answer", status=status, body=body)
            try:
                receipt = await client.set_password("a@example.com", *map(Secret, TYPED))
                told = f"{receipt.api_id} {receipt.api_timestamp}"
            except ContinuityError as error:
                told = f"{error} {error.api_id} {error.api_timestamp}"
            assert spoken not in told
            assert leaked(TYPED, told) == []
        await client.aclose()


async def test_nor_does_the_account() -> None:
    password = TYPED[1]
    async with ContinuitySandbox(username="api", password=password) as api:
        client = ContinuityClient(api.url, api.username, SecretStr(api.password))
        for encode in ENCODINGS.values():
            api.fail(kind=401, message=f"No such account: {encode(password)}")
            with pytest.raises(Refused) as caught:
                await client.set_flag("44444", Flag.FAILOVER, True, Everyone())
            assert HIDDEN in str(caught.value)
            assert encode(password) not in str(caught.value)
        await client.aclose()
