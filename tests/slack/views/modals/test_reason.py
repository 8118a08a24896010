"""The modal that asks why: taken by Slack, and it finds its way back to the change."""

from __future__ import annotations

import pytest

from bot.slack.views.modals import reason
from sandbox.slack.blocks.limits import check_view

WHAT = "FAILOVER ON for Acme GmbH (44444), ALL 1,284 users."


@pytest.mark.parametrize("action", reason.QUESTIONS)
def test_the_modal_is_taken_by_slack_and_asks_for_at_most_300_characters(action: str) -> None:
    view = check_view(reason.ReasonModal(action, "C-7K3MX", "C0INCIDENT", WHAT).build())
    element = view["blocks"][1]["element"]
    assert (element["min_length"], element["max_length"]) == (1, 300)
    assert "C-7K3MX" in view["title"]["text"]
    assert view["close"]["text"] == "Cancel"
    check_view(reason.ReasonModal(action, "C-" + "7" * 10, "C" + "0" * 24, WHAT * 4).build())


@pytest.mark.parametrize("action", reason.QUESTIONS)
def test_the_only_confirmation_says_what_for_whom_and_how_many(action: str) -> None:
    view = reason.ReasonModal(action, "C-7K3MX", "C0INCIDENT", WHAT).build()
    told = view["blocks"][0]["text"]
    assert told["type"] == "plain_text"
    assert told["text"].endswith(WHAT)
    assert told["text"] != WHAT


def test_a_reason_that_was_typed_before_is_filled_in() -> None:
    view = reason.ReasonModal("change_deny", "C-7K3MX", "C0INCIDENT", WHAT, "twice").build()
    assert view["blocks"][1]["element"]["initial_value"] == "twice"


@pytest.mark.parametrize("typed", [" ", "\u200b", "\u202e \u2060"])
def test_a_reason_that_nobody_sees_is_none(typed: str) -> None:
    view = reason.ReasonModal("review_object", "C-7K3MX", "C0INCIDENT", WHAT).build()
    values = {"reason": {"reason": {"type": "plain_text_input", "value": typed}}}
    assert set(reason.ReasonModal.errors(view | {"state": {"values": values}})) == {"reason"}


@pytest.mark.parametrize("action", reason.QUESTIONS)
def test_what_the_modal_carries_is_read_back(action: str) -> None:
    view = reason.ReasonModal(action, "C-7K3MX", "C0INCIDENT", WHAT).build()
    values = {"reason": {"reason": {"type": "plain_text_input", "value": "wrong customer"}}}
    read = reason.ReasonModal.parse({"state": {"values": values}, **view})
    assert (read.action, read.about, read.channel) == (action, "C-7K3MX", "C0INCIDENT")
    assert (read.text, read.values) == ("wrong customer", {})
