"""What the proxy before PostgreSQL does to a connection, and what the server has of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.postgresql.proxy import At, Proxy

PORT_OF = "127.0.0.1:{}"


@pytest.fixture
def proxy(postgresql: str) -> Iterator[Proxy]:
    with Proxy(urlsplit(postgresql).port or 5432) as started:
        with psycopg.connect(postgresql, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (a integer)")
        yield started


@pytest.fixture
def by_proxy(postgresql: str, proxy: Proxy) -> str:
    port = urlsplit(postgresql).port
    return postgresql.replace(PORT_OF.format(port), PORT_OF.format(proxy.port))


def count(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def test_it_forwards_large_messages_in_both_directions(by_proxy: str, proxy: Proxy) -> None:
    with psycopg.connect(by_proxy) as connection:
        row = connection.execute("SELECT %s || 'b'", ["a" * 3_000_000]).fetchone()
        assert row is not None
        assert len(row[0]) == 3_000_001
        assert proxy.connections == 1


def test_a_cut_ends_every_connection_and_new_ones_are_taken(by_proxy: str, proxy: Proxy) -> None:
    connections = [psycopg.connect(by_proxy) for _ in range(3)]
    proxy.cut()
    for connection in connections:
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        connection.close()
    assert count(by_proxy) == 0


def test_it_refuses_until_it_is_restored(by_proxy: str, proxy: Proxy) -> None:
    proxy.refuse()
    with pytest.raises(psycopg.OperationalError, match="Connection refused"):
        psycopg.connect(by_proxy)
    proxy.restore()
    assert count(by_proxy) == 0


def test_a_black_hole_answers_nothing_and_goes_on_where_it_was(by_proxy: str, proxy: Proxy) -> None:
    with psycopg.connect(by_proxy, autocommit=True) as connection, ThreadPoolExecutor(1) as thread:
        proxy.black_hole()
        inserted = thread.submit(connection.execute, "INSERT INTO kept VALUES (1)")
        with pytest.raises(psycopg.errors.ConnectionTimeout):
            psycopg.connect(by_proxy, connect_timeout=2)
        assert not inserted.done()
        proxy.restore()
        assert inserted.result().rowcount == 1
    assert count(by_proxy) == 1


@pytest.mark.parametrize(("at", "committed"), [(At.BEFORE, 0), (At.BEHIND, 1)])
@pytest.mark.parametrize("prepare", [False, True])
@pytest.mark.parametrize("binary", [False, True])
def test_a_connection_is_cut_around_a_commit(
    by_proxy: str, proxy: Proxy, at: At, committed: int, prepare: bool, binary: bool
) -> None:
    other = psycopg.connect(by_proxy, autocommit=True)
    connection = psycopg.connect(by_proxy)
    connection.execute("INSERT INTO kept VALUES (1)")
    proxy.cut_at_commit(at)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("COMMIT", prepare=prepare, binary=binary)
    proxy.wait_for_cut()
    connection.close()
    # The others stay, and the next COMMIT is none of its business.
    with other.transaction():
        row = other.execute("SELECT count(*) FROM kept").fetchone()
    assert row == (committed,)
    other.close()


def test_a_commit_arrives_late(by_proxy: str, proxy: Proxy) -> None:
    """Until then the transaction is open, with its locks: who waits for them waits for the answer."""
    connection = psycopg.connect(by_proxy)
    connection.execute("SELECT pg_advisory_xact_lock(1)")
    connection.execute("INSERT INTO kept VALUES (1)")
    proxy.cut_at_commit(At.LATE)
    with pytest.raises(psycopg.OperationalError):
        connection.commit()
    connection.close()
    with psycopg.connect(by_proxy) as other:
        row = other.execute("SELECT pg_try_advisory_xact_lock(1)").fetchone()
        assert row == (False,)
        proxy.deliver()
        other.execute("SELECT pg_advisory_xact_lock(1)")
        assert count(by_proxy) == 1
