"""A rehearsal is labelled wherever it is told: in the notification, and in the first thing that is seen."""

from __future__ import annotations

from html import unescape

import pytest

from bot.domain.audit.chain import GENESIS, AuditEntry, Record
from bot.domain.audit.change_story import change_stories
from bot.slack.limits import MAX_MODAL_TITLE_CHARS
from bot.slack.views.audit.sentence import sentence
from bot.slack.views.changes.notification import SHOWN_CHARS, brief, notification_text
from bot.slack.views.drill import labelled, labelled_modal, labelled_reply, labelled_text
from bot.slack.views.mrkdwn import BlockReply, Blocks, customer_label, section
from bot.terminal.doctor.specimens import specimens
from bot.terminal.doctor.specimens.specimen import Specimen, Surface
from tests.builders import NOW, a_change

ALL = list(specimens())
LONG = "Acme Gesellschaft für Maschinenbau und Elektrotechnik mbH & Co. KG"


def first_words(blocks: Blocks) -> str:
    """Return the first text that is read."""
    block = next(one for one in blocks if one["type"] in ("header", "section"))
    return str(block["text"]["text"])


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_each_kind_of_message_and_form_has_the_label_once_and_first(one: Specimen) -> None:
    if one.surface is Surface.FORM:
        once = labelled_modal(one.view)
        title = once["title"]["text"]
        assert title.startswith("DRILL · ")
        assert len(title) <= MAX_MODAL_TITLE_CHARS
        assert labelled_modal(once) == once
        return
    text, blocks = labelled(one.text, one.blocks)
    if one.text:
        assert text == f"DRILL · {one.text.removeprefix('DRILL · ')}"
    assert first_words(blocks).replace("*", "").startswith("DRILL · ")
    assert len(first_words(blocks)) <= (150 if blocks[0]["type"] == "header" else 3000)
    assert labelled(text, blocks) == (text, blocks)


def test_a_reply_and_its_older_form_have_it() -> None:
    told = labelled_reply(BlockReply("Counted.", [section("Counted.")], [section("Older.")]))
    assert told.text == "DRILL · Counted."
    assert [first_words(told.blocks), first_words(told.older)] == [
        "*DRILL* · Counted.",
        "*DRILL* · Older.",
    ]
    assert (labelled_text(""), labelled("", [])) == ("", ("", []))
    divider: Blocks = [{"type": "divider"}]
    assert labelled("", divider) == ("", divider)


def test_the_label_leaves_room_for_what_a_phone_shows() -> None:
    change = a_change(drill=True, reason="Rehearsal of the morning shift, with everybody on call")
    for told in (notification_text(change, LONG, "Olga"), brief(change, LONG, "ENDS IN 15 min")):
        shown = unescape(labelled_text(told))[: SHOWN_CHARS + len(f" · {change.id}")]
        assert shown.startswith("DRILL · ")
        assert "(44444)" in shown
        assert shown.endswith(change.id)


def test_a_customer_of_a_list_has_it_in_front_of_its_name() -> None:
    assert customer_label("44444", "A & B", drill=True) == "DRILL · A &amp; B (44444)"
    assert customer_label("44444", "A & B") == "A &amp; B (44444)"


def test_every_sentence_of_the_trail_of_its_change_has_it() -> None:
    detail = {"command": "failover on 44444", "drill": True}
    entries = [
        AuditEntry(1, Record(NOW, "change.proposed", "U1", change_id="C-1", detail=detail), "", ""),
        AuditEntry(2, Record(NOW, "change.applied", "bot", change_id="C-1"), "", GENESIS),
    ]
    story = change_stories(entries)["C-1"]
    assert [sentence(one, story) for one in entries] == [
        "DRILL · U1 asked: failover on, all users.",
        "DRILL · Applied: failover on, all users.",
    ]
