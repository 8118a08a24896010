"""The warning on a card, and to its requester, that too few people can approve it."""

from __future__ import annotations

import pytest

from bot.program import PROGRAM
from bot.service.access.missing_approvers import MissingApprovers
from bot.slack.views.changes.approvers import too_few_approvers
from bot.slack.views.changes.card import card
from tests.builders import REQUESTER, a_change
from tests.slack.message_checks import check, shown

GRANT = f"`{PROGRAM} role grant U… approver 44444`"
NOBODY_ELSE = MissingApprovers(1, (), ("<@U0ADMIN>",), requester_could=True)


@pytest.mark.parametrize(
    ("missing", "to_requester", "words"),
    [
        (NOBODY_ELSE, True, "*Nobody but you can approve for 44444*, and nobody approves"),
        (NOBODY_ELSE, False, f"*Nobody but <@{REQUESTER}> can approve for 44444*, and nobody"),
        (MissingApprovers(1, (), (), False), True, "*Nobody can approve for 44444 yet.*"),
        (
            MissingApprovers(2, ("<@U0ONE>",), (), False),
            False,
            "*2 more approvals are needed, and only <@U0ONE> can approve for 44444.*",
        ),
    ],
)
def test_who_is_missing_is_said(missing: MissingApprovers, to_requester: bool, words: str) -> None:
    assert words in too_few_approvers(a_change(), missing, to_requester=to_requester)


def test_who_can_grant_it_is_said() -> None:
    told = too_few_approvers(a_change(), NOBODY_ELSE, to_requester=True)
    assert told.endswith(f"Who can grant it: <@U0ADMIN>, on the terminal: {GRANT}.")
    nobody = MissingApprovers(1, (), (), requester_could=False)
    told = too_few_approvers(a_change(), nobody, to_requester=True)
    assert told.endswith(f"There is no admin yet who can grant it. On the terminal: {GRANT}.")


def test_the_card_shows_it() -> None:
    warning = too_few_approvers(a_change(), NOBODY_ELSE, to_requester=False)
    text, blocks = card(a_change(), "Acme GmbH", warning=warning)
    check(text, blocks)
    assert warning in shown(blocks)
