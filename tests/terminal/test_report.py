"""`report`: three files in a folder, never over others, and what the command imports."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from bot.ports import Transaction
from bot.program import PROGRAM
from tests.builders import CUSTOMER, NOW, OTHER_CUSTOMER, a_record
from tests.fixtures import direct_store
from tests.terminal.conftest import Terminal
from tests.terminal.test_cli import imported

DRAWS = {"matplotlib", "fpdf", "numpy", "PIL"}
SINCE = ("--since", "2026-03-01")


@pytest.fixture
def filled(terminal: Terminal) -> Terminal:
    """A trail with one change of 44444 and something of another customer."""
    command = {"command": f"failover on {CUSTOMER}", "customer_name": "Acme GmbH"}
    records = (
        a_record(detail=command),
        a_record("change.previewed", actor="bot", detail={"total": 20, "already": 0}),
        a_record("users.listed", change_id="", detail={"filters": "customer 44444", "total": 20}),
        a_record("customer.named", customer=OTHER_CUSTOMER, change_id="", detail={"name": "Else"}),
    )

    def step(tx: Transaction) -> None:
        for one in records:
            tx.record(one)

    terminal.ok("customer", "name", CUSTOMER, "Acme GmbH")
    asyncio.run(direct_store.write(terminal.database, step))
    return terminal


def test_pdf_csv_and_json_are_written_and_recorded(filled: Terminal, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    told = filled.ok(
        "report", CUSTOMER, *SINCE, "--zone", "Europe/Berlin", "--out", str(out)
    ).splitlines()
    names = [f"incident-report-{CUSTOMER}.{ending}" for ending in ("pdf", "csv", "json")]
    assert sorted(one.name for one in out.iterdir()) == sorted(names)
    digests = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in names}
    assert told[:3] == [f"{digests[name]}  {out / name}" for name in names]
    assert {(out / name).stat().st_mode & 0o777 for name in names} == {0o600}
    document = json.loads((out / names[2]).read_bytes())
    kinds = [one["kind"] for one in document["entries"]]
    assert kinds == ["customer.named", "change.proposed", "change.previewed", "users.listed"]
    assert document["entries"][1]["time_local"].startswith("2026-03-14T04:04:05")
    assert (document["channel"], document["left_out"]) == (None, 0)
    rows = list(csv.DictReader(io.StringIO((out / names[1]).read_text("utf-8-sig"))))
    assert [row["hash"] for row in rows] == [one["hash"] for one in document["entries"]]
    assert rows[1]["time_local"] == "2026-03-14 04:04:05"
    pdf = PdfReader(out / names[0]).pages[0].extract_text()
    assert "Incident report: Acme GmbH (44444)" in pdf
    head = document["head"]
    assert told[3].endswith(
        f"Verify: {PROGRAM} audit verify --against {head['entry']}:{head['hash']}"
    )
    last = filled.trail()[-1]
    assert (last["kind"], last["detail"]["sha256"]) == ("report.made", digests)
    filled("audit", "verify", "--against", f"{head['entry']}:{head['hash']}")


def test_nothing_is_overwritten(filled: Terminal, tmp_path: Path) -> None:
    there = tmp_path / f"incident-report-{CUSTOMER}.json"
    there.write_text("mine")
    line = filled.refused("report", CUSTOMER, *SINCE, "--out", str(tmp_path))
    assert line == f"{there} exists already, and is not overwritten."
    assert there.read_text() == "mine"
    assert "report.made" not in [one["kind"] for one in filled.trail()]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("C-00000",), "The audit trail has no change C-00000."),
        (("Acme",), "“Acme” is no number of a customer."),
        ((CUSTOMER, "--zone", "Moon/Base"), "“Moon/Base” is no time zone."),
        ((CUSTOMER, "--since", "soon"), "“soon” is no time."),
        ((CUSTOMER, "--since", "2020-01-01", "--until", "2020-01-02"), "Nothing to report"),
        ((CUSTOMER, "--since", "1h", "--until", "2h"), "--since is not before --until"),
    ],
)
def test_what_cannot_be_reported_is_refused(
    filled: Terminal, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    assert filled.refused("report", *words, "--out", str(tmp_path / "out")).startswith(sentence)
    assert not (tmp_path / "out").exists()


def test_the_same_trail_and_request_are_the_same_data(filled: Terminal, tmp_path: Path) -> None:
    """The report before is in the trail, so this asks for the time before it."""
    until = ("--until", f"{NOW:%Y-%m-%d} 03:05:00Z")
    for name in ("a", "b"):
        filled.ok("report", *SINCE, *until, "--out", str(tmp_path / name))
    first, second = (tmp_path / one / "incident-report.csv" for one in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    one, two = (json.loads(each.with_suffix(".json").read_bytes()) for each in (first, second))
    assert one.pop("head") != two.pop("head"), "the first report is an entry itself"
    assert one == two


@pytest.mark.parametrize("words", [("role", "list"), ("report", "--help")])
def test_no_other_command_imports_what_draws(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert not DRAWS & imported(tmp_path, *words)


def test_the_bot_and_the_making_of_a_report_import_nothing_that_draws(tmp_path: Path) -> None:
    assert not DRAWS & imported(
        tmp_path, "--version", first="import bot.bootstrap, bot.terminal.incident_report"
    )
