"""`backup`: a checked copy made while others write, restored into place, and what it then lacks."""

from __future__ import annotations

import os
import re
import shutil
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from bot.terminal.admin import at_this_terminal
from tests.store.sqlite.processes import context, keep_granting
from tests.terminal.conftest import Tamper, Terminal


@pytest.fixture
def filled(terminal: Terminal) -> Terminal:
    terminal.ok("role", "grant", "U0123", "admin", "*")
    terminal.ok("customer", "name", "44444", "Acme GmbH")
    return terminal


def other_files(terminal: Terminal) -> list[str]:
    """What else lies in the folder."""
    return sorted(p.name for p in terminal.database.parent.iterdir() if p != terminal.database)


def test_path_size_entries_and_head_are_told_and_the_file_is_its_owners_alone(
    filled: Terminal, tmp_path: Path
) -> None:
    head = filled.trail()[-1]["hash"]
    said = filled.ok("backup", "copy.db")
    copy = tmp_path / "copy.db"
    assert said == f"copy.db: {copy.stat().st_size:,} bytes, 2 entries. Head 2:{head}\n"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert other_files(filled) == ["copy.db"]


def test_it_is_recorded_with_who_made_it_and_what_it_holds(
    filled: Terminal, tmp_path: Path
) -> None:
    head = filled.ok("backup", "copy.db").split()[-1]
    made = filled.trail()[-1]
    assert (made["kind"], made["actor"]) == ("backup.made", at_this_terminal().user)
    copy = tmp_path / "copy.db"
    assert made["detail"] == {"file": str(copy), "bytes": copy.stat().st_size, "head": head}
    assert filled.ok("audit", "verify", "--against", "copy.db").endswith(
        "It continues copy.db, unchanged to entry 2: 1 more.\n"
    )


def test_a_file_that_is_there_is_never_overwritten(filled: Terminal, tmp_path: Path) -> None:
    (tmp_path / "old.db").write_bytes(b"dear to somebody")
    (tmp_path / "dangling.db").symlink_to("nowhere")
    for name in ("old.db", "dangling.db", "."):
        assert "is there already; name another file" in filled.refused("backup", name)
    assert (tmp_path / "old.db").read_bytes() == b"dear to somebody"
    assert [entry["kind"] for entry in filled.trail()] == ["role.granted", "customer.named"]


def test_the_database_itself_is_refused_by_any_of_its_names(
    filled: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "link.db").symlink_to(filled.database)
    os.link(filled.database, tmp_path / "twin.db")
    for name in (str(filled.database), "link.db", "twin.db"):
        assert "is the database itself" in filled.refused("backup", name)
    assert filled.ok("audit", "verify").startswith("2 entries, intact.")


def test_a_folder_that_is_not_there_is_told(filled: Terminal) -> None:
    said = filled.refused("backup", "deeper/copy.db")
    assert said == "deeper/copy.db cannot be made: No such file or directory."


def test_no_database_is_no_backup(terminal: Terminal) -> None:
    assert "there is no such file" in terminal.refused("backup", "copy.db")
    assert other_files(terminal) == []
    assert not terminal.database.exists()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET actor = 'U0EVIL' WHERE seq = 1", "entry 1 was altered"),
        (
            "INSERT INTO user_outcomes VALUES ('C-NONE', 'a@b.c', 'done', '', NULL, NULL, NULL)",
            "a row of user_outcomes belongs to no row of changes",
        ),
    ],
)
def test_what_does_not_stand_the_check_gets_no_name(
    filled: Terminal, tamper: Tamper, statement: str, said: str
) -> None:
    tamper(statement)
    assert said in filled.refused("backup", "copy.db")
    assert other_files(filled) == []


def test_a_page_that_is_damaged_is_found_in_the_copy(filled: Terminal) -> None:
    [(page,)] = filled.sql("SELECT rootpage FROM sqlite_schema WHERE name = 'customers'")
    content = bytearray(filled.database.read_bytes())
    content[(page - 1) * 4096 : (page - 1) * 4096 + 8] = b"\xff" * 8
    filled.database.write_bytes(content)
    said = filled.refused("backup", "copy.db")
    assert "No backup was made" in said
    assert other_files(filled) == []


def test_a_database_of_an_older_version_is_copied_and_stays_as_old_as_it_is(
    filled: Terminal, tmp_path: Path
) -> None:
    """As before an upgrade: the version that runs must be able to start on both again."""
    filled.sql("DELETE FROM _sqlite_migrations WHERE name >= '0005'")
    before = filled.database.read_bytes()
    result = filled("backup", "copy.db")
    assert result.exit_code == 0
    assert "Not recorded: the database is of an older version" in result.stderr
    assert filled.database.read_bytes() == before
    assert (tmp_path / "copy.db").exists()


def test_a_backup_that_cannot_be_recorded_is_kept_and_that_is_told(
    filled: Terminal, tmp_path: Path
) -> None:
    filled.sql("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END")
    result = filled("backup", "copy.db")
    assert (result.exit_code, (tmp_path / "copy.db").exists()) == (0, True)
    assert result.stdout.startswith("copy.db: ")
    assert result.stderr.startswith("Not recorded in the audit trail.")


def test_backups_made_while_another_process_writes_can_be_restored(
    filled: Terminal, tmp_path: Path
) -> None:
    forks = context()
    near, far = forks.Pipe()
    writer = forks.Process(target=keep_granting, args=(filled.database, far))
    writer.start()
    try:
        heads = [_backup_between_grants(filled, near, f"copy{number}.db") for number in range(3)]
        near.send("stop")
        assert near.poll(60), "the writer hangs"
        granted = near.recv()
    finally:
        writer.join(60)
    assert writer.exitcode == 0
    assert len(set(heads)) == 3, "nothing was written meanwhile"
    assert len(filled.ok("role", "list").splitlines()) == granted + 1, "a grant was lost"
    for number in range(3):
        filled.ok("audit", "verify", "--against", f"copy{number}.db")
    (tmp_path / "kept.jsonl").write_text(filled.ok("audit", "export"))
    last = filled.trail()[-1]["seq"]

    _restore(filled, tmp_path / "copy1.db")

    entries, head = heads[1]
    assert filled.ok("audit", "verify") == f"{entries} entries, intact. Head {head}\n"
    assert len(filled.ok("role", "list").splitlines()) < granted + 1
    assert filled.refused("audit", "verify", "--against", "kept.jsonl") == (
        "The audit trail does not continue kept.jsonl: it ends with entry "
        f"{entries}; what came after, up to entry {last}, is missing."
    )
    filled.ok("role", "revoke", "U0GRANTED1", "viewer", "*")
    parted = filled.refused("audit", "verify", "--against", "kept.jsonl")
    assert f"from entry {entries + 1} on it is another one, role.revoked by" in parted


def _backup_between_grants(terminal: Terminal, writer: Connection, name: str) -> tuple[int, str]:
    """Make a backup when the writer has written more; return its entries and its head."""
    writer.send("more")
    assert writer.poll(60), "the writer hangs"
    writer.recv()
    told = re.fullmatch(
        r"\S+: [\d,]+ bytes, (\d+) entries\. Head (\S+)\n", terminal.ok("backup", name)
    )
    assert told
    return int(told[1]), told[2]


def _restore(terminal: Terminal, backup: Path) -> None:
    """Do what docs/operations.md says."""
    terminal.database.rename(terminal.database.with_suffix(".replaced"))
    journal = terminal.database.with_name(f"{terminal.database.name}-journal")
    journal.unlink(missing_ok=True)
    shutil.copy(backup, terminal.database)
