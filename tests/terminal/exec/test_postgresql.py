"""`exec` on PostgreSQL: this terminal is a replica among others, and executes where none leads."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bot.database_address import PostgresUrl
from bot.ports import Leader, Replica, Transaction
from tests.fixtures import direct_store
from tests.terminal.conftest import Terminal
from tests.terminal.exec.conftest import ADMIN, APPROVER, JO, SAM, ExecRunner

NAMED = f"failover on 44444 {JO} {SAM} --reason Exchange down"
TOKEN = f"token 44444 {JO}"
WON = "No other process leads on this database: this terminal executes it."
OTHER = "web-1:4711 executes it: the running bot, or another terminal."


@pytest.fixture
def terminal(postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE", postgresql)
    return Terminal(tmp_path / "not-used.db")


def a_leader(url: str, seconds: float) -> None:
    """Let another replica lead, whose lease ends after so many seconds."""

    def lead(tx: Transaction) -> None:
        now = tx.database_now()
        until = now + timedelta(seconds=seconds)
        tx.add_replica(Replica("other", "web-1:4711", now, until))
        tx.save_leader(Leader("other", "web-1:4711", 7, until))

    asyncio.run(direct_store.write(PostgresUrl(url), lead))


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_where_nobody_leads_this_terminal_executes_and_leaves_no_trace_of_itself(
    runner: ExecRunner, postgresql: str
) -> None:
    result = runner(NAMED, typed="44444\n")
    assert (result.exit_code, result.stderr) == (0, "")
    assert WON in result.stdout
    assert "2 of 2 in failover" in result.stdout
    assert sorted(runner.writes()) == [f"PUT /44444/{one}/failover" for one in (JO, SAM)]
    assert rows(postgresql, "SELECT * FROM replicas") == []
    assert rows(postgresql, "SELECT holder, epoch FROM leader") == [("", 1)]
    assert runner.terminal.ok("audit", "verify").count("intact")


def test_a_leader_that_lives_is_waited_for_and_taken_over_from_when_its_lease_ends(
    runner: ExecRunner, postgresql: str
) -> None:
    a_leader(postgresql, seconds=3)
    result = runner(NAMED, "--yes")
    assert result.exit_code == 0, result.output
    assert result.stdout.index(OTHER) < result.stdout.index(WON)
    assert result.stdout.count(OTHER) == 1
    assert len(runner.writes()) == 2
    assert rows(postgresql, "SELECT epoch FROM leader") == [(8,)]


def test_a_token_is_printed_where_nobody_leads(
    runner: ExecRunner, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    result = runner(TOKEN, "--approved-by", APPROVER, "--yes", person=ADMIN)
    assert result.exit_code == 0, result.output
    [token] = runner.continuity.tokens
    assert f"Token: {token}\n" in result.stdout
    assert rows(postgresql, "SELECT * FROM replicas") == []
    assert rows(postgresql, "SELECT * FROM claims") == []
    assert token not in runner.held()


def test_while_another_leads_a_token_is_shown_in_slack_alone(
    runner: ExecRunner, postgresql: str
) -> None:
    a_leader(postgresql, seconds=300)
    line = runner.refused(TOKEN, "--approved-by", APPROVER, person=ADMIN)
    assert "A bot runs on this database" in line
    assert rows(postgresql, "SELECT id FROM replicas") == [("other",)]


def test_a_leader_whose_lease_ended_by_the_databases_clock_is_none(
    runner: ExecRunner, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_leader(postgresql, seconds=-1)
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    result = runner(TOKEN, "--approved-by", APPROVER, "--yes", person=ADMIN)
    assert result.exit_code == 0, result.output
    assert len(runner.continuity.tokens) == 1
