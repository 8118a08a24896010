"""The next version of the bot, made of these sources: another number, and a step more of the schema."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import pytest

from bot.database_address import PostgresUrl
from bot.store.postgresql.schema import digests
from bot.store.postgresql.schema_digests import DIGESTS
from bot.store.postgresql.schema_steps import STEPS

ROOT = Path(__file__).parents[3]
VERSION = "9.9.0"
STEP = "9999_of_the_next_version"
# A migration that only adds, as one has to that runs beside the version before.
STATEMENTS = (
    "CREATE TABLE of_the_next_version (id bigint PRIMARY KEY)",
    "ALTER TABLE changes ADD COLUMN of_the_next_version text",
    "ALTER TABLE inbox ADD COLUMN of_the_next_version bigint NOT NULL DEFAULT 0",
    "ALTER TABLE replicas ADD COLUMN of_the_next_version text",
    "ALTER TABLE leader ADD COLUMN of_the_next_version bigint NOT NULL DEFAULT 0",
    "ALTER TABLE messages ADD COLUMN of_the_next_version bigint",
    "CREATE INDEX audit_of_the_next_version ON audit (channel)",
)
_RUN = "import sys\n\nfrom app import main\n\nsys.argv[1:] = ['run']\nmain()\n"


def next_version(folder: Path) -> Path:
    """Make a tree of the next version in a new folder; return the program that runs its bot."""
    shutil.copytree(ROOT / "bot", folder / "bot")
    shutil.copy2(ROOT / "app.py", folder)
    with (folder / "bot" / "__init__.py").open("a") as package:
        package.write(f"__version__ = {VERSION!r}\n")
    with (folder / "bot" / "store" / "postgresql" / "schema_steps.py").open("a") as steps:
        steps.write(f"STEPS[{STEP!r}] = {STATEMENTS!r}\n")
    program = folder / "run_next.py"
    program.write_text(_RUN)
    return program


def become_next_version(monkeypatch: pytest.MonkeyPatch, database: PostgresUrl) -> None:
    """Let the store of this process know the schema of a database that the next version migrated."""
    monkeypatch.setitem(STEPS, STEP, STATEMENTS)
    with psycopg.connect(database.reveal()) as connection:
        for name, digest in digests(connection).items():
            monkeypatch.setitem(DIGESTS, name, digest)
