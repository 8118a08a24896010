"""What goes with the texts for users: the button, the form, and the words of the files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.actions import FAILOVER_ON, Activate, SetFlag
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import Outcome, StepOutcome
from bot.domain.scope import Flag
from bot.domain.user_text import UserValues
from bot.service.user_texts.built_in import built_in_texts
from bot.service.user_texts.make import Notice, NoticeOffer
from bot.service.user_texts.templates import BUILT_IN, Template
from bot.slack.views.changes.buttons import outcome_buttons
from bot.slack.views.modals.notice import NoticeModal
from bot.slack.views.notice import comment, file_name, file_title, not_sent, sent
from tests.builders import CHANNEL, NOW, a_change

URL = "https://webmail.example.com"
ALL = Notice(
    NoticeOffer(
        "44444",
        "Acme & Söhne",
        {one: Template(one, BUILT_IN, text) for one, text in built_in_texts().items()},
        UserValues(URL, "IT"),
        NOW,
        None,
        is_drill=False,
    ),
    built_in_texts(),
)


def ids(change: Change) -> list[str]:
    return [one["action_id"] for one in outcome_buttons(change)]


def activation(state: State, **over: object) -> Change:
    outcome = Outcome(total=20, in_state=20, read_back_at=NOW)
    return a_change(action=Activate(), state=state, attempts=1, outcome=outcome, **over)


def test_an_activation_that_moved_mail_offers_the_texts_and_nothing_else_does() -> None:
    access = (StepOutcome(SetFlag(Flag.ACCESS, on=True), NOW),)
    for state in (State.APPLIED, State.PARTIAL):
        assert "notice_text" in ids(activation(state, steps=access))
    # The first step, access, is what failed or reached some users: mail is where it was.
    for state in (State.PARTIAL, State.FAILED, State.GIVEN_UP):
        assert "notice_text" not in ids(activation(state))
    assert "notice_text" not in ids(activation(State.FAILED, steps=access))
    assert "notice_text" not in ids(replace(activation(State.APPLIED), action=FAILOVER_ON))


@pytest.mark.parametrize("drill", [False, True])
def test_a_message_says_whose_texts_these_are_since_when_and_that_nothing_was_sent(
    drill: bool,
) -> None:
    made = replace(ALL, offer=replace(ALL.offer, is_drill=drill))
    label = "DRILL · " if drill else ""
    told = comment(made)
    assert told.startswith(f"*{label}Acme &amp; Söhne (44444)*: text for the users, to hand on.")
    assert told.endswith(f"webmail {URL}. Nothing was sent to users.")
    assert file_name(made, "de") == f"{'DRILL-' if drill else ''}mail-44444-de.txt"
    assert file_title(made, "Deutsch (de)") == f"{label}Acme & Söhne (44444): Deutsch (de)"
    assert sent(made).startswith("5 files are in your messages with me: de, en, es, fr, it.")
    assert len(sent(made)) <= 120
    off = comment(replace(made, offer=replace(made.offer, since=None)))
    assert "This bot has failover on for nobody there: the text says since now." in off
    assert not_sent(ValueError("No.")) == "The files could not be sent to you: No. Try again."


def test_the_form_fits_slack_and_says_what_happens() -> None:
    modal = NoticeModal(
        "44444",
        CHANNEL,
        "Acme (44444)",
        {"de": True, "en": False},
        UserValues(URL),
        needs_url=False,
    )
    view = modal.build()
    assert len(view["title"]["text"]) <= 24
    about, languages, url, contact = view["blocks"]
    assert "Nothing is sent to users." in about["text"]["text"]
    assert len(about["text"]["text"]) <= 200
    chosen = languages["element"]
    assert [one["value"] for one in chosen["initial_options"]] == ["de"]
    assert [one["text"]["text"] for one in chosen["options"]] == [
        "Deutsch (de), own text",
        "English (en)",
    ]
    assert (url["optional"], url["element"]["initial_value"]) == (True, URL)
    assert contact["optional"]
    assert "initial_value" not in contact["element"]
