"""`audit`: shown, verified and exported; what somebody altered is found."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import UTC, datetime

import pytest

from bot.domain.audit.chain import GENESIS, Record
from bot.store.sqlite.store import SqliteStore
from bot.terminal.audit import export
from tests.terminal.conftest import Tamper, Terminal


@pytest.fixture
def filled(terminal: Terminal) -> Terminal:
    """Four entries: three of the terminal, and one of what people typed elsewhere."""
    terminal.ok("role", "grant", "U0123", "admin", "*")
    terminal.ok("customer", "name", "44444", "Acme GmbH")
    terminal.ok("policy", "set", "44444", "failover", "everyone", "2")
    record(terminal, "change.denied", change_id="C-7K3MX", detail={"reason": "no\x9b2J\x7f\u202e"})
    return terminal


def record(terminal: Terminal, kind: str, **fields: object) -> None:
    """Append an entry as the bot does."""
    made = Record(at=datetime.now(UTC), kind=kind, **{"actor": "U0999", **fields})  # type: ignore[arg-type]  # a test's shorthand

    async def append() -> None:
        store = await SqliteStore.open_async(terminal.database)
        await store.write(lambda tx: tx.record(made))
        await store.close()

    asyncio.run(append())


def test_the_last_entries_are_shown_oldest_first(filled: Terminal) -> None:
    kinds = ["role.granted", "customer.named", "policy.set", "change.denied"]
    assert [line.split()[2] for line in filled.ok("audit", "show").splitlines()] == kinds
    last = filled.ok("audit", "show", "--last", "2").splitlines()
    assert [line.split()[0] for line in last] == ["3", "4"]
    assert '"name": "Acme GmbH"' in filled.ok("audit", "show")


def test_one_change_is_shown_by_its_id_however_it_is_typed(filled: Terminal) -> None:
    for typed in ("C-7K3MX", "c–7k3mx"):
        [line] = filled.ok("audit", "show", "--change", typed).splitlines()
        assert "change.denied U0999 C-7K3MX" in line
    assert filled.ok("audit", "show", "--change", "C-00000") == ""
    assert "not the id of a change" in filled.refused("audit", "show", "--change", "44444")
    assert "not in the range" in filled.refused("audit", "show", "--last", "0", status=2)


def test_what_was_typed_elsewhere_has_no_effect_on_this_terminal(filled: Terminal) -> None:
    shown = filled.ok("audit", "show")
    assert r"no\x9b2J\x7f\u202e" in shown
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_an_untouched_trail_is_intact_and_its_head_is_told(filled: Terminal) -> None:
    head = filled.trail()[-1]["hash"]
    assert filled.ok("audit", "verify") == f"4 entries, intact. Head 4:{head}\n"


def test_an_empty_trail_is_intact(terminal: Terminal) -> None:
    assert terminal.ok("audit", "verify") == f"0 entries, intact. Head 0:{GENESIS}\n"
    assert terminal.ok("audit", "show") == ""


def test_the_trail_is_walked_a_page_at_a_time(
    filled: Terminal, tamper: Tamper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PAGE_ENTRIES", 3)
    assert filled.ok("audit", "verify").startswith("4 entries, intact.")
    assert [entry["seq"] for entry in filled.trail()] == [1, 2, 3, 4]
    tamper("UPDATE audit SET actor = 'U0EVIL' WHERE seq = 2")
    assert "entry 2 was altered" in filled.refused("audit", "verify")


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit SET actor = 'U0EVIL' WHERE seq = 2", "entry 2 was altered"),
        ("UPDATE audit SET actor_name = 'x' WHERE seq = 2", "entry 2 was altered"),
        ("UPDATE audit SET kind = 'x' WHERE seq = 1", "entry 1 was altered"),
        ("UPDATE audit SET customer = '99999' WHERE seq = 4", "entry 4 was altered"),
        ("UPDATE audit SET channel = 'C0EVIL' WHERE seq = 4", "entry 4 was altered"),
        ("UPDATE audit SET change_id = 'C-XXXXX' WHERE seq = 4", "entry 4 was altered"),
        ("UPDATE audit SET detail = '{}' WHERE seq = 3", "entry 3 was altered"),
        (
            "UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE seq = 3",
            "entry 3 was altered",
        ),
        ("UPDATE audit SET hash = 'x' WHERE seq = 2", "entry 2 was altered"),
        ("UPDATE audit SET previous = 'x' WHERE seq = 2", "entry 2 does not follow"),
        ("DELETE FROM audit WHERE seq = 1", "entry 1 is missing: 2 follows"),
        ("DELETE FROM audit WHERE seq = 3", "entry 3 is missing: 4 follows"),
        ("UPDATE audit SET seq = 9 WHERE seq = 4", "entry 4 is missing: 9 follows"),
        ("UPDATE audit SET detail = '{' WHERE seq = 3", "entry 3 cannot be read"),
        ("UPDATE audit SET at = 'yesterday' WHERE seq = 3", "entry 3 cannot be read"),
        # the same values in another spelling
        ("UPDATE audit SET at = replace(at, 'T', ' ') WHERE seq = 3", "entry 3 cannot be read"),
        ("UPDATE audit SET detail = detail || ' ' WHERE seq = 3", "entry 3 cannot be read"),
        (
            "UPDATE audit SET detail = replace(detail, '{', '{\"approvals\":0,') WHERE seq = 3",
            "entry 3 cannot be read",
        ),
        (
            "UPDATE audit SET detail = replace(hex(zeroblob(50000)), '0', '[') WHERE seq = 3",
            "entry 3 cannot be read",
        ),
    ],
)
def test_what_was_altered_behind_the_triggers_is_found_and_named(
    filled: Terminal, tamper: Tamper, statement: str, fault: str
) -> None:
    tamper(statement)
    assert fault in filled.refused("audit", "verify").replace("Audit entry", "entry")


def test_an_entry_forged_between_two_others_is_found(filled: Terminal, tamper: Tamper) -> None:
    tamper(
        "UPDATE audit SET seq = seq + 100 WHERE seq > 2",
        "UPDATE audit SET seq = seq - 99 WHERE seq > 100",
        "INSERT INTO audit SELECT 3, at, kind, actor, actor_name, customer, change_id, channel,"
        " detail, previous, hash FROM audit WHERE seq = 2",
    )
    assert "entry 3" in filled.refused("audit", "verify")


@pytest.mark.parametrize("number", ["0", "-1", "-9223372036854775808"])
def test_an_entry_forged_before_the_first_is_found(
    filled: Terminal, tamper: Tamper, number: str
) -> None:
    tamper(
        f"INSERT INTO audit SELECT {number}, at, kind, 'U0EVIL', actor_name, customer, change_id,"  # noqa: S608  # the numbers above
        " channel, detail, previous, hash FROM audit WHERE seq = 1"
    )
    assert f"entry 1 is missing: {number} follows" in filled.refused("audit", "verify")
    assert len(filled.trail()) == 5


def test_jsonl_holds_every_field_of_every_entry(filled: Terminal) -> None:
    lines = filled.ok("audit", "export").splitlines()
    assert filled.ok("audit", "export", "--format", "jsonl").splitlines() == lines
    rows = [json.loads(line) for line in lines]
    assert all(tuple(row) == export.COLUMNS for row in rows)
    assert [row["previous"] for row in rows] == [GENESIS, *(row["hash"] for row in rows[:-1])]
    assert json.loads(rows[3]["detail"]) == {"reason": "no\x9b2J\x7f\u202e"}


def test_csv_holds_the_same_as_jsonl(filled: Terminal) -> None:
    exported = filled.ok("audit", "export", "--format", "csv")
    table = list(csv.DictReader(io.StringIO(exported, newline="")))
    rows = [json.loads(line) for line in filled.ok("audit", "export").splitlines()]
    assert table == [{key: str(value) for key, value in row.items()} for row in rows]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula_for_a_spreadsheet(terminal: Terminal, start: str) -> None:
    formula = f"{start}cmd|' /C calc'!A0"
    record(terminal, "change.proposed", actor=formula, actor_name=formula, channel=formula)
    exported = terminal.ok("audit", "export", "--format", "csv")
    [row] = csv.DictReader(io.StringIO(exported, newline=""))
    assert [row[column] for column in ("actor", "actor_name", "channel")] == [f"'{formula}"] * 3
    assert row["detail"] == "{}"
    texts = [cell for line in exported.split("\r\n")[:1] for cell in line.split(",")]
    assert all(cell.startswith('"') for cell in texts), "a semicolon splits no cell in two"


def test_an_unknown_format_is_refused(terminal: Terminal) -> None:
    said = terminal.refused("audit", "export", "--format", "xml", status=2)
    assert "'xml' is not one of 'csv', 'jsonl'" in said
