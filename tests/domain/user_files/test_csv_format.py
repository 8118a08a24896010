"""CSV: what is written cannot run in a spreadsheet, and is read again as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.user_files.csv_format import EXPORT_COLUMNS, csv_chunks, csv_lines, records
from bot.domain.user_files.group_cell import join_groups, split_groups
from bot.errors import InvalidInput

# As a spreadsheet and its attacker see text: separators, quotes and what begins a formula.
NASTY = st.text(st.sampled_from("=+-@\t\r\n'\" ;,|aé😀＝\ufeff") | st.characters(codec="utf-8"))


def written(*cells: object) -> str:
    columns = [str(at) for at in range(len(cells))]
    return "".join(csv_lines([dict(zip(columns, cells, strict=True))], columns)).partition("\r\n")[
        2
    ]


def test_an_export_has_its_columns_in_order_and_ends_lines_as_the_standard_says() -> None:
    assert " ".join(EXPORT_COLUMNS) == (
        "user displayName givenName surName language timezone failoverGroups "
        "domain activation access failover customer"
    )
    user = {"user": "jo@e.de", "failoverGroups": ["a", "b|c"], "access": True, "failover": False}
    header, line = csv_lines([{**user, "activation": None, "unknown": 1}])
    assert header == ",".join(EXPORT_COLUMNS) + "\r\n"
    assert line == 'jo@e.de,,,,,,"a|""b|c""",,,true,false,\r\n'


def test_lines_are_made_one_by_one_from_whatever_comes() -> None:
    def endless() -> Iterator[dict[str, str]]:
        yield {"user": "jo@e.de"}
        raise AssertionError("asked for more than was needed")

    lines = csv_lines(endless(), ["user"])
    assert [next(lines), next(lines)] == ["user\r\n", "jo@e.de\r\n"]


async def test_a_file_is_marked_as_utf_8_and_has_one_header() -> None:
    async def pages() -> AsyncIterator[list[dict[str, str]]]:
        yield [{"user": "jo@e.de"}, {"user": "=x"}]
        yield [{"user": "é"}]

    chunks = [chunk.decode() async for chunk in csv_chunks(pages(), ["user"])]
    assert chunks == ["\ufeffuser\r\n", "jo@e.de\r\n'=x\r\n", "é\r\n"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", " =", "'=", '"='])
def test_a_cell_that_would_be_a_formula_gets_an_apostrophe(start: str) -> None:
    (cells,) = csv.reader(io.StringIO(written(f"{start}1+1", "x"), newline=""))
    assert cells == [f"'{start}1+1", "x"]


@pytest.mark.parametrize("separator", [";", ",", "\t", "\n"])
def test_nor_does_a_formula_begin_where_a_spreadsheet_takes_another_separator(
    separator: str,
) -> None:
    (cells,) = csv.reader(io.StringIO(written(f"x{separator}=1+1", "x"), newline=""))
    assert cells == [f"x{separator}'=1+1", "x"]


@pytest.mark.parametrize("text", ["O'Brien", "Smith-Jones", "jo@e.de", "a + b", "Müller; Jo", "'x"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    (cells,) = csv.reader([written(text, "x")])
    assert cells == [text, "x"]


@given(st.lists(st.lists(NASTY, min_size=2, max_size=2), max_size=4))
def test_what_was_written_is_read_again(rows: list[list[str]]) -> None:
    # Blanks at the start of a cell are not kept, nor are rows without any text; a guarded cell has some.
    told = [[cell.lstrip(" ") for cell in row] for row in rows]
    text = "".join(csv_lines(({"a": a, "b": b} for a, b in told), ("a", "b")))
    read = [cells for _, cells in records(text)]
    assert read == [["a", "b"], *(row for row in told if any(map(_has_text, row)))]


def _has_text(cell: str) -> bool:
    return bool(cell.strip()) or cell.startswith(("\t", "\r", "\n"))


@given(st.lists(NASTY.filter(lambda name: not set(name) & set("\r\n")), min_size=1))
def test_groups_in_one_cell_come_apart_as_they_were(names: list[str]) -> None:
    assert split_groups(join_groups(names)) == tuple(names)


@pytest.mark.parametrize("cell", ['"a|b', '"a"b|c', '"a"\nb'])
def test_a_cell_of_groups_with_odd_quotes_stays_in_one_piece(cell: str) -> None:
    assert split_groups(cell) == (cell,)


def test_half_a_character_does_not_stop_an_export() -> None:
    assert written("Jo\ud83d", "x").encode() == b"Jo?,x\r\n"


def test_a_record_has_the_line_where_it_begins() -> None:
    text = '\n\nuser;a\r\n"jo\nli";x\r\n;\r\n\rkim; "y"\n'
    assert list(records(text)) == [
        (3, ["user", "a"]),
        (4, ["jo\nli", "x"]),
        (8, ["kim", "y"]),
    ]


@pytest.mark.parametrize("text", ['user\nok\n"jo\nli\n', 'user\nok\n"jo"li\nx\n'])
def test_quotes_that_do_not_match_are_told_with_the_line_where_they_begin(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"Line 3 cannot be read as CSV"):
        list(records(text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('sep=;\r\nuser;"a,b,c"\r\n', [(2, ["user", "a,b,c"])]),
        ('"sep=\t"\nuser\ta;b;c\n', [(2, ["user", "a;b;c"])]),
        ("#TYPE System.Object\nuser,a\n", [(2, ["user", "a"])]),
        ("\nsep=,\n\n#TYPE x\nuser,a;b;c\nx,y\n", [(5, ["user", "a;b;c"]), (6, ["x", "y"])]),
        ("user\ta,b;c\td\n", [(1, ["user", "a,b;c", "d"])]),
        ("#TYPE x\n", []),
    ],
)
def test_what_programs_write_before_the_header_is_not_a_record(
    text: str, told: list[tuple[int, list[str]]]
) -> None:
    assert list(records(text)) == told
