"""The PDF and its picture, drawn in this process; text is read back by another library."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader

from bot.slack.documents.content import (
    Document,
    DrawnMark,
    Panel,
    Point,
    Section,
    Table,
    Timeline,
)
from bot.slack.documents.pdf import write_pdf
from bot.slack.documents.picture import DPI, MARKS_INCHES, PANEL_INCHES, WIDTH_INCHES, draw
from bot.slack.views.texts.incident_report import NAMES
from tests.builders import NOW

PANEL = Panel(
    "Acme GmbH (44444): all users",
    1284,
    (
        Point(NOW, 0, 0),
        Point(NOW + timedelta(minutes=6), None, None),
        Point(NOW + timedelta(minutes=7), 1284, 44),
    ),
)
MARKS = (
    DrawnMark(NOW, "asked", "1"),
    DrawnMark(NOW + timedelta(minutes=5), "approved", "4"),
    DrawnMark(NOW + timedelta(minutes=9), "back", "9"),
    DrawnMark(NOW + timedelta(minutes=9), "stopped", "10"),
)
TIMELINE = Timeline(
    NOW,
    NOW + timedelta(minutes=30),
    "Europe/Berlin",
    "Time: Europe/Berlin",
    (PANEL,),
    MARKS,
    dict(NAMES),
)
DOCUMENT = Document(
    "Incident report: Acme GmbH (44444)",
    ("From here to there.",),
    TIMELINE,
    (Section("What happened", ("A line.",), Table(("Entry", "What"), (1, 5), (("1", "asked"),))),),
    "The foot",
    NOW,
    "The picture.",
)


def pages(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize("panels", [0, 1, 3])
def test_the_picture_is_as_wide_for_any_number_of_panels(panels: int) -> None:
    width, height = size(draw(replace(TIMELINE, panels=(PANEL,) * panels)))
    inches = PANEL_INCHES * panels + MARKS_INCHES + 0.5
    assert (width, height) == (int(WIDTH_INCHES * DPI), round(inches * DPI))


def test_the_same_timeline_is_the_same_picture_and_another_one_is_not() -> None:
    assert draw(TIMELINE) == draw(TIMELINE)
    points = (*PANEL.points[:2], replace(PANEL.points[2], able_to_read=450))
    assert draw(TIMELINE) != draw(replace(TIMELINE, panels=(replace(PANEL, points=points),)))
    assert draw(TIMELINE) != draw(replace(TIMELINE, marks=MARKS[1:]))


@pytest.mark.parametrize(
    "timeline",
    [
        replace(TIMELINE, ends=NOW),
        replace(TIMELINE, marks=()),
        replace(TIMELINE, panels=(Panel("nobody", None, (Point(NOW, None, None),)),)),
        replace(TIMELINE, ends=NOW + timedelta(days=400), marks=MARKS * 50),
        replace(TIMELINE, zone="No/Where"),
    ],
)
def test_strange_timelines_are_drawn(timeline: Timeline) -> None:
    assert size(draw(timeline))[0] == int(WIDTH_INCHES * DPI)


def test_the_text_can_be_read_back_from_the_pdf() -> None:
    (page,) = pages(write_pdf(DOCUMENT))
    for words in (DOCUMENT.title, *DOCUMENT.lines, "The picture.", "What happened", "A line."):
        assert words in page
    assert "Entry What 1 asked" in page
    assert page.endswith("The foot 1 / 1") or "The foot" in page


def test_the_same_document_is_the_same_file() -> None:
    assert write_pdf(DOCUMENT) == write_pdf(DOCUMENT)
    later = replace(DOCUMENT, made_at=NOW + timedelta(days=1))
    assert pages(write_pdf(DOCUMENT)) == pages(write_pdf(later))
    reader = PdfReader(io.BytesIO(write_pdf(later)))
    assert reader.metadata is not None
    assert reader.metadata.creation_date == later.made_at.replace(microsecond=0)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Йосиф Ελένη", "Йосиф Ελένη"),
        ("山田太郎 approved", "\ufffd\ufffd\ufffd\ufffd approved"),
        ("a\x00b\x1bc\u200bd\u202ee", "abcde"),
        ("\U0001faa8 stone", "\ufffd stone"),
        ("<b>**bold**</b>", "<b>**bold**</b>"),
    ],
)
def test_what_the_font_lacks_is_replaced_and_what_hides_is_left_out(typed: str, shown: str) -> None:
    document = replace(DOCUMENT, title=typed, timeline=None, footer=typed)
    assert shown in pages(write_pdf(document))[0]


def test_long_words_and_many_rows_flow_over_pages_with_a_heading_each() -> None:
    rows = tuple((str(one), "x" * 300) for one in range(60))
    table = Table(("Entry", "What"), (1, 5), rows)
    told = pages(write_pdf(replace(DOCUMENT, sections=(Section("All", (), table),))))
    assert len(told) > 1
    assert all("Entry What" in page for page in told)
    assert f"1 / {len(told)}" in told[0]


@pytest.mark.parametrize("name", ["Cash $\\x$ GmbH", "$5 and $6", "^_{a}$"])
def test_a_name_is_no_formula(name: str) -> None:
    assert draw(replace(TIMELINE, panels=(replace(PANEL, title=name),)))


def test_the_last_count_is_seen_where_nothing_follows_it() -> None:
    """A report that is asked for right after the switch shows that users are in failover."""
    ends = PANEL.points[2].at
    points = (*PANEL.points[:2], replace(PANEL.points[2], in_failover=None, able_to_read=None))
    unknown = replace(TIMELINE, ends=ends, panels=(replace(PANEL, points=points),))
    assert draw(replace(TIMELINE, ends=ends)) != draw(unknown)


@pytest.mark.parametrize("text", ["a\n" * 1000, "山" * 2000, "a" * 10_000, "a, " * 3000])
def test_a_cell_that_is_higher_than_a_page_goes_on_in_the_next_row(text: str) -> None:
    table = Table(("Entry", "What"), (1, 5), (("1", text), (text, "2"), ("3", "the next one")))
    told = pages(write_pdf(replace(DOCUMENT, sections=(Section("All", (), table),))))
    assert "the next one" in told[-1]
    char = text[0]
    shown = "".join(told).count(char if char == "a" else "\ufffd")
    assert shown >= 2 * text.count(char)


def test_a_text_is_not_taken_for_the_number_of_pages() -> None:
    section = Section("All", (), Table(("Entry", "What"), (1, 5), (("1", "Reason: {nb} users"),)))
    told = pages(write_pdf(replace(DOCUMENT, sections=(section,))))
    assert "Reason: {nb} users" in told[0]
    assert f"1 / {len(told)}" in told[0]
