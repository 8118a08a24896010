"""A database that cannot be used is told in a line, and left as it is."""

from __future__ import annotations

import os
import pwd
import socket
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app import main
from tests.terminal.conftest import Terminal

COMMANDS = [
    ("role", "list"),
    ("role", "grant", "U0123", "admin", "*"),
    ("role", "revoke", "U0123", "admin", "*"),
    ("policy", "list"),
    ("policy", "set", "44444", "failover", "everyone", "1"),
    ("policy", "remove", "44444", "failover", "everyone"),
    ("customer", "name", "44444", "Acme"),
    ("set", "list"),
    ("set", "create", "emea", "44444", "10101"),
    ("set", "show", "emea"),
    ("set", "delete", "emea"),
    ("rule", "list"),
    ("rule", "set", "44444", "--access-after", "3d"),
    ("rule", "remove", "44444"),
    ("notify", "list"),
    ("notify", "set", "44444", "--remind", "5m"),
    ("notify", "remove", "44444"),
    ("template", "import", str(Path(__file__).parents[2] / "bot" / "templates" / "users")),
    ("template", "list"),
    ("template", "show", "de"),
    ("template", "remove", "de"),
    ("template", "values", "44444", "--contact", "IT"),
    ("on",),
    ("audit", "show"),
    ("audit", "verify"),
    ("audit", "verify", "--against", "1:abcdef"),
    ("audit", "export"),
    ("backup", "copy.db"),
    ("migrate",),
]
GROUPS = {name for name, command in main.commands.items() if isinstance(command, click.Group)}


def names(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command below this one, by its words."""
    if not isinstance(command, click.Group):
        return [path]
    return [found for name, one in command.commands.items() for found in names(one, (*path, name))]


def test_every_command_that_needs_a_database_is_tried_here() -> None:
    """`run`, `copy`, `report`, `doctor`, `exec` and `probe` have tests of their own, `demo` a database of its own, `sandbox` none."""
    others = {
        ("run",),
        ("demo",),
        ("copy",),
        ("doctor",),
        ("exec",),
        ("probe",),
        ("report",),
        ("sandbox",),
    }
    tried = {command[: 2 if command[0] in GROUPS else 1] for command in COMMANDS}
    assert tried | others == set(names(main))


@pytest.mark.parametrize("path", [(), *((group,) for group in sorted(GROUPS)), *names(main)])
def test_help_says_what_a_command_does_and_needs_nothing(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Usage: {' '.join(('main', *path))} ")
    assert "  --help " in result.stdout


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_half_a_command_shows_what_could_follow(terminal: Terminal, group: str) -> None:
    result = terminal(group)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Commands:" in result.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
class TestEachCommand:
    def test_a_damaged_file_is_told_and_kept(
        self, terminal: Terminal, words: tuple[str, ...]
    ) -> None:
        terminal.database.write_bytes(b"not a database, but longer than its header would be" * 4)
        before = terminal.database.read_bytes()
        assert "is not a database" in terminal.refused(*words)
        assert terminal.database.read_bytes() == before

    def test_a_file_of_a_newer_version_is_told_and_kept(
        self, terminal: Terminal, words: tuple[str, ...]
    ) -> None:
        terminal.ok("role", "list")
        insert = "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        terminal.sql(f"{insert} VALUES ('continuity', '9999_future', '2030-01-01')")
        before = terminal.database.read_bytes()
        assert "newer version (9999_future)" in terminal.refused(*words)
        assert terminal.database.read_bytes() == before

    def test_a_file_of_another_program_is_told_and_kept(
        self, terminal: Terminal, words: tuple[str, ...]
    ) -> None:
        terminal.sql("CREATE TABLE theirs (id)")
        assert "belongs to another program" in terminal.refused(*words)
        assert terminal.sql("SELECT name FROM sqlite_schema") == [("theirs",)]

    def test_a_folder_is_told(self, terminal: Terminal, words: tuple[str, ...]) -> None:
        terminal.database.mkdir()
        assert "cannot be opened" in terminal.refused(*words)

    def test_a_place_that_is_not_there_is_told(
        self, terminal: Terminal, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE", str(terminal.database / "deeper" / "bot.db"))
        assert "check that the folder exists" in terminal.refused(*words)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_told(terminal: Terminal) -> None:
    terminal.ok("role", "list")
    terminal.database.chmod(0o400)
    assert "read-only" in terminal.refused("role", "grant", "U0123", "admin", "*")


def test_a_folder_in_which_nothing_can_be_made_is_told(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE", "/dev/null/bot.db")
    assert "cannot be opened" in terminal.refused("role", "list")


def test_a_setting_that_cannot_be_read_is_told(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    assert terminal.refused("role", "list").startswith("LOG_LEVEL: ")


def test_the_file_is_found_by_the_dotenv_of_this_folder(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE")
    (tmp_path / ".env").write_text("DATABASE=other.db\n")
    (tmp_path / ".env").chmod(0o600)
    terminal.ok("role", "list")
    assert (tmp_path / "other.db").exists()


def test_os_user_and_host_are_recorded_whatever_the_environment_says(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    terminal.ok("role", "grant", "U0123", "admin", "*")
    terminal.ok("customer", "name", "44444", "Acme")
    terminal.ok("policy", "set", "44444", "failover", "everyone", "1")
    terminal.ok("role", "grant", "U0999", "admin", "*")
    terminal.ok("role", "revoke", "U0123", "admin", "*")
    me = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"
    assert [entry["actor"] for entry in terminal.trail()] == [me] * 5
    assert f"by {me}" in terminal.ok("role", "list")


def test_a_user_without_a_name_is_recorded_by_his_number(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    terminal.ok("role", "grant", "U0123", "admin", "*")
    [entry] = terminal.trail()
    assert entry["actor"] == f"uid4000000000@{socket.gethostname()}"
