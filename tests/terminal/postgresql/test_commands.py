"""What needs the database alone works on PostgreSQL as on a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.conftest import Terminal
from tests.terminal.postgresql.conftest import Database


def test_roles_policy_and_names_are_set_listed_and_recorded(remote: Terminal) -> None:
    remote.ok("role", "grant", "U0123", "admin", "*")
    remote.ok("role", "grant", "U0456", "admin", "*")
    remote.ok("role", "revoke", "U0123", "admin", "*")
    assert remote.ok("role", "list").split()[:3] == ["U0456", "admin", "*"]
    assert "last admin" in remote.refused("role", "revoke", "U0456", "admin", "*")
    remote.ok("policy", "set", "44444", "failover", "everyone", "2")
    assert remote.ok("policy", "list").split() == ["44444", "failover", "everyone", "2"]
    remote.ok("customer", "name", "44444", "Acme GmbH")
    kinds = [entry["kind"] for entry in remote.trail()]
    assert kinds[-2:] == ["policy.set", "customer.named"]


def test_a_notification_rule_is_set_listed_verified_and_removed(
    remote: Terminal, database: Database
) -> None:
    remote.ok("notify", "set", "44444", "--quiet", "22:00-06:00", "--zone", "Europe/Berlin")
    rules = remote.ok("notify", "list").splitlines()
    assert [rule.split()[0] for rule in rules] == ["44444", "default"]
    assert remote.ok("audit", "verify").startswith("1 entries, intact.")
    database.sql("UPDATE notify_rules SET terms = replace(terms, '22:00', '00:00')")
    found = remote("audit", "verify")
    assert (found.exit_code, "quiet 00:00-06:00 Europe/Berlin in the table" in found.stdout) == (
        1,
        True,
    )
    remote.ok("notify", "remove", "44444")
    assert [line.split()[0] for line in remote.ok("notify", "list").splitlines()] == ["default"]


def test_the_trail_is_shown_exported_and_verified(remote: Terminal, tmp_path: Path) -> None:
    remote.ok("role", "grant", "U0123", "admin", "*")
    first = remote.trail()[-1]
    (tmp_path / "kept.jsonl").write_text(remote.ok("audit", "export"))
    (tmp_path / "kept.csv").write_text(remote.ok("audit", "export", "--format", "csv"))
    remote.ok("customer", "name", "44444", "Acme GmbH")
    assert "Acme GmbH" in remote.ok("audit", "show")
    head = f"{first['seq']}:{first['hash']}"
    for reference in (head, "kept.jsonl", "kept.csv"):
        lines = remote.ok("audit", "verify", "--against", reference).splitlines()
        assert lines[0].startswith("2 entries, intact. Head 2:")
        assert lines[1].startswith(f"It continues {reference}, unchanged to entry 1")


def test_what_was_altered_is_found(remote: Terminal, database: Database) -> None:
    remote.ok("role", "grant", "U0123", "admin", "*")
    database.sql("UPDATE roles SET subject_id = 'U0EVIL'")
    assert "differs from the audit trail" in remote("audit", "verify").stderr
    database.sql("ALTER TABLE audit DISABLE TRIGGER ALL")
    database.sql("UPDATE audit SET actor = 'U0EVIL'")
    assert "entry 1 was altered" in remote.refused("audit", "verify")


def test_a_backup_is_made_by_other_means(
    remote: Terminal, database: Database, tmp_path: Path
) -> None:
    line = remote.refused("backup", "copy.db")
    assert line.startswith(f"{database.masked} is backed up by PostgreSQL's own means: pg_dump")
    assert list(tmp_path.iterdir()) == []
    assert database.tables() == []


def test_a_server_that_is_not_there_is_told_without_the_password(
    remote: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE", "postgresql://me:canary@127.0.0.1:1/bot")
    line = remote.refused("role", "list")
    assert line.startswith("The database postgresql://me@127.0.0.1:1/bot cannot be reached")
    assert "canary" not in line
