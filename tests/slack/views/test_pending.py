"""The list of open changes: short enough for Slack, and inert."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from bot.domain.change import Change
from bot.service.queries.history import OpenChange
from bot.slack.views import pending as view
from tests.builders import CHANNEL, a_change
from tests.slack.extreme_values import CUSTOMER_NAME, NAME
from tests.slack.message_checks import reply

URL = "https://home.slack.example/"


def waiting(change: Change | None = None, name: str = NAME, ts: str | None = "1.2") -> OpenChange:
    return OpenChange(change or a_change(), name, CHANNEL, ts)


def test_pending_links_each_card_that_is_posted() -> None:
    told = reply(view.pending([waiting(), waiting(ts=None)], URL)).split("\n")
    assert told[0].endswith(f"<https://home.slack.example/archives/{CHANNEL}/p12|card>")
    assert "<" not in told[1]
    assert view.pending([], URL) == "Nothing waits here."
    assert "<" not in view.pending([waiting()], "")


def test_pending_says_how_many_it_did_not_read() -> None:
    assert reply(view.pending([waiting()], URL, more=9950)).endswith("\n… and 9,950 more")
    cut = reply(view.pending([waiting()] * 500, URL, more=9500))
    shown = cut.count(" · WAITING · ")
    assert cut.endswith(f"\n… and {10_000 - shown:,} more")


@pytest.mark.parametrize("count", [1, 15, 500])
def test_a_long_list_is_cut_to_whole_lines_and_says_so(count: int) -> None:
    told = reply(view.pending([waiting()] * count, URL))
    assert count < 500 or "… and " in told


@settings(max_examples=100, deadline=None)
@given(CUSTOMER_NAME)
def test_no_customer_name_is_live(name: str) -> None:
    reply(view.pending([waiting(name=name)], URL))
