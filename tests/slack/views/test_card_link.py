"""Links to cards."""

from __future__ import annotations

from bot.service.queries.history import OpenChange
from bot.slack.views import card_link as view
from tests.builders import CHANNEL, a_change
from tests.slack.extreme_values import NAME
from tests.slack.message_checks import reply

URL = "https://home.slack.example/"


def test_a_proposal_that_is_there_already_is_linked_where_it_is_posted() -> None:
    assert reply(view.proposed_already(OpenChange(a_change(), NAME, CHANNEL, "1.2"), URL)).endswith(
        "|Open the card>"
    )
    told = reply(view.proposed_already(OpenChange(a_change(), NAME, CHANNEL, None), URL))
    assert told == "This is proposed already: C-7K3MX."
