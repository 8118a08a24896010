"""`doctor --blocks`: every kind of message and form is built, and what Slack says of each is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from bot.domain.actions import TOPICS
from bot.domain.change_state import ENDED, State
from bot.slack.views.modals.modal import Modal
from bot.terminal.doctor import blocks
from bot.terminal.doctor.specimens import specimens
from bot.terminal.doctor.specimens.specimen import Specimen, Surface
from sandbox.slack import SlackSandbox
from sandbox.slack.blocks.limits import check_message, check_view
from tests.fixtures import log_state
from tests.terminal.conftest import Terminal

ALL = list(specimens())


@pytest.fixture(autouse=True)
def logging_stays_as_it_is() -> Iterator[None]:
    with log_state.restored():
        yield


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as slack:
        monkeypatch.setenv("SLACK_BOT_TOKEN", slack.bot_token)
        monkeypatch.setenv("SLACK_API_URL", slack.api_url)
        yield slack


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_each_specimen_is_what_slack_takes_and_says_when_it_appears(one: Specimen) -> None:
    assert one.when
    assert bool(one.view) is (one.surface is Surface.FORM)
    if one.view:
        check_view(one.view, "modal")
    else:
        check_message(one.text, one.blocks)
        check_message(one.text, one.older or one.blocks, newer=not one.older)


def test_each_has_a_name_of_its_own() -> None:
    assert max(Counter(one.name for one in ALL).values()) == 1


def test_each_state_each_kind_of_change_and_each_form_is_among_them() -> None:
    names = {one.name for one in ALL}
    assert {f"card · {state.words}" for state in State} <= names
    outcomes = {f"outcome · {state.words}" for state in ENDED | {State.NEEDS_OPERATOR}}
    assert outcomes <= names
    assert [topic for topic in TOPICS if not any(topic in name for name in names)] == []
    forms = {one.view["callback_id"] for one in ALL if "callback_id" in one.view}
    assert forms == {one.callback_id for one in concrete(Modal)}


def concrete(kind: Any) -> Iterator[type[Modal]]:
    """Every modal of the bot that can be shown."""
    for one in kind.__subclasses__():
        if not one.__abstractmethods__ and one.__module__.startswith("bot."):
            yield one
        yield from concrete(one)


async def test_each_is_validated_and_none_is_posted(
    terminal: Terminal, slack: SlackSandbox
) -> None:
    result = await asyncio.to_thread(terminal, "doctor", "--blocks")
    lines = result.stdout.splitlines()
    assert lines == [f"ok     {one.surface}, {one.name}: Slack takes it" for one in ALL]
    assert (result.exit_code, result.stderr) == (0, "")
    assert {call.method for call in slack.calls} == {"blocks.validate"}
    assert slack.messages == []


async def test_what_slack_does_not_take_is_told_with_the_place(
    terminal: Terminal, slack: SlackSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Specimen("odd", Surface.CHANNEL, "never", "x", [{"type": "marquee"}])
    good = Specimen("good", Surface.CHANNEL, "never", "x", ALL[0].blocks)
    older = Specimen("new", Surface.REPLY, "never", "x", wrong.blocks, good.blocks)
    form = Specimen("form", Surface.FORM, "never", view={"type": "modal", "blocks": []})
    monkeypatch.setattr(blocks, "specimens", lambda: iter([wrong, older, form, good]))
    result = await asyncio.to_thread(terminal, "doctor", "--blocks")
    odd, new, window, fine = result.stdout.splitlines()
    assert odd == ("fails  channel, odd: Slack does not take it: /0/type unsupported type: marquee")
    assert new.startswith(
        "warns  reply, new: Slack takes only its older form. Of the newer it says: /0"
    )
    assert window.startswith("fails  form, form: Slack does not take it: ")
    assert fine == "ok     channel, good: Slack takes it"
    assert (result.exit_code, result.stderr) == (1, "2 checks fail.\n")


async def test_a_slack_that_asks_to_wait_is_waited_for(
    terminal: Terminal, slack: SlackSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "specimens", lambda: iter(ALL[:1]))
    slack.fail("blocks.validate", retry_after=0)
    monkeypatch.setattr(blocks, "_PAUSE_SECONDS", 0.01)
    result = await asyncio.to_thread(terminal, "doctor", "--blocks")
    assert result.stdout.startswith("ok     channel, card")


async def test_a_slack_without_the_method_is_asked_once(
    terminal: Terminal, slack: SlackSandbox
) -> None:
    slack.newer_blocks = False
    result = await asyncio.to_thread(terminal, "doctor", "--blocks")
    [line] = result.stdout.splitlines()
    assert line.startswith(
        f"fails  blocks: not looked at from {ALL[0].name} on: Slack refused blocks."
    )
    assert "unknown_method" in line
    assert len(slack.calls) == 1


async def test_without_a_token_nothing_is_asked(terminal: Terminal) -> None:
    result = await asyncio.to_thread(terminal, "doctor", "--blocks")
    assert (
        result.stdout
        == "fails  blocks: not asked: SLACK_BOT_TOKEN or SLACK_API_URL cannot be used.\n"
    )
    assert (result.exit_code, result.stderr) == (1, "1 check fails.\n")
