"""Databases with the newest schema, on the server that the tests of this worker share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.databases import Databases


@pytest.fixture
def databases(postgresql_server: str, postgresql_template: str) -> Iterator[Databases]:
    with Databases(postgresql_server, postgresql_template) as made:
        yield made
