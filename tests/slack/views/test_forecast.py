"""What a form says that its change would do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.preview import Preview
from bot.domain.time_limit import TimeLimit
from bot.service.changes.forecast import Forecast
from bot.slack.views.forecast import forecast_blocks, not_counted
from sandbox.slack.blocks.limits import check_view
from tests.builders import NOW, a_change
from tests.slack.extreme_values import NAME
from tests.slack.message_checks import inert, texts

COUNTED = Preview(NOW, total=1284, already=4, access_off=1240, not_activated=31)


def of(**over: Any) -> Change:
    return a_change(preview=COUNTED, **over)


def said(found: Forecast, name: str = "Acme GmbH") -> str:
    blocks = forecast_blocks(found, name)
    for one in texts(blocks):
        inert(one["text"].replace("<@U0APPROVER>", ""))
    title = {"type": "plain_text", "text": "Title"}
    check_view({"type": "modal", "title": title, "blocks": blocks}, "modal")
    return str(blocks[0]["text"]["text"])


def test_the_numbers_of_the_card_and_who_decides() -> None:
    assert said(Forecast(of(), "", ("<@U0APPROVER>",))).splitlines() == [
        "*Acme GmbH (44444)*",
        "Mail for *ALL 1,284 users* goes to the emergency webmail.",
        "Already on 4 · will change *1,280*",
        "• access off 1,240 (cannot log in)",
        "• not activated 31 (cannot read it yet)",
        "It needs 1 approval by somebody else. Who can approve: <@U0APPROVER>.",
    ]


def test_who_confirms_alone_and_who_finds_nobody() -> None:
    alone = of(approvals_needed=0, state=State.AWAITING_CONFIRMATION)
    assert said(Forecast(alone, "", ())).endswith("You confirm it yourself on its card.")
    assert "Nobody else can approve" in said(Forecast(of(approvals_needed=2), "", ()))


def test_its_end_what_is_in_vain_and_what_was_not_counted() -> None:
    timed = of(time_limit=TimeLimit(lasts=timedelta(hours=2)))
    assert "2 h" in said(Forecast(timed, "", ()))
    vain = said(Forecast(of(), "Nothing to do: failover is on for all 4 users already.", ()))
    assert vain.startswith("*Nothing would change.* Nothing to do")
    silent = replace(of(), preview=Preview(NOW, problem="The API did not answer."))
    assert "*Number not known, this is the whole customer.*" in said(Forecast(silent, "", ()))
    assert not_counted("Choose the customer.")[0]["text"]["text"] == (
        "Not counted: Choose the customer."
    )


def test_a_drill_says_so_first_and_a_name_does_nothing() -> None:
    assert said(Forecast(of(drill=True), "", ())).startswith("*DRILL*")
    said(Forecast(of(), NAME, ()), NAME)
