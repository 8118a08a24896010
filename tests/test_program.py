"""Sentences say how the command line was called."""

from __future__ import annotations

import pytest

from bot.program import PROGRAM, name_of


@pytest.mark.parametrize(
    ("started", "program"),
    [
        ("app.py", "python app.py"),
        ("/srv/continuity-chatops/app.py", "python app.py"),
        ("/usr/local/bin/continuity", "continuity"),
        ("continuity.exe", "continuity"),
        ("/srv/bot/__main__.py", "python -m bot"),
        ("/somewhere/pytest/__main__.py", "python app.py"),
        ("-c", "python app.py"),
        ("", "python app.py"),
    ],
)
def test_the_name_is_that_of_the_start(started: str, program: str) -> None:
    assert name_of(started) == program


def test_here_it_is_the_source() -> None:
    assert PROGRAM == "python app.py"
