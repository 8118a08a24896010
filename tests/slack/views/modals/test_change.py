"""The form for a change: what it makes of its fields, and what it says of those that are wrong."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from bot.domain.change_commands import ActivateCommand, FlagCommand, RestoreCommand
from bot.domain.limits import MAX_TYPED_USERS
from bot.domain.scope import Everyone, Flag, Groups, Users
from bot.domain.time_limit import AskedTime
from bot.slack.payloads import Values
from bot.slack.views.modals.change import ChangeModal, command_of, problems
from bot.slack.views.texts import change_form as texts
from sandbox.slack.blocks.limits import check_view
from tests.builders import CHANNEL, CUSTOMER

ON: Values = {"what": "failover:on", "customer": CUSTOMER}


def command(**over: Any) -> FlagCommand | ActivateCommand | RestoreCommand:
    return command_of({**ON, **over})


@pytest.mark.parametrize(
    ("given", "scope"),
    [
        ({}, Everyone()),
        ({"whom": "everyone", "names": " "}, Everyone()),
        ({"whom": "groups", "names": "emea, north east\ngermany,"}, Groups(("emea", "north east", "germany"))),
        ({"whom": "users", "names": "jo@example.com;al@example.com"}, Users(("jo@example.com", "al@example.com"))),
    ],
)  # fmt: skip
def test_for_whom(given: Any, scope: Any) -> None:
    assert command(**given).scope == scope


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, None),
        ({"time": "good"}, None),
        ({"time": "8h"}, AskedTime(lasts=timedelta(hours=8))),
        ({"time": "until", "until": "06:00"}, AskedTime(clock=time(6))),
    ],
)
def test_for_how_long(given: Any, asked: AskedTime | None) -> None:
    made = command(**given)
    assert isinstance(made, FlagCommand)
    assert made.time == asked


def test_what() -> None:
    assert command() == FlagCommand(Flag.FAILOVER, True, CUSTOMER, Everyone())
    assert command(what="access:off") == FlagCommand(Flag.ACCESS, False, CUSTOMER, Everyone())
    assert isinstance(command(what="activate", time="1h"), ActivateCommand)
    assert isinstance(command(what="restore"), RestoreCommand)


@pytest.mark.parametrize(
    ("given", "block", "sentence"),
    [
        ({"what": ""}, "what", texts.WHAT_MISSING),
        ({"what": "failover:sideways"}, "what", texts.WHAT_MISSING),
        ({"customer": ""}, "customer", texts.CUSTOMER_MISSING),
        ({"customer": "4444"}, "customer", "is not a customer number"),
        ({"names": "emea"}, "names", texts.NAMES_NOT_USED),
        ({"whom": "groups"}, "names", texts.NAMES_MISSING),
        ({"whom": "users", "names": "jo"}, "names", "the domain is missing"),
        ({"whom": "users", "names": "a@b.example " * (MAX_TYPED_USERS + 1)}, "names", "501"),
        ({"time": "until"}, "until", texts.UNTIL_MISSING),
        ({"until": "06:00"}, "until", texts.UNTIL_NOT_USED),
        ({"what": "restore", "time": "1h"}, "until", texts.RESTORE_HAS_A_RULE),
        ({"reason": "of jo@example.com"}, "reason", texts.REASON_HOLDS_ADDRESS),
        ({"reason": "zero\u200bwidth"}, "reason", "invisible character"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(given: Any, block: str, sentence: str) -> None:
    found = problems({**ON, **given})
    assert set(found) == {block}
    assert sentence in found[block]


@pytest.mark.parametrize(
    "values", [{}, {**ON, "until": "06:00", "names": "x" * 2900, "channel": CHANNEL}]
)
@pytest.mark.parametrize("channel", ["", CHANNEL])
def test_slack_takes_it_with_whatever_was_typed(channel: str, values: Values) -> None:
    view = ChangeModal(channel, values, "Acme & Sons " * 20, CHANNEL).build()
    check_view(view, "modal")
    asked = [one["block_id"] for one in view["blocks"] if one["type"] == "input"]
    assert ("channel" in asked) == (not channel)
