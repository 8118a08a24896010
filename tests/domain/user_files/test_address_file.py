"""A file of addresses, with a header or without."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.user_files.user_file import ParsedAddresses, read_addresses
from bot.errors import InvalidInput


def read(text: str, most: int = 10) -> ParsedAddresses:
    return read_addresses(text.encode(), "users.txt", most)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_one_address_a_line_needs_no_header(mark: str, end: str) -> None:
    text = mark + end.join(["", "jo@e.de", " kim@e.de ", "", '"li@e.de",', ""])
    assert read(text) == ParsedAddresses(("jo@e.de", "kim@e.de", "li@e.de"), (), 0, ())


@pytest.mark.parametrize("title", ["user", "E-Mail", "ADDRESS", "mail"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_with_a_header_only_the_column_of_the_address_counts(title: str, separator: str) -> None:
    lines = [["Name", title, "failover"], ["Jo", "jo@e.de", "x"], ["Kim", "kim@e.de", ""]]
    assert read("\n".join(map(separator.join, lines))) == ParsedAddresses(
        ("jo@e.de", "kim@e.de"), (), 0, ("Name", "failover")
    )


def test_an_address_that_is_named_again_folds_and_is_counted() -> None:
    assert read("Jo@e.de\njo@e.de\nkim@e.de\nJO@E.DE\n") == ParsedAddresses(
        ("Jo@e.de", "kim@e.de"), (), 2, ()
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("jo@e.de\nkim\n", 2, "", "the domain is missing"),
        ("E-Mail;Name\njo@e.de;Jo\n;Kim\n", 3, "E-Mail", "is not an address"),
        ("E-Mail;Name\njo@e.de;Jo\nkim@e.de\n", 3, "E-Mail", "1 cells where 2 are expected"),
        ("jo@e.de\n\nkim@e.de;li@e.de\n", 3, "", "can be used here"),
        ("jo@e.de,\nkim@e.de,li@e.de\n", 2, "", "2 cells where 1 are expected"),
        ("jo@e.de\nkim\u200b@e.de\n", 2, "", "ZERO WIDTH SPACE"),
    ],
)
def test_what_is_no_address_is_told_by_its_line(
    text: str, line: int, column: str, words: str
) -> None:
    parsed = read(text)
    assert (parsed.addresses, parsed.repeated) == (("jo@e.de",), 0)
    ((error),) = parsed.errors
    assert (error.line, error.column) == (line, column)
    assert words in error.sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no column “user”"),
        ("jo.example.com\n", "has no column “user”"),
        ("user\n", "“users.txt” names no user."),
        ("mail,Mail\njo@e.de,kim@e.de\n", "The columns “mail” and “Mail” mean the same"),
        ('"jo@e.de\n', "Line 1 cannot be read as CSV"),
        ("jo@e.de\nü@e.de", "is not UTF-8"),
    ],
)
def test_a_file_without_addresses_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_addresses(text.encode("latin-1"), "users.txt", 10)
    assert words in str(refusal.value)


def test_more_users_than_allowed_are_refused_once_they_are_folded() -> None:
    assert len(read("".join(f"u{at}@e.de\n" * 2 for at in range(10))).addresses) == 10
    with pytest.raises(InvalidInput, match=r"users\.txt” names 11 users; 10 are allowed"):
        read("".join(f"u{at}@e.de\n" for at in range(11)))


@given(
    st.binary() | st.text().map(str.encode) | st.text().map(lambda t: f"Jo <jo@e.de>;{t}".encode())
)
def test_whatever_is_uploaded_is_read_or_refused_in_a_sentence(data: bytes) -> None:
    try:
        parsed = read_addresses(data, "users.txt", 10)
        said = " ".join([*parsed.addresses, *(error.sentence for error in parsed.errors)])
    except InvalidInput as refusal:
        said = str(refusal)
    assert said.encode()


@pytest.mark.no_cover  # coverage would double its seconds
@pytest.mark.parametrize("filler", ['";', '"', "<", ";", ",", "<a", "a "])
def test_a_list_is_read_in_time_that_grows_with_its_length_alone(filler: str) -> None:
    text = "Jo <jo@e.de>;" + filler * (400_000 // len(filler))
    began = time.process_time()
    with suppress(InvalidInput):
        read(text)
    assert time.process_time() - began < 5


def test_a_table_with_thousands_of_columns_is_refused() -> None:
    with pytest.raises(InvalidInput, match="more than 1,000 columns"):
        read("UserPrincipalName" + ",x" * 1000 + "\njo@e.de\n")
