"""`audit verify --against`, and role rows that no entry explains."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import pytest

from bot.domain.actor import Actor
from bot.domain.admin_commands import GrantRoleCommand
from bot.domain.roles import Role, parse_subject
from bot.ports import Store, Transaction
from bot.store.sqlite.store import SqliteStore
from bot.terminal.admin import admin_session
from bot.terminal.audit import export, verify
from tests.terminal.audit.test_export import record
from tests.terminal.conftest import Tamper, Terminal

T = TypeVar("T")
Keep = Callable[[Terminal], str]


def as_backup(terminal: Terminal) -> str:
    terminal.ok("backup", "kept")
    return "kept"


def as_export(form: str) -> Keep:
    def keep(terminal: Terminal) -> str:
        text = terminal.ok("audit", "export", "--format", form)
        (terminal.database.parent / "kept").write_text(text, encoding="utf-8", newline="")
        return "kept"

    return keep


def as_head(length: int) -> Keep:
    def keep(terminal: Terminal) -> str:
        seq, _, sealed = terminal.ok("audit", "verify").split()[-1].partition(":")
        return f"{seq}:{sealed[:length]}"

    return keep


def as_old_csv(terminal: Terminal) -> str:
    """The csv of version 0.2: everything, and an apostrophe before what looks like a formula."""
    with (terminal.database.parent / "kept").open("w", encoding="utf-8", newline="") as file:
        made = csv.DictWriter(file, export.COLUMNS, quoting=csv.QUOTE_NONNUMERIC)
        made.writeheader()
        for line in terminal.ok("audit", "export").splitlines():
            cells = json.loads(line)
            odd = [name for name, cell in cells.items() if str(cell).startswith(("'", "="))]
            made.writerow(cells | {name: f"'{cells[name]}" for name in odd})
    return "kept"


NOT_COMPARED = " Of this csv the numbers and hashes were compared, not its other columns."
FILES = {
    "backup": as_backup,
    "jsonl": as_export("jsonl"),
    "csv": as_export("csv"),
    "csv of 0.2": as_old_csv,
}
HEADS = {"head": as_head(64), "as in the channel": as_head(16)}


@pytest.fixture
def filled(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Six entries, read three at a time; two with what csv and spreadsheets make much of."""
    monkeypatch.setattr(export, "PAGE_ENTRIES", 3)
    terminal.ok("role", "grant", "U0123", "admin", "*")
    terminal.ok("role", "grant", "U0456", "operator", "44444", "--hours", "8")
    record(terminal, "change.denied", actor_name="=1+1", detail={"reason": 'no\r\n"x",\u202e;'})
    record(terminal, "change.denied", actor_name="'=1+1", detail={"to": ["a" * 250] * 600})
    terminal.ok("customer", "name", "44444", "Ünïçôdé GmbH")
    terminal.ok("role", "grant", "C0456", "incident", "44444")
    return terminal


def cut(terminal: Terminal, tamper: Tamper, seq: int) -> None:
    """Take the last entries away, as an older backup lacks them."""
    tamper(
        f"DELETE FROM audit WHERE seq > {seq}",  # noqa: S608  # a number
        *(["DELETE FROM customers"] if seq < 5 else []),
        *(["DELETE FROM roles WHERE subject_id = 'C0456'"] if seq < 6 else []),
    )


def forge(terminal: Terminal, tamper: Tamper, seq: int) -> None:
    """Write everything from an entry on anew, as somebody does who can compute hashes."""
    later = [entry["kind"] for entry in terminal.trail()[seq - 1 :]]
    cut(terminal, tamper, seq - 1)
    for kind in later:
        record(terminal, f"forged.{kind}", actor="U0EVIL")


@pytest.mark.parametrize("keep", (FILES | HEADS).values(), ids=FILES | HEADS)
class TestAgainst:
    def test_a_trail_that_went_on_continues_what_was_kept(
        self, filled: Terminal, keep: Keep
    ) -> None:
        kept = keep(filled)
        filled.ok("role", "grant", "U0789", "viewer", "*")
        more = len(filled.trail()) - 6
        said = filled.ok("audit", "verify", "--against", kept).splitlines()
        assert said[0].startswith(f"{6 + more} entries, intact. Head ")
        of = " (64 of 256 bits compared)" if keep is HEADS["as in the channel"] else ""
        told = f"It continues {kept}, unchanged to entry 6{of}: {more} more."
        assert said[1:] == [told + (NOT_COMPARED if keep is FILES["csv"] else "")]

    def test_a_trail_that_was_cut_is_found(
        self, filled: Terminal, tamper: Tamper, keep: Keep
    ) -> None:
        kept = keep(filled)
        cut(filled, tamper, 4)
        said = filled.refused("audit", "verify", "--against", kept)
        assert (
            f"does not continue {kept}: it ends with entry 4; what came after, up to entry 6"
            in said
        )

    def test_a_trail_that_was_written_anew_is_found(
        self, filled: Terminal, tamper: Tamper, keep: Keep
    ) -> None:
        kept = keep(filled)
        forge(filled, tamper, 4)
        said = filled.refused("audit", "verify", "--against", kept)
        if kept == "kept":
            assert "from entry 4 on it is another one, forged.change.denied by U0EVIL at " in said
            assert " here, change.denied by U0999 at " in said
        else:
            assert "entry 6 is another one, its hash is" in said

    def test_a_fork_that_is_shorter_is_found(
        self, filled: Terminal, tamper: Tamper, keep: Keep
    ) -> None:
        kept = keep(filled)
        cut(filled, tamper, 4)
        record(filled, "change.proposed")
        said = filled.refused("audit", "verify", "--against", kept)
        found = "from entry 5 on it is another one" if kept == "kept" else "it ends with entry 5"
        assert found in said

    def test_a_broken_chain_is_told_first(
        self, filled: Terminal, tamper: Tamper, keep: Keep
    ) -> None:
        kept = keep(filled)
        tamper("UPDATE audit SET actor = 'U0EVIL' WHERE seq = 2")
        assert filled.refused("audit", "verify", "--against", kept) == (
            "The audit trail is broken: entry 2 was altered."
        )


@pytest.mark.parametrize(("length", "bits"), [(6, 24), (8, 32), (15, 60)])
def test_a_short_head_that_agrees_is_never_called_unchanged(
    filled: Terminal, length: int, bits: int
) -> None:
    kept = as_head(length)(filled)
    said = filled.refused("audit", "verify", "--against", kept)
    assert said.startswith(
        f"Entry 6 agrees with {kept}, and that proves nothing: {bits} of 256 bits"
    )
    assert said.endswith(f"about 2^{bits} tries. Give 16 characters of the hash or more.")
    assert "unchanged" not in said


def test_a_short_head_that_does_not_agree_is_a_contradiction(filled: Terminal) -> None:
    said = filled.refused("audit", "verify", "--against", "6:000000")
    assert said.startswith("The audit trail does not continue 6:000000: entry 6 is another one")


@pytest.mark.parametrize("keep", FILES.values(), ids=FILES)
def test_a_file_of_nothing_yet_is_continued_by_everything(terminal: Terminal, keep: Keep) -> None:
    terminal.ok("role", "list")
    kept = keep(terminal)
    if not (terminal.database.parent / kept).read_bytes():  # an export of nothing as jsonl
        assert "neither a backup nor" in terminal.refused("audit", "verify", "--against", kept)
        return
    terminal.ok("role", "grant", "U0123", "admin", "*")
    said = terminal.ok("audit", "verify", "--against", kept)
    assert f"It continues {kept}, unchanged to entry 0: " in said


@pytest.mark.parametrize("form", ["jsonl", "csv of 0.2"])
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("U0999", "U0EVIL", "kept is no witness, its own chain is broken: entry 3 was altered."),
        ("change.denied", "change.done", "entry 3 was altered"),
    ],
)
def test_an_export_that_was_altered_is_no_witness(
    filled: Terminal, form: str, old: str, new: str, said: str
) -> None:
    kept = filled.database.parent / FILES[form](filled)
    kept.write_text(kept.read_text().replace(old, new, 1))
    assert said in filled.refused("audit", "verify", "--against", "kept")


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_that_was_cut_short_within_an_entry_is_told(filled: Terminal, form: str) -> None:
    kept = filled.database.parent / as_export(form)(filled)
    kept.write_text(kept.read_text(encoding="utf-8")[:-100], encoding="utf-8", newline="")
    said = filled.refused("audit", "verify", "--against", "kept")
    assert said == "kept cannot be read after 5 entries."


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_without_its_first_entries_is_no_witness(filled: Terminal, form: str) -> None:
    kept = filled.database.parent / as_export(form)(filled)
    first, *lines = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    head = [first] if form == "csv" else []
    rest = lines[2:] if form == "csv" else lines[1:]
    kept.write_text("".join([*head, *rest]), encoding="utf-8", newline="")
    said = filled.refused("audit", "verify", "--against", "kept")
    assert said.endswith("its own chain is broken: entry 1 is missing: 3 follows.")


@pytest.mark.parametrize(
    "content", ["", "hello", '{"seq": 1}\n', '"seq","at"\r\n1\r\n', "{\n", "\ufeff"]
)
def test_what_is_no_backup_and_no_export_is_told(filled: Terminal, content: str) -> None:
    (filled.database.parent / "kept").write_text(content)
    said = filled.refused("audit", "verify", "--against", "kept")
    assert "neither a backup nor" in said or "cannot be read after 0 entries" in said


def test_a_csv_whose_hash_was_altered_contradicts_the_trail(filled: Terminal) -> None:
    kept = filled.database.parent / as_export("csv")(filled)
    sealed = filled.trail()[2]["hash"]
    kept.write_text(kept.read_text().replace(str(sealed), "0" * 64, 1))
    assert "unchanged" in filled.ok("audit", "verify", "--against", "kept"), "its last one counts"
    sealed = filled.trail()[5]["hash"]
    kept.write_text(kept.read_text().replace(str(sealed), "0" * 64, 1))
    said = filled.refused("audit", "verify", "--against", "kept")
    assert "from entry 3 on it is another one" in said
    kept.write_text(kept.read_text().replace("0" * 64, "0" * 63 + "x", 1))
    assert "cannot be read after 2 entries" in filled.refused(
        "audit", "verify", "--against", "kept"
    )


def test_what_is_not_there_or_the_database_itself_is_told(filled: Terminal) -> None:
    said = filled.refused("audit", "verify", "--against", "812:xyz")
    assert said == "812:xyz is no SEQ:HASH and no file: No such file or directory."
    said = filled.refused("audit", "verify", "--against", str(filled.database))
    assert "is the database itself" in said
    assert "no file: Is a directory" in filled.refused("audit", "verify", "--against", ".")


def test_a_backup_is_left_as_it_is(filled: Terminal) -> None:
    kept = filled.database.parent / as_backup(filled)
    before = kept.read_bytes()
    filled.ok("audit", "verify", "--against", "kept")
    assert kept.read_bytes() == before
    assert not list(kept.parent.glob("kept-*"))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "INSERT INTO roles VALUES ('user', 'U0EVIL', 'admin', '*', 'U0123', '2026-01-01', NULL)",
            "U0EVIL admin *: in the table, and no entry granted it",
        ),
        (
            "DELETE FROM roles WHERE subject_id = 'C0456'",
            "C0456 incident 44444: granted in entry 6, and not in the table",
        ),
        ("UPDATE roles SET expires_at = NULL WHERE subject_id = 'U0456'", "for good in the table"),
        ("UPDATE roles SET granted_by = 'me' WHERE subject_id = 'U0123'", "by me for good in the"),
    ],
)
def test_a_role_row_that_the_trail_does_not_explain_is_told(
    filled: Terminal, statement: str, said: str
) -> None:
    filled.ok("audit", "verify")
    filled.sql(statement)
    result = filled("audit", "verify")
    assert result.exit_code == 1
    assert [said in line for line in result.stdout.splitlines()] == [True]
    assert result.stderr == "The database differs from the audit trail in one place.\n"


def test_many_rows_are_counted(filled: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MAX_SHOWN_DIFFERENCES", 2)
    filled.sql("DELETE FROM roles")
    result = filled("audit", "verify")
    assert len(result.stdout.splitlines()) == 3
    assert result.stdout.splitlines()[-1] == "and 1 more"


def test_a_role_row_that_cannot_be_read_is_told(filled: Terminal) -> None:
    filled.sql("UPDATE roles SET role = 'emperor' WHERE subject_id = 'U0456'")
    said = filled.refused("audit", "verify")
    assert "The role row of U0456 for 44444 cannot be read" in said


def test_roles_granted_again_revoked_and_ended_follow_from_the_trail(filled: Terminal) -> None:
    filled.ok("role", "grant", "U0456", "operator", "44444")
    filled.ok("role", "revoke", "C0456", "incident", "44444")
    filled.ok("role", "grant", "C0456", "incident", "44444", "--hours", "1")
    assert filled.ok("audit", "verify").startswith("9 entries, intact.")


def test_a_restored_backup_is_verified_on_its_own_words(filled: Terminal) -> None:
    kept = filled.database.parent / as_backup(filled)
    shutil.copy(kept, filled.database)
    said = filled.ok("audit", "verify", "--against", "kept").splitlines()
    assert said[-1] == "It continues kept, unchanged to entry 6: 0 more."


async def test_a_role_granted_while_the_trail_is_walked_is_no_difference(tmp_path: Path) -> None:
    """Rows and the entries that explain them are read in one moment."""
    store = await SqliteStore.open_async(tmp_path / "bot.db")
    admin = admin_session(store, Actor("me", None, terminal="me@host"))
    await admin.grant(GrantRoleCommand(parse_subject("U0FIRST"), Role.VIEWER, "*"))

    class Busy:
        """The store of a bot that grants a role right when the walk has seen the last entry."""

        granted = False

        async def read(self, query: Callable[[Transaction], T]) -> T:
            answer = await store.read(query)
            if answer == [] and not self.granted:
                self.granted = True
                await admin.grant(GrantRoleCommand(parse_subject("U0LATE"), Role.VIEWER, "*"))
            return answer

    walked = await verify.verify_trail(cast("Store", Busy()))
    await store.close()
    assert (walked.report.entries, walked.report.fault, walked.differences.first) == (2, "", [])
