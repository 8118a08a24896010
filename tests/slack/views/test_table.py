"""Tables: taken by Slack whatever is in them, numbers at the right, and told in plain text too."""

from __future__ import annotations

import pytest

from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.table import Table, table
from sandbox.slack.blocks.limits import check_message
from tests.slack.message_checks import inert


def cells(made: Table) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in made.block["rows"]]


def test_a_table_has_its_header_and_rows_as_they_are() -> None:
    made = table(["Group", "Users"], [["emea", "1,200"], ["<!channel>", "7"]])
    assert cells(made) == [["Group", "Users"], ["emea", "1,200"], ["<!channel>", "7"]]
    assert made.shown_rows == 2
    check_message(made.text, [made.block])


@pytest.mark.parametrize(
    ("column", "align"),
    [
        (["1,200", "7"], "right"),
        (["-3", "12.5 %", ""], "right"),
        (["7", "emea"], "left"),
        (["", ""], "left"),
        (["2026-11-25"], "left"),
        ([], "left"),
    ],
)
def test_columns_of_numbers_stand_at_the_right(column: list[str], align: str) -> None:
    assert table(["Users"], [[one] for one in column]).block["column_settings"] == [
        {"align": align}
    ]


def test_the_plain_text_is_inert_and_says_how_many_rows_it_leaves_out() -> None:
    made = table(["A", "B"], [["<!channel>", "&"]])
    inert(made.text)
    assert made.text == "A · B\n&lt;!channel&gt; · &amp;"
    long = table(["A"], [["x" * 150]] * 90).text
    assert len(long) <= MAX_MESSAGE_TEXT_CHARS
    assert long.endswith("more")


@pytest.mark.parametrize(
    ("columns", "rows", "cell"),
    [
        (1, 0, ""),
        (1, 250, "x"),
        (30, 2, "x"),
        (5, 99, "x" * 500),
        (20, 99, "y" * 40),
        (2, 3, " \n "),
    ],
)
def test_whatever_is_in_it_slack_takes_it(columns: int, rows: int, cell: str) -> None:
    made = table(["h"] * columns, [[cell] * columns] * rows)
    check_message(made.text, [made.block])
    assert made.shown_rows == len(made.block["rows"]) - 1
    assert made.shown_rows == rows or rows > 90


def test_a_short_row_is_filled_up_and_a_long_one_cut() -> None:
    assert cells(table(["A", "B"], [["1"], ["1", "2", "3"]]))[1:] == [["1", " "], ["1", "2"]]
