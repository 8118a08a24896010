"""Customers, addresses, groups: what is refused, in a sentence that can be shown as it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.identifiers import parse_address, parse_customer, parse_group
from bot.domain.limits import MAX_USERS
from bot.domain.scope import Users
from bot.errors import InvalidInput

HIDDEN = {"Cc", "Cf", "Zl", "Zp"}

REFUSED: list[tuple[Callable[[str], str], str, str]] = [
    *((parse_customer, text, "not a customer number") for text in ("", "4444", "444444", "44444D")),
    *((parse_customer, text, "not a customer number") for text in ("٤٤٤٤٤", "４４４４４", "44444ß")),
    (parse_customer, "44444de", "Did you mean 44444DE?"),
    *((parse_customer, f"44444{char}", "U+00") for char in "\n\r\t\x00\x7f\x85\u00ad"),
    (parse_customer, "44444\u200b", "ZERO WIDTH SPACE"),
    (parse_customer, "44444\u2028", "LINE SEPARATOR"),
    (parse_customer, "44444 ", "not a customer number"),
    (parse_address, "", "domain is missing"),
    (parse_address, "jo", "domain is missing"),
    (parse_address, "jo@", "domain is missing"),
    *((parse_address, f"j{char}o@example.com", "can be used here") for char in '/?#%\\:;,<>()[]" @'),
    *((parse_address, f"jo@exa{char}mple.com", "can be used here") for char in "/?#%\\:_*'&"),
    *((parse_address, text, "can be used here") for text in ("jo@localhost", "@example.com", "..@e.de")),
    *((parse_address, text, "can be used here") for text in ("j..o@e.de", ".jo@e.de", "jo.@e.de")),
    *((parse_address, text, "can be used here") for text in ("jo@.de", "jo@e..de", "jo@-e.de", "jo@e.de.")),
    *((parse_address, text, "can be used here") for text in ("jö@e.de", "jo@exämple.de", "jo＠e.de@e.de")),
    (parse_address, "-jo@example.com", "begins with a dash"),
    (parse_address, "jo@example.com\n", "U+000A"),
    (parse_address, "jo\u202e@example.com", "RIGHT-TO-LEFT OVERRIDE"),
    (parse_address, f"{'x' * 251}@e.com", "longer than 256"),
    (parse_group, " ", "needs a name"),
    (parse_group, "*", "needs a name"),
    (parse_group, "\u3164", "HANGUL FILLER"),
    (parse_group, "a,b", "no comma"),
    *((parse_group, text, "check its quotes") for text in ("'a'", '"a"', 'a"b', "emea”", "users’")),
    (parse_group, "x" * 129, "at most 128"),
    (parse_group, "em\x1bea", "U+001B"),
]  # fmt: skip


@pytest.mark.parametrize(("read", "text", "words"), REFUSED)
def test_what_cannot_be_meant_is_refused_by_name(
    read: Callable[[str], str], text: str, words: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(text)
    assert words in str(refusal.value)
    assert "44444SS" not in str(refusal.value)


NAMED: list[tuple[Callable[[str], str], str, str]] = [
    (parse_address, "jo#li@e.de", "it holds “#”."),
    (parse_address, "jo li@e.de", "it holds a space."),
    (parse_address, "jo\u00a0li@e.de", "it holds U+00A0 (NO-BREAK SPACE)."),
    (parse_address, "jö@e.de", "it holds “ö” (U+00F6 LATIN SMALL LETTER O WITH DIAERESIS)."),
    (parse_address, "j\u043e@e.de", "it holds “\u043e” (U+043E CYRILLIC SMALL LETTER O)."),
    (parse_address, "jo\u200b@e.de", "the invisible character U+200B (ZERO WIDTH SPACE)."),
    (parse_address, "jo@e.de;kim@e.de", "its domain holds “;”."),
    (parse_address, "jo@e@e.de", "its domain holds “@”."),
    (parse_address, "jo@e_e.de", "its domain holds “_”."),
    (parse_address, "jo＠e.de", "domain is missing, and it holds “＠” (U+FF20 FULLWIDTH COMMERCIAL AT)."),
    (parse_address, "jo\ud83d@e.de", "it holds U+D83D (half a character)."),
    (parse_address, "j..o@e.de", "a dot stands at the beginning, at the end, or beside another dot."),
    (parse_address, "@e.de", "nothing stands before the “@”."),
    (parse_address, "jo@localhost", "its domain has no dot"),
    (parse_address, "jo@-e.de", "begins or ends with a dash."),
    (parse_customer, "44444\u00a0", "It holds U+00A0 (NO-BREAK SPACE)."),
    (parse_customer, "4444４", "It holds “４” (U+FF14 FULLWIDTH DIGIT FOUR)."),
    (parse_customer, "44-444", "It holds “-”."),
    (parse_group, "em”ea", "it holds “”” (U+201D RIGHT DOUBLE QUOTATION MARK)"),
]  # fmt: skip


@pytest.mark.parametrize(("read", "text", "words"), NAMED)
def test_a_character_that_is_not_taken_is_named_and_by_its_number_where_it_is_hard_to_see(
    read: Callable[[str], str], text: str, words: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(text)
    assert words in str(refusal.value)


@given(st.sampled_from([parse_customer, parse_address, parse_group]), st.text())
def test_no_sentence_repeats_what_cannot_be_seen(read: Callable[[str], str], text: str) -> None:
    told = ""
    try:
        read(text)
    except InvalidInput as refusal:
        told = str(refusal)
    assert not [char for char in told if unicodedata.category(char) in HIDDEN]


def test_an_apostrophe_inside_a_group_name_stays() -> None:
    assert parse_group(" O'Brien’s Team ") == "O'Brien’s Team"


def test_stored_addresses_are_read_as_they_were_written() -> None:
    addresses = ("o'neil+x@example.com", "Jo.Doe@mail.example.org", "a{b}~c@x-1.example")
    assert Users.stored(addresses) == Users(addresses)
    many = tuple(f"user{number}@example.com" for number in range(MAX_USERS))
    assert Users.stored(many) == Users(many)


@pytest.mark.parametrize(
    "addresses",
    [
        (),
        ("",),
        ("jo",),
        ("jo@",),
        ("@example.com",),
        ("jo@example.com", ""),
        ("jo@example.com/../x",),
        ("jo@example.com?all",),
        ("jo@ex%2Fample.com",),
        ("jo@ex\nample.com",),
        ("jo@example.com\nal@example.com",),
        ("jo@example.com\n",),
        ("jo@@example.com", "al.example.com"),
        ("jö@example.com",),
        tuple(f"user{number}@example.com" for number in range(MAX_USERS + 1)),
    ],
)
def test_a_row_that_holds_no_addresses_is_not_taken_for_one(addresses: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        Users.stored(addresses)
