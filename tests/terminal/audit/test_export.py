"""`audit`: shown, verified and exported; what somebody altered is found."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import UTC, datetime

import pytest

from bot.domain.audit.chain import GENESIS, Record
from bot.slack.views.audit.file import COLUMNS as CSV_COLUMNS
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
    assert [line.split()[3] for line in filled.ok("audit", "show").splitlines()] == kinds
    last = filled.ok("audit", "show", "--last", "2").splitlines()
    assert [line.split()[0] for line in last] == ["3", "4"]
    assert last[0].endswith(
        " set the policy for Acme GmbH (44444): failover, everyone: 2 approvals."
    )


def test_one_change_is_shown_by_its_id_however_it_is_typed(filled: Terminal) -> None:
    for typed in ("C-7K3MX", "c–7k3mx"):
        [line] = filled.ok("audit", "show", "--change", typed).splitlines()
        assert " change.denied U0999 denied: C-7K3MX. Reason: no" in line
        assert line.endswith(" C-7K3MX")
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


def table(terminal: Terminal) -> list[dict[str, str]]:
    exported = terminal.ok("audit", "export", "--format", "csv")
    return list(csv.DictReader(io.StringIO(exported, newline=""), strict=True))


def test_csv_holds_a_sentence_and_columns_instead_of_json(filled: Terminal) -> None:
    found = table(filled)
    rows = [json.loads(line) for line in filled.ok("audit", "export").splitlines()]
    assert tuple(found[0]) == CSV_COLUMNS
    assert [(row["seq"], row["kind"], row["hash"]) for row in found] == [
        (str(row["seq"]), row["kind"], row["hash"]) for row in rows
    ]
    me = rows[0]["actor"]
    assert [row["sentence"] for row in found] == [
        f"{me} granted the role admin for all customers to U0123.",
        f"{me} named the customer 44444 Acme GmbH.",
        f"{me} set the policy for Acme GmbH (44444): failover, everyone: 2 approvals.",
        "U0999 denied: C-7K3MX. Reason: no\x9b2J\x7f\u202e",
    ]
    assert [row["customer_name"] for row in found] == ["", "Acme GmbH", "Acme GmbH", ""]
    assert not any("{" in cell for row in found for cell in row.values())


def test_csv_says_on_or_off_for_whom_and_who_approved(terminal: Terminal) -> None:
    of = {"change_id": "C-7K3MX", "customer": "44444"}
    asked = {"command": "failover off 44444 --group emea", "reason": "Over", "approvals_needed": 1}
    record(terminal, "change.proposed", actor_name="Olga", detail=asked, **of)
    record(terminal, "change.previewed", actor="bot", detail={"total": 643}, **of)
    record(terminal, "change.approved", actor="U0ANTON", actor_name="Anton", detail={}, **of)
    receipt = {"api_id": "5f3a", "api_timestamp": "2026-03-14T03:04:05Z", "affected": 643}
    record(
        terminal, "change.applied", actor="bot", detail=receipt | {"read_back": [643, 643]}, **of
    )
    columns = ["action", "direction", "scope", "users", "reason", "approvals_needed", "approved_by"]
    columns += ["api_id", "api_timestamp", "affected"]
    rows = [[row[column] for column in columns] for row in table(terminal)]
    change = ["failover", "off", "groups: emea", "643"]
    assert rows == [
        [*change, "Over", "1", "", "", "", ""],
        [*change, "", "", "", "", "", ""],
        [*change, "", "", "Anton (U0ANTON)", "", "", ""],
        [*change, "", "", "Anton (U0ANTON)", "5f3a", "2026-03-14T03:04:05Z", "643"],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula_for_a_spreadsheet(terminal: Terminal, start: str) -> None:
    formula = f"{start}cmd|' /C calc'!A0"
    record(terminal, "change.proposed", actor=formula, actor_name=formula, channel=formula)
    [row] = table(terminal)
    for column in ("actor_id", "actor_name", "channel"):
        assert row[column] == f"'{formula}"


def test_an_unknown_format_is_refused(terminal: Terminal) -> None:
    said = terminal.refused("audit", "export", "--format", "xml", status=2)
    assert "'xml' is not one of 'csv', 'jsonl'" in said
