"""The terminal: grants, policy, names and the audit trail, with nothing but a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import main


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE", str(tmp_path / "bot.db"))
    return CliRunner()


def call(runner: object, *words: str) -> Result:
    assert isinstance(runner, CliRunner)
    return runner.invoke(main, list(words))


def test_the_first_admin_and_channel_are_granted_listed_and_recorded(run: object) -> None:
    assert call(run, "role", "grant", "U0123", "admin", "*").exit_code == 0
    assert call(run, "role", "grant", "C0456", "incident", "44444").exit_code == 0
    assert call(run, "customer", "name", "44444", "Acme GmbH").exit_code == 0
    assert call(run, "policy", "set", "44444", "failover", "everyone", "2").exit_code == 0
    listed = call(run, "role", "list").output
    assert "U0123" in listed
    assert "C0456" in listed
    assert "44444" in call(run, "policy", "list").output
    exported = call(run, "audit", "export", "--format", "jsonl").output.splitlines()
    entries = [json.loads(line) for line in exported]
    kinds = ["role.granted", "role.granted", "customer.named", "policy.set"]
    assert [entry["kind"] for entry in entries] == kinds
    assert all("@" in entry["actor"] for entry in entries)
    assert call(run, "audit", "verify").output.startswith("4 entries, intact")
    assert call(run, "audit", "export", "--format", "csv").output.startswith("seq,at,kind")
    assert "role.granted" in call(run, "audit", "show").output


def test_the_last_admin_stays(run: object) -> None:
    call(run, "role", "grant", "U0123", "admin", "*")
    refused = call(run, "role", "revoke", "U0123", "admin", "*")
    assert refused.exit_code == 1
    assert "last admin" in refused.output
    call(run, "role", "grant", "U0999", "admin", "*")
    assert call(run, "role", "revoke", "U0123", "admin", "*").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("role", "grant", "X1", "admin", "*"),
        ("role", "grant", "C0456", "admin", "*"),
        ("role", "grant", "S0456", "approver", "*"),
        ("role", "grant", "U0123", "admin", "4444"),
        ("role", "revoke", "U0123", "viewer", "44444"),
        ("policy", "set", "44444", "failover", "everyone", "9"),
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(run: object, words: tuple[str, ...]) -> None:
    refused = call(run, *words)
    assert refused.exit_code == 1
    assert refused.output.strip()
    assert "Traceback" not in refused.output
    assert call(run, "audit", "verify").output.startswith("0 entries")


def test_missing_settings_stop_the_start_with_a_line_each(
    run: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "CONTINUITY_PASSWORD",
    ):
        monkeypatch.delenv(name, raising=False)
    refused = call(run)
    assert refused.exit_code == 1
    assert "SLACK_BOT_TOKEN is missing" in refused.output
    assert "CONTINUITY_PASSWORD is missing" in refused.output
