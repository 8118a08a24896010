"""Each line for psql, pg_dump and pg_restore in the runbooks does what it is there for, on a real server.

There is no engine of containers here: a line for compose runs without its first words, and finds what is in the
container of PostgreSQL.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from bot.database_address import PostgresUrl
from bot.domain.roles import Role
from bot.store.sqlite.sqlite_library import sqlite3
from tests.deploy.files import DEPLOY, compose
from tests.docs.runbooks import blocks, lines_of
from tests.fixtures import direct_store
from tests.postgresql.processes import Processes
from tests.postgresql.server import Server

IN_CONTAINER = re.compile(r"docker compose -f deploy/compose\.yaml exec (?:-T )?postgresql ")
BOT_PASSWORD, OWNER_PASSWORD, NEW_PASSWORD = 'bot\'s "password"', "owner/first", "owner/second"


class Host:
    """A folder with the files that the runbooks name, and in it each line that was not run yet."""

    def __init__(self, server: Server, programs: Path, folder: Path) -> None:
        self._port = server.port
        self._folder = folder
        self._environment = {"PATH": f"{programs / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        self._lines = [one for one in lines_of("psql", "pg_dump", "pg_restore") if self.takes(one)]
        self.untried = list(self._lines)
        self.dump = folder / "continuity.dump"
        (folder / "deploy").symlink_to(DEPLOY)
        (folder / "database").write_text(self.bot.reveal())
        (folder / "database_owner").write_text(self.owner(OWNER_PASSWORD).reveal())
        (folder / "database_password").write_text(BOT_PASSWORD)

    def takes(self, line: str) -> bool:
        """Whether this is where the line runs."""
        return not IN_CONTAINER.search(line)

    @property
    def bot(self) -> PostgresUrl:
        return self._address("continuity_bot", BOT_PASSWORD)

    def owner(self, password: str) -> PostgresUrl:
        return self._address("continuity_owner", password)

    def run(self, words: str, typed: str = "") -> str:
        """Run the line that has these words; return what it printed."""
        [line] = [one for one in self._lines if words in one]
        done = subprocess.run(  # noqa: S603  # lines of this repository
            ["bash", "-c", self._here(line)],  # noqa: S607  # whichever is there
            cwd=self._folder,
            env=self._environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # without a terminal: a password comes from what is typed
        )
        assert done.returncode == 0, line + done.stderr
        self.untried = [one for one in self.untried if one != line]
        return done.stdout

    def _here(self, line: str) -> str:
        return line

    def _address(self, user: str, password: str) -> PostgresUrl:
        where = f"127.0.0.1:{self._port}/continuity"
        return PostgresUrl(f"postgresql://{user}:{quote(password, safe='')}@{where}")


class Container(Host):
    """The same for the lines of compose."""

    def __init__(self, server: Server, programs: Path, folder: Path) -> None:
        super().__init__(server, programs, folder)
        # A local connection needs no password there.
        told = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGPASSWORD": OWNER_PASSWORD}
        assert "database_password" in compose()["services"]["postgresql"]["secrets"]
        secret = {"BOT_PASSWORD_FILE": str(folder / "database_password")}
        self._environment |= told | secret

    def takes(self, line: str) -> bool:
        return not super().takes(line)

    def _here(self, line: str) -> str:
        line = IN_CONTAINER.sub("", line)
        for mounted in compose()["services"]["postgresql"]["volumes"]:
            source, path, *_ = mounted.split(":")
            line = line.replace(path, str(DEPLOY / source))
        return line


@pytest.fixture
def server(postgresql_processes: Processes, request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server(postgresql_processes, request.node.name) as started:
        yield started


async def try_lines(host: Host, put_aside: Callable[[], object]) -> None:
    """From the account of the bot to a restored dump; ``put_aside`` makes room for it."""
    host.run("accounts.sql")
    async with direct_store.opened(host.owner(OWNER_PASSWORD)):
        pass
    await direct_store.grant(host.bot, "44444", [("U0OPERATOR", Role.OPERATOR)])
    assert host.run("pg_is_in_recovery").split()[2] == "f"
    host.run("pg_dump")
    assert stat.S_IMODE(host.dump.stat().st_mode) == 0o600

    put_aside()
    host.run("accounts.sql")
    host.run("pg_restore")
    assert await direct_store.audit_findings(host.bot) == []
    assert len(await direct_store.read(host.bot, lambda tx: tx.grants())) == 1

    host.run(r"\password", f"{NEW_PASSWORD}\n{NEW_PASSWORD}\n")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host.owner(OWNER_PASSWORD).reveal())
    psycopg.connect(host.owner(NEW_PASSWORD).reveal()).close()


async def test_the_lines_with_an_address(
    server: Server, postgresql_processes: Processes, tmp_path: Path
) -> None:
    [making] = [text for text in blocks() if "CREATE ROLE" in text]
    owner, database, _ = making.replace("'PASSWORD'", f"'{OWNER_PASSWORD}'").split(";\n")
    server.query(owner)
    server.query(database)
    host = Host(server, postgresql_processes.programs, tmp_path)

    def put_aside() -> None:
        server.query("ALTER DATABASE continuity RENAME TO continuity_before")
        server.query(database)

    await try_lines(host, put_aside)
    assert "(0 rows)" in host.run("audit_sentences")
    assert host.untried == []


async def test_the_lines_for_compose(
    server: Server, postgresql_processes: Processes, tmp_path: Path
) -> None:
    # As the image of PostgreSQL makes them.
    server.query(f"CREATE ROLE continuity_owner SUPERUSER LOGIN PASSWORD '{OWNER_PASSWORD}'")
    server.query("CREATE DATABASE continuity OWNER continuity_owner TEMPLATE template0")
    container = Container(server, postgresql_processes.programs, tmp_path)
    await try_lines(container, lambda: container.run("RENAME TO continuity_before"))
    assert container.untried == []
    assert server.query("SELECT count(*) FROM audit", database="continuity_before") == [(1,)]


async def test_each_query_of_the_runbooks_is_understood_by_both(
    migrated_postgresql: str, tmp_path: Path
) -> None:
    queries = {one for text in blocks() for one in re.findall(r'"(SELECT [^"]+)"', text)}
    assert len(queries) >= 2
    file = tmp_path / "continuity.db"
    async with direct_store.opened(file):
        pass
    with closing(sqlite3.connect(file)) as one, psycopg.connect(migrated_postgresql) as other:
        for query in queries:
            assert one.execute(query).fetchall() == []
            assert other.execute(query.encode()).fetchall() == []
