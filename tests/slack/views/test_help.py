"""Help: short enough for Slack, and inert."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.roles import Right
from bot.grammar import COMMANDS, SyntaxProblem, parse
from bot.slack.views import help as view
from bot.slack.views.mrkdwn import escape
from tests.slack.message_checks import reply


def test_every_help_page_shows_its_examples_first() -> None:
    for page in COMMANDS.values():
        lines = reply(view.help_page(page)).split("\n")
        assert lines[0].startswith(f"*{page.title}*: ")
        assert lines[1] == escape(f"`/continuity {page.examples[0]}`")
        assert any(line.startswith("Usage: ") for line in lines)


@pytest.mark.parametrize("rights", [frozenset(), frozenset({Right.VIEW}), frozenset(Right)])
def test_the_overview_shows_what_the_reader_may_use_and_fits_a_phone(
    rights: frozenset[Right],
) -> None:
    *lines, last = reply(view.help_overview(rights)).split("\n")
    assert last == "More: `/continuity help more`"
    assert len(lines) == (6 if Right.PROPOSE in rights else 4 if rights else 1)
    for line in (*lines, last):
        assert len(line) <= 46, "a line of a phone"
        command = line.split("`")[1].removeprefix("/continuity ")
        parse(command.replace("NUMBER", "44444"))
        assert command in COMMANDS[command.split()[0]].examples
        assert view.usable(COMMANDS[command.split()[0]], rights)


@pytest.mark.parametrize("rights", [frozenset(), frozenset({Right.VIEW}), frozenset(Right)])
def test_more_lists_every_command_that_the_reader_may_use_and_no_other(
    rights: frozenset[Right],
) -> None:
    told = reply(view.help_more(rights))
    for page in COMMANDS.values():
        assert (f"*{page.title}*: " in told) == view.usable(page, rights), page.title
    assert "… and" not in told


def test_a_page_that_needs_no_right_is_for_everybody() -> None:
    page = replace(next(iter(COMMANDS.values())), right=None)
    assert view.usable(page, frozenset())
    assert not view.usable(replace(page, right=Right.ADMINISTER), {Right.VIEW})


def test_what_was_typed_is_shown_as_code_and_the_example_can_be_copied() -> None:
    problem = SyntaxProblem(
        "“<x>” is odd.", echo="failover →<x>← ```on & off", suggestion='failover on 44444 --group "R&D"'
    )  # fmt: skip
    assert reply(view.syntax_problem(problem)).split("\n") == [
        "“&lt;x&gt;” is odd.",
        "```failover →&lt;x&gt;← ‵‵‵on &amp; off```",
        'Try: `/continuity failover on 44444 --group "R&amp;D"`',
    ]


def test_without_a_suggestion_there_is_a_general_example_or_none() -> None:
    problem = SyntaxProblem("Odd.", example="status NUMBER")
    assert view.syntax_problem(problem) == "Odd.\nExample: `/continuity status NUMBER`"
    assert view.syntax_problem(SyntaxProblem("Odd.")) == "Odd."
