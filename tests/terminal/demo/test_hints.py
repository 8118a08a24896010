"""More to try: each command is one that its person may send in its channel."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.roles import Right, decide
from bot.grammar.parser import parse
from bot.store.sqlite.store import SqliteStore
from bot.terminal.demo import setting
from bot.terminal.demo.tour.hints import HINTS, Hint
from sandbox.slack import SlackSandbox

by_title = pytest.mark.parametrize("hint", HINTS, ids=lambda hint: hint.title)


@by_title
async def test_the_person_may_send_it(hint: Hint, tmp_path: Path) -> None:
    command = parse(hint.command)
    slack = SlackSandbox()
    setting.add_people(slack)
    assert hint.person in slack.channels[hint.channel].members
    database = tmp_path / "demo.db"
    await setting.grant(database)
    async with await SqliteStore.open_async(database) as store:
        rows = await store.read(lambda tx: tx.grants())
    right = getattr(command, "right", None)
    if not isinstance(right, Right):
        return
    now, person, channel = datetime.now(UTC), hint.person, hint.channel
    for customer in _customers(command):
        assert decide(right, customer, rows, person=person, channel=channel, now=now).allowed


def _customers(command: object) -> list[str]:
    """Return the customers that a command is for, those of its sets among them."""
    named = getattr(command, "named", None) or (getattr(command, "customer", None),)
    found = [setting.SETS.get(one, (one,)) for one in named if one is not None]
    return [customer for one in found for customer in one]


@by_title
def test_it_is_short_enough_for_a_phone(hint: Hint) -> None:
    assert len(hint.title) <= 30
    assert len(hint.text) <= 120
    assert hint.text.endswith(".")
