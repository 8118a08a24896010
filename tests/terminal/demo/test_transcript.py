"""`demo`: the main job, from the command to the audit trail, and it ends by itself."""

from __future__ import annotations

import pytest

from bot.terminal.demo import transcript
from tests.terminal.conftest import Terminal


def test_it_shows_the_main_job_in_its_order(terminal: Terminal) -> None:
    shown = terminal.ok("demo")
    story = [
        "/continuity activate 44444",
        "ALL 1,284 users",
        "(to approver alone)",
        "presses Approve on their own change",
        "(only you)",
        "presses Approve in the message that the bot sent them",
        "Access on: being sent",
        "APPLIED · ACTIVATE",
        "Access on:",
        "1,284 of 1,284 verified",
        "Failover on:",
        "(to operator alone)",
        "APPLIED · ACTIVATE",
        "/continuity status 44444",
        "1,284 users · failover 1,284 · cannot read 31",
        "Audit trail:",
        "change.applied",
    ]
    place = 0
    for words in story:
        assert words in shown[place:], f"“{words}” does not follow"
        place = shown.index(words, place)
    assert "<!channel>" in shown, "typed text is shown as it was typed"
    assert "Traceback" not in shown
    assert not terminal.database.exists(), "it has a database of its own"


def test_a_step_that_does_not_come_is_told_and_ends_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcript, "MAX_START_SECONDS", 0.0)
    result = terminal("demo")
    assert (result.exit_code, result.stderr) == (1, "The demo did not reach its end.\n")
