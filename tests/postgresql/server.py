"""A PostgreSQL server that a test starts, stops, kills, and lets a standby follow."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from tests.postgresql.processes import Processes

HOST = "127.0.0.1"
USER = "continuity"
READY = 60.0  # seconds; recovery after a kill included
BETWEEN_LOOKS = 0.02  # seconds; files and connections have no other way than to look again
PORTS_TRIED = 20
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    # What a killed process wrote, the kernel has; what a power cut would lose is not the question.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "200",
    "max_wal_size": "256MB",
    "jit": "off",
    # What a test sees in `log` should be its own.
    "log_checkpoints": "off",
    # A client's encryption of its password takes 20 ms with the usual 4,096.
    "scram_iterations": "1",
}


class Server:
    """One server on 127.0.0.1, running within the block unless the test stops it.

    The port stays the same for its life; the password is random, so that no other run can meet it.
    """

    def __init__(self, processes: Processes, name: str = "primary", **settings: str) -> None:
        self._processes = processes
        self._settings = {**SETTINGS, **settings}
        self._folder = processes.folder / name
        self._password = secrets.token_hex(8)
        self._pid: int | None = None
        self.port = 0

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self._folder.with_suffix(".log")

    def url(self, database: str = "postgres", port: int | None = None) -> str:
        """Return the address of a database; with ``port`` by way of a proxy."""
        return f"postgresql://{USER}:{self._password}@{HOST}:{port or self.port}/{quote(database)}"

    def __enter__(self) -> Self:
        password = self._folder.with_suffix(".password")
        password.write_text(self._password)
        # Readable for the unprivileged user that runs the program; the folder around it is private.
        password.chmod(0o644)
        self._processes.run(
            "initdb",
            *("--pgdata", str(self._folder), "--username", USER, "--pwfile", str(password)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
            *("--wal-segsize", "4", "--no-sync", "--set", "scram_iterations=1"),
            log=self._log,
        )
        self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pid is not None:
            self.stop(fast=False)

    def start(self) -> None:
        """Start it on its port and wait until it takes connections. Raises AssertionError."""
        end = time.monotonic() + READY
        while not self._started():
            # After a kill the children of the last one may take a moment to notice it.
            assert time.monotonic() < end, f"the server did not start:\n{self.log}"

    def stop(self, *, fast: bool = True) -> None:
        """Stop it: fast rolls back what is going on and ends in order, immediate is like a crash."""
        self._end(signal.SIGINT if fast else signal.SIGQUIT)

    def kill(self) -> None:
        """Kill it where it stands, as the kernel does when memory runs out."""
        self._end(signal.SIGKILL)

    def restart(self, *, fast: bool = True) -> None:
        """Stop and start it on the same port."""
        self.stop(fast=fast)
        self.start()

    def suspend(self) -> None:
        """Let it accept nothing new, as a host that does not get any processor; `resume` ends that."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        assert self._pid is not None
        return self._pid

    def query(
        self, text: str, *values: object, database: str = "postgres"
    ) -> list[tuple[Any, ...]]:
        """Run one statement outside of any transaction and return its rows."""
        with closing(psycopg.connect(self.url(database), autocommit=True)) as connection:
            cursor = connection.execute(text, values)
            return cursor.fetchall() if cursor.description else []

    def create_database(self, name: str, template: str = "template0") -> str:
        """Make a database, a copy of ``template``, and return its address."""
        create_database(self.url(), name, template)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        drop_database(self.url(), name)

    @contextmanager
    def standby(self, name: str = "standby", *, synchronous: bool = True) -> Iterator[Server]:
        """Start a streaming copy of this server; synchronous: a commit here waits for it to have it."""
        copy = Server(self._processes, name, cluster_name=name)
        copy._password = self._password
        self._processes.run(
            "pg_basebackup",
            *("--pgdata", str(copy._folder), "--dbname", self.url(), "--write-recovery-conf"),
            *("--wal-method", "stream", "--checkpoint", "fast", "--no-sync"),
            log=copy._log,
        )
        copy._begin()
        try:
            if synchronous:
                self.query(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
                self.query("SELECT pg_reload_conf()")
                self._wait_for("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
            yield copy
        finally:
            copy.__exit__(None, None, None)

    def promote(self) -> None:
        """Make a standby the primary, and wait until it writes."""
        self.query("SELECT pg_promote(wait => true)")
        # It waited for the copy it was made of; nobody copies it.
        self.query("ALTER SYSTEM SET synchronous_standby_names = ''")
        self.query("SELECT pg_reload_conf()")
        self._wait_for("SELECT 1 WHERE NOT pg_is_in_recovery()")

    def _wait_for(self, text: str) -> None:
        end = time.monotonic() + READY
        while not self.query(text):
            assert time.monotonic() < end, f"nothing came of {text}:\n{self.log}"
            time.sleep(BETWEEN_LOOKS)

    def _begin(self) -> None:
        """Start it on a port that is free; another process may take that one first."""
        for _ in range(PORTS_TRIED):
            self.port = _free_port()
            if self._started():
                return
        raise AssertionError(f"the server did not start:\n{self.log}")

    def _started(self) -> bool:
        """Start it; whether it takes connections, and has not ended."""
        assert self._pid is None, "it runs"
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        words = ("-D", str(self._folder), "-p", str(self.port), *settings)
        pid = self._processes.start("postgres", *words, log=self._log)
        end = time.monotonic() + READY
        while time.monotonic() < end:
            if self._processes.status(pid, BETWEEN_LOOKS) is not None:
                return False
            if self._is_ready(pid):
                self._pid = pid
                return True
        os.kill(pid, signal.SIGQUIT)
        raise AssertionError(f"the server is not ready:\n{self.log}")

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self._folder / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return False
        # The lines of the file: include/utils/pidfile.h of PostgreSQL.
        state = lines[7].strip() if len(lines) > 7 else ""
        return lines[0] == str(pid) and state in ("ready", "standby")

    def _end(self, by: signal.Signals) -> None:
        pid, self._pid = self.pid, None
        os.kill(pid, by)
        if by is not signal.SIGKILL:
            os.kill(pid, signal.SIGCONT)
        end = time.monotonic() + READY
        while self._processes.status(pid) is None:
            assert time.monotonic() < end, f"the server did not stop:\n{self.log}"


def address_of(server: str, database: str) -> str:
    """Return the address of a database on the server of this URL."""
    return urlsplit(server)._replace(path=f"/{quote(database)}").geturl()


def create_database(server: str, name: str, template: str = "template0") -> None:
    """Make a database by way of a connection to ``server``, a URL of another database there."""
    text = "CREATE DATABASE {} TEMPLATE {}"
    _administer(server, text, name, template)


def drop_database(server: str, name: str) -> None:
    """Remove a database, whoever is connected to it."""
    _administer(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _administer(server: str, text: str, *names: str) -> None:
    statement = sql.SQL(text).format(*map(sql.Identifier, names))
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(statement)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
