"""The message that comes with a report, and what people are told who add messages to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.commands import AuditCommand
from bot.errors import SlackRefused
from bot.ports import AuditFilter
from bot.program import PROGRAM
from bot.slack.views.incident_report import (
    added,
    file_name,
    message,
    not_posted,
    plain_message,
    removed,
    report_title,
    since_and_until,
)
from tests.builders import CHANNEL, NOW, a_record
from tests.slack.documents.reports import MESSAGE, PROPOSED, STORY, a_report

DIGESTS = {"report.pdf": "ab" * 32, "report.csv": "cd" * 32, "report.json": "ef" * 32}


def on_change() -> tuple[AuditCommand, AuditFilter]:
    return AuditCommand(change_id="C-7K3MX"), AuditFilter(change_id="C-7K3MX")


def test_the_notification_tells_what_and_who_within_a_hundred_characters() -> None:
    report = a_report()
    entry = report.entries[-1]
    told = message(report, DIGESTS, entry)
    assert told.splitlines() == [
        "Incident report: Acme GmbH (44444), asked for by on call",
        "From 2026-03-14 04:04:05 (Europe/Berlin).",
        f"6 audit entries · 1 message · recorded as audit {entry.reference}",
        f"PDF SHA-256 `{DIGESTS['report.pdf']}`",
        f"CSV SHA-256 `{DIGESTS['report.csv']}`",
        f"JSON SHA-256 `{DIGESTS['report.json']}`",
        f"Verify: `{PROGRAM} audit verify --against {report.head}`",
    ]
    assert len(told.splitlines()[0]) <= 100


def test_of_a_change_and_of_a_channel() -> None:
    report = a_report()
    command, where = on_change()
    audit = replace(report.request.audit, command=command, where=where, name="")
    report.request = replace(report.request, audit=audit)
    first = message(report, DIGESTS, report.entries[-1]).splitlines()[:2]
    assert first == [
        "Incident report: C-7K3MX, Acme GmbH (44444), asked for by on call",
        "All that the audit trail has of it.",
    ]
    assert report_title(report) == "Incident report: C-7K3MX, Acme GmbH (44444)"
    whole = replace(audit, command=AuditCommand(), where=AuditFilter(since=NOW, until=NOW))
    report.request = replace(report.request, audit=whole, whole_channel=True)
    assert message(report, DIGESTS, report.entries[-1]).startswith(
        f"Incident report: <#{CHANNEL}>, asked for by on call\nFrom 2026-03-14 04:04:05"
    )
    assert report_title(report) == "Incident report: #incident"
    assert since_and_until(report.request).count("Europe/Berlin") == 2


def test_names_notify_nobody() -> None:
    report = a_report()
    audit = replace(report.request.audit, actor_name="<!channel>", name="<@U0>")
    report.request = replace(report.request, audit=audit)
    told = message(report, DIGESTS, report.entries[-1])
    assert "<" not in told


def test_a_rehearsal_is_labelled_first() -> None:
    report = a_report((a_record(detail={**PROPOSED, "drill": True}),))
    assert message(report, DIGESTS, report.entries[0]).startswith("DRILL · Incident report: ")
    assert file_name(report).startswith("DRILL-incident-report-44444")
    assert file_name(a_report(STORY)) == "incident-report-44444"


def test_who_adds_a_message_reads_what_was_added() -> None:
    assert added(MESSAGE) == (
        "Added to the report: <@U0APPROVER>, <!date^1773457565^{date_short_pretty} {time_secs}|"
        "2026-03-14 03:06:05 UTC>: “Ask @x &amp; see status (https://status.example.com) in #ops” "
        "Remove it again by *Remove from the report* in the same menu."
    )
    assert removed(replace(MESSAGE, author="B0BOT", text="<!channel> " + "x" * 400)).startswith(
        "Removed from the report: B0BOT, <!date^"
    )
    assert "<!channel>" not in removed(replace(MESSAGE, text="&lt;!channel&gt;"))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<@U0OLGA> and <@U0BEN>", "@Olga and @U0BEN"),
        ("<!subteam^S1|@oncall> <!here>", "!oncall !here"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<https://a.example>", "https://a.example"),
        ("a &lt; b &gt; c", "a < b > c"),
        ("2 < 3 > 1", "2 < 3 > 1"),
    ],
)
def test_a_message_is_read_as_plain_text(text: str, plain: str) -> None:
    assert plain_message(text, {"U0OLGA": "Olga"}) == plain


def test_why_no_files_arrived() -> None:
    assert not_posted(SlackRefused("Slack says no.", code="x")).startswith(
        "The report did not reach this channel. Slack says no. Repeat"
    )
    assert "in time" in not_posted(TimeoutError())
    assert "disk" in not_posted(OSError())
