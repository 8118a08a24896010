"""All CSV is written through one function."""

from __future__ import annotations

import csv
from pathlib import Path

from bot.domain.csv_line import line_writer

ROOT = Path(__file__).parent.parent.parent


def test_a_line_has_the_separator_and_quotes_that_are_asked_for() -> None:
    assert line_writer()(["a", "b,c", 'd"e', 1]) == 'a,"b,c","d""e",1\r\n'
    assert line_writer(delimiter="|")(["a|b", "c"]) == '"a|b"|c\r\n'
    assert line_writer(quoting=csv.QUOTE_NONNUMERIC)(["a;b", 1]) == '"a;b",1\r\n'


def test_no_other_module_writes_csv() -> None:
    modules = [path for path in (ROOT / "bot").rglob("*.py") if "csv.writer(" in path.read_text()]
    assert modules == [ROOT / "bot" / "domain" / "csv_line.py"]
