"""A terminal with nothing but DATABASE, which is an empty database on PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.terminal.conftest import Terminal


class Database:
    """The database of the test, as its owner has it."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def masked(self) -> str:
        """Its URL without the password, as the bot tells it."""
        parts = urlsplit(self.url)
        return f"postgresql://{parts.username}@{parts.hostname}:{parts.port}{parts.path}"

    @property
    def password(self) -> str:
        return urlsplit(self.url).password or ""

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """Do something that the bot never does."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def user(self) -> Iterator[str]:
        """Make a user who has no right at all yet, for the length of the block."""
        name = f"u{secrets.token_hex(8)}"
        self.sql(f"CREATE ROLE {name}")
        yield name
        self.sql(f"DROP OWNED BY {name}")
        self.sql(f"DROP ROLE {name}")

    def url_as(self, name: str) -> str:
        """The URL of somebody who has the rights of this user alone."""
        return f"{self.url}?options=-crole%3D{name}"

    def tables(self) -> list[str]:
        rows = self.sql(
            "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return sorted(str(row[0]) for row in rows)


@pytest.fixture
def database(postgresql: str) -> Database:
    return Database(postgresql)


@pytest.fixture
def remote(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE", database.url)
    return Terminal(tmp_path / "not-used.db")
