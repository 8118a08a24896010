"""A card in a place that is not its own."""

from __future__ import annotations

import pytest

from bot.domain.change_state import AWAITING, MAY_BE_REPEATED, State
from bot.slack.views.changes.buttons import buttons
from bot.slack.views.changes.card import card
from bot.slack.views.changes.channel_fallback import redirected_card
from bot.slack.views.mrkdwn import blocks_as_text
from tests.slack.extreme_values import NAME, PREVIEWS, SCOPES, failures, in_state
from tests.slack.message_checks import check, shown


@pytest.mark.parametrize("state", State)
def test_elsewhere_a_card_has_no_buttons_and_what_is_open_says_where_it_is_decided(
    state: State,
) -> None:
    for scope in SCOPES.values():
        change = in_state(state, scope, PREVIEWS["known"])
        text, blocks = card(change, NAME, failures(scope))
        there = redirected_card(change, blocks)
        check(text, there)
        assert "actions" not in {block["type"] for block in there}
        offered = len(there) < len(blocks) or "Not decided here" in shown(there)
        assert offered == bool(buttons(change, NAME))
        undecided = offered and state not in MAY_BE_REPEATED
        assert (f"in <#{change.channel}> alone" in blocks_as_text(there)) == undecided
        assert ("propose it again" in blocks_as_text(there)) == (state in AWAITING)
