"""A refusal with its button, and the question in the channel: all inert, nothing typed is live."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from bot.domain.change import Change
from bot.domain.roles import Right
from bot.errors import Remedy, RemedyKind
from bot.service.access.ask_others import Question
from bot.slack.button_values import RemedyButton
from bot.slack.views import refusals as view
from tests.builders import APPROVER, CUSTOMER, REQUESTER, a_change
from tests.slack.extreme_values import CUSTOMER_NAME
from tests.slack.message_checks import check, elements

PEOPLE = (f"<@{APPROVER}>", "<!subteam^S0ONCALL>")
CARD = "<https://home.slack.example/archives/C0INCIDENT/p12|Open the card>"


def asked(
    right: Right,
    command: str = "",
    change: Change | None = None,
    name: str = "Acme GmbH",
    *,
    grant: bool = False,
) -> Question:
    return Question(REQUESTER, PEOPLE, right, CUSTOMER, name, grant, command, change)


def test_the_button_holds_the_number_of_the_refusal_alone() -> None:
    reply = view.with_remedy("You may not.", Remedy(RemedyKind.ASK_OTHERS, "812"))
    check(reply.text, reply.blocks)
    assert reply.text == reply.blocks[0]["text"]["text"] == "You may not."
    (button,) = elements(reply.blocks)
    assert (button["action_id"], button["text"]["text"]) == ("refusal_ask", "Ask them")
    assert RemedyButton.parse(button["value"]) == RemedyButton(about="812")


NOT_THEMSELVES = "They may not do it themselves."
NEEDED = "C-7K3MX, FAILOVER ON, needs it, and nobody has it now."
WHO = f"<@{REQUESTER}> asks <@{APPROVER}>, <!subteam^S0ONCALL>"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (
            asked(Right.APPROVE, "", a_change()),
            f"{WHO} to decide C-7K3MX, FAILOVER ON, for Acme GmbH (44444). {CARD}",
        ),
        (
            asked(Right.PROPOSE, "cancel", a_change()),
            f"{WHO} to look at C-7K3MX, FAILOVER ON, for Acme GmbH (44444). {CARD}",
        ),
        (
            asked(Right.PROPOSE, "failover"),
            f"{WHO} to run `/continuity failover` for Acme GmbH (44444). {NOT_THEMSELVES}",
        ),
        (
            asked(Right.ADMINISTER),
            f"{WHO} for help with Acme GmbH (44444): they lack the right to administer.",
        ),
        (
            asked(Right.APPROVE, grant=True),
            f"{WHO} for the right to approve for Acme GmbH (44444). Nobody has it now.",
        ),
        (
            asked(Right.APPROVE, "", a_change(), grant=True),
            f"{WHO} for the right to approve for Acme GmbH (44444): {NEEDED} {CARD}",
        ),
    ],
)
def test_the_question_says_who_asks_whom_for_what(question: Question, words: str) -> None:
    message = view.question(question, CARD if question.change else "")
    check(message.text, message.blocks)
    assert message.text == message.blocks[0]["text"]["text"] == words


@settings(max_examples=100, deadline=None)
@given(CUSTOMER_NAME)
def test_a_name_of_a_customer_is_not_live_in_the_channel(name: str) -> None:
    message = view.question(asked(Right.APPROVE, "", a_change(), name), CARD)
    check(message.text, message.blocks)
