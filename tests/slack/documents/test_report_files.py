"""What the files of a report say of a trail."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.audit.chain import hash_entry
from bot.program import PROGRAM
from bot.slack.documents.content import Document, Section
from bot.slack.documents.report_data import CSV_COLUMNS, csv_file, json_file
from bot.slack.documents.report_document import MAX_PDF_ENTRIES, document
from bot.slack.documents.report_files import make_files
from bot.slack.views.incident_report import message, report_title
from bot.slack.views.texts import incident_report as texts
from tests.builders import CUSTOMER, NOW, a_record
from tests.slack.documents.reports import PROPOSED, STORY, a_report
from tests.slack.documents.test_pdf import pages

DIGESTS = {"a.csv": "12ab"}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def read(content: bytes) -> Any:
    return json.loads(content)


def section(told: Document, heading: str) -> Section:
    (found,) = (one for one in told.sections if one.heading == heading)
    return found


def test_the_csv_has_a_line_for_each_entry_with_both_times() -> None:
    told = rows(csv_file(a_report()))
    assert tuple(told[0]) == CSV_COLUMNS
    assert [row["seq"] for row in told] == ["1", "2", "3", "4", "5", "6"]
    assert (told[0]["time_utc"], told[0]["time_local"]) == (
        "2026-03-14 03:05:05",
        "2026-03-14 04:05:05",
    )
    assert told[4]["requests"].startswith("PUT /44444/users/0; PUT /44444/users/1; ")
    assert told[5]["read_back"] == "20/20"


def test_the_json_has_who_counts_marks_entries_and_messages() -> None:
    told = read(json_file(a_report()))
    assert (told["format"], told["version"], told["customer"], told["channel_name"]) == (
        "continuity-report",
        1,
        CUSTOMER,
        "incident",
    )
    assert told["changes"] == [
        {
            "change": "C-7K3MX",
            "asked": ["on call"],
            "told": ["Ben"],
            "looked": ["Olga"],
            "approved": ["Olga"],
        }
    ]
    assert [one["kind"] for one in told["marks"]] == ["asked", "approved"]
    (counts,) = told["counts"]
    assert (counts["scope"], counts["total"]) == ("everyone", 20)
    assert [one["in_failover"] for one in counts["counts"]] == [0, None, 20]
    (message,) = told["messages"]
    assert message["sha256"] == hashlib.sha256(message["text"].encode()).hexdigest()
    assert message["author_name"] == "Olga"


def test_who_asked_and_approved_before_the_time_of_the_report_is_told() -> None:
    report = a_report()
    del report.entries[:4]
    (people,) = read(json_file(report))["changes"]
    assert (people["asked"], people["approved"]) == (["on call"], ["Olga"])


def test_an_approval_that_counted_no_longer_is_none() -> None:
    again = (
        a_record("change.asked_again", actor="bot", actor_name="", detail={"why": "more users"}),
        a_record("change.approved", actor="U0SECOND", actor_name="Sam"),
    )
    (people,) = read(json_file(a_report((*STORY[:4], *again))))["changes"]
    assert people["approved"] == ["Sam"]
    report = a_report((*STORY[:4], *again))
    del report.entries[4:]
    (people,) = read(json_file(report))["changes"]
    assert people["approved"] == ["Olga"], "as far as the report goes"


def test_role_rows_and_unknown_details_stay_in_the_trail() -> None:
    records = (a_record(detail={**PROPOSED, "secret": "canary", "row": {"asked": "canary"}}),)
    told = json_file(a_report(records))
    assert b"canary" not in told
    assert b"granted by" not in told
    assert read(told)["entries"][0]["detail"] == {
        "command": PROPOSED["command"],
        "reason": "Exchange down",
    }


def test_the_same_trail_makes_the_same_data() -> None:
    assert csv_file(a_report()) == csv_file(a_report())
    assert json_file(a_report()) == json_file(a_report())
    assert json_file(a_report()) != json_file(a_report(STORY[:-1]))
    assert document(a_report(), DIGESTS, NOW) == document(a_report(), DIGESTS, NOW)


def test_a_formula_in_a_reason_is_guarded() -> None:
    records = (a_record(detail={**PROPOSED, "reason": "=1+1"}),)
    assert rows(csv_file(a_report(records)))[0]["reason"] == "'=1+1"


def test_the_pdf_says_what_happened_by_whom_and_how_to_verify_it() -> None:
    report = a_report(left_out=2)
    told = document(report, DIGESTS, NOW)
    assert told.title == "Incident report: Acme GmbH (44444)"
    assert told.lines == (
        "From 2026-03-14 04:04:05 (Europe/Berlin).",
        "Asked for by on call.",
        "Times are those of Europe/Berlin, and UTC.",
        texts.LEFT_OUT.format(2),
    )
    happened = section(told, "What happened").table
    assert happened is not None
    assert happened.rows[0] == (
        "1",
        "2026-03-14 04:05:05",
        "03:05:05",
        "on call asked: failover on, all 20 users. Reason: Exchange down",
        "C-7K3MX",
        report.entries[0].hash[:16],
    )
    assert happened.rows[4][3].endswith(
        "Sent: PUT /44444/users/0; PUT /44444/users/1; PUT /44444/users/2; PUT /44444/users/3; "
        "PUT /44444/users/4; and 4 more"
    )
    people = section(told, "Who asked, saw and approved").table
    assert people is not None
    assert people.rows == (("C-7K3MX", "on call", "Ben", "Olga", "Olga"),)
    messages = section(told, "Messages that people added").table
    assert messages is not None
    assert messages.rows[0][2].startswith(
        "Ask @on call & see status (https://status.example.com) in #ops\nhttps://acme.slack.com"
    )
    head = report.head
    assert f"{PROGRAM} audit verify --against {head}" in " ".join(
        section(told, "How to verify it").lines
    )
    assert "a.csv  12ab" in section(told, "How to verify it").lines
    assert told.timeline is not None
    assert [point.in_failover for point in told.timeline.panels[0].points] == [0, None, 20]
    assert [mark.number for mark in told.timeline.marks] == ["1", "4"]


@pytest.mark.parametrize(
    ("made", "until", "ends"), [(7, None, 7), (60, None, 8), (60, 7, 7), (1, None, 6)]
)
def test_the_picture_goes_on_after_the_last_count(made: int, until: int | None, ends: int) -> None:
    """Right after the switch it shows that users are in failover, a month later the same."""
    report, minute = a_report(), timedelta(minutes=1)
    audit = report.request.audit
    where = replace(audit.where, until=NOW + until * minute if until else None)
    request = replace(report.request, audit=replace(audit, where=where))
    told = document(replace(report, request=request), DIGESTS, NOW + made * minute)
    assert told.timeline is not None
    assert told.timeline.ends == NOW + ends * minute


def test_a_clock_that_was_set_back_does_not_turn_the_picture() -> None:
    report = a_report()
    late = replace(report.entries[0].record, at=NOW + timedelta(hours=1))
    report.entries[0] = replace(report.entries[0], record=late)
    told = document(report, DIGESTS, NOW + timedelta(hours=2))
    assert told.timeline is not None
    assert (told.timeline.begins, told.timeline.ends) == (
        NOW + timedelta(minutes=2),
        NOW + timedelta(minutes=65, seconds=48),
    )


def test_utc_has_its_day_where_that_is_another_one() -> None:
    report = a_report()
    at = NOW.replace(hour=23, minute=30, second=0)
    late = replace(report.entries[0].record, at=at)
    report.entries[0] = replace(report.entries[0], record=late)
    report.messages = [replace(report.messages[0], posted_at=at)]
    told = document(report, DIGESTS, NOW)
    happened, messages = (section(told, one).table for one in ("What happened", texts.MESSAGES))
    assert happened is not None
    assert messages is not None
    assert happened.rows[0][1:3] == ("2026-03-15 00:30:00", "2026-03-14 23:30:00")
    assert messages.rows[0][0] == "2026-03-15 00:30:00\n2026-03-14 23:30:00 UTC"


@pytest.mark.parametrize("name", ["<!channel> *x* `", "{0} {", "\u202egnp.exe"])
def test_a_customer_s_name_mentions_nobody(name: str) -> None:
    report = a_report()
    audit = replace(report.request.audit, name=name)
    named = replace(report, request=replace(report.request, audit=audit))
    assert "<!channel>" not in message(named, DIGESTS, report.entries[-1])
    assert report_title(named).endswith(f"{name} ({CUSTOMER})")


def test_more_entries_than_a_pdf_holds_are_in_the_data() -> None:
    report = a_report((*STORY, *[a_record("change.looked_at")] * MAX_PDF_ENTRIES))
    happened = section(document(report, DIGESTS, NOW), "What happened")
    assert happened.table is not None
    assert len(happened.table.rows) == MAX_PDF_ENTRIES
    assert happened.lines == ("The first 1,000 of 1,006 entries; CSV and JSON have all of them.",)
    assert len(rows(csv_file(report))) == MAX_PDF_ENTRIES + 6


def test_without_counts_and_acts_there_is_no_picture() -> None:
    told = document(a_report((a_record("backup.made"),)), DIGESTS, NOW)
    assert told.timeline is None
    assert told.picture_note == ""
    assert not a_report((), messages=()).entries
    empty = document(a_report((), messages=()), DIGESTS, NOW)
    assert empty.footer.endswith("trail up to 0")


def test_a_rehearsal_is_labelled() -> None:
    told = document(a_report((a_record(detail={**PROPOSED, "drill": True}),)), DIGESTS, NOW)
    assert told.title == "DRILL · Incident report: Acme GmbH (44444)"


@pytest.mark.parametrize("name", ["山田太郎", "x" * 500, "a\nb\x00", "\ud800"])
async def test_names_of_any_kind_make_files(name: str) -> None:
    record = replace(a_record(detail={**PROPOSED, "reason": name}), actor_name=name)
    report = a_report(())
    report.entries = [replace(hash_entry(1, STORY[0], ""), record=record)]
    report.stories["C-7K3MX"] = a_report(STORY[:1]).stories["C-7K3MX"]
    pdf, table, data = await make_files(report, "report", NOW)
    assert [one.name for one in (pdf, table, data)] == ["report.pdf", "report.csv", "report.json"]
    assert pdf.digest == hashlib.sha256(pdf.content).hexdigest()
    assert table.digest in " ".join(pages(pdf.content))
    assert data.digest in " ".join(pages(pdf.content))
