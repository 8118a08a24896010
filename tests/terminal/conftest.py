"""A terminal with nothing but DATABASE."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app import main
from bot.store.sqlite.sqlite_library import sqlite3
from tests.fixtures.databases import as_setting, database_in


@dataclass(frozen=True)
class Terminal:
    """Commands given one after the other, and what they left behind."""

    database: Path

    def __call__(self, *words: str) -> Result:
        """Give a command in this process."""
        return CliRunner().invoke(main, list(words))

    def ok(self, *words: str) -> str:
        """Give a command that has to work; return what it printed."""
        result = self(*words)
        assert (result.exit_code, result.stderr) == (0, ""), result.output
        return result.stdout

    def refused(self, *words: str, status: int = 1) -> str:
        """Give a command that has to be refused in one line; return the line."""
        result = self(*words)
        assert result.exit_code == status, result.output
        assert result.stdout == ""
        [line] = result.stderr.splitlines()
        assert line.strip() == line
        assert "Traceback" not in line
        return line

    def trail(self) -> list[dict[str, Any]]:
        """The audit trail as it is exported, with the details read."""
        lines = self.ok("audit", "export", "--format", "jsonl").splitlines()
        entries = [json.loads(line) for line in lines]
        return [{**entry, "detail": json.loads(entry["detail"])} for entry in entries]

    def sql(self, *statements: str) -> list[Any]:
        """Do something to the database that the bot never does; return the last one's rows."""
        with closing(sqlite3.connect(self.database)) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
            connection.commit()
        return rows


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE", as_setting(database_in(tmp_path)))
    return Terminal(tmp_path / "bot.db")


Tamper = Callable[..., None]


@pytest.fixture
def tamper(terminal: Terminal) -> Tamper:
    """Change the audit trail without its triggers, and put these back."""

    def change(*statements: str) -> None:
        triggers = terminal.sql("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        assert len(triggers) == 3
        dropped = (f"DROP TRIGGER {name}" for name, _ in triggers)
        terminal.sql(*dropped, *statements, *(made for _, made in triggers))

    return change
