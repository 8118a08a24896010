"""The schema: made once, and compared with what was made."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pprint import pformat
from typing import Any

import psycopg
import pytest

from bot.database_address import PostgresUrl
from bot.store.postgresql.schema import digests
from bot.store.postgresql.schema_digests import DIGESTS
from bot.store.postgresql.store import PostgresStore


@pytest.fixture
async def opened(address: PostgresUrl) -> AsyncIterator[PostgresStore]:
    store = PostgresStore.open(address)
    yield store
    await store.close()


@pytest.fixture
def raw(opened: PostgresStore, address: PostgresUrl) -> Iterator[psycopg.Connection[Any]]:
    """A plain connection, as somebody with psql has it."""
    with psycopg.connect(address.reveal(), autocommit=True) as connection:
        yield connection


async def test_the_digests_are_those_of_a_new_database(raw: psycopg.Connection[Any]) -> None:
    found = digests(raw)
    assert found == DIGESTS, f"schema_digests.py has to say:\nDIGESTS = {pformat(found)}"
