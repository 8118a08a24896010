"""Help: short enough for Slack, and inert."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.roles import Right
from bot.grammar import COMMANDS, SyntaxProblem
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
def test_the_overview_shows_what_the_reader_may_use_and_no_more(rights: frozenset[Right]) -> None:
    told = reply(view.help_overview(rights))
    for page in COMMANDS.values():
        shown = escape(f"`/continuity {page.examples[0]}`") in told
        assert shown == view.usable(page, rights), page.title
    assert told.endswith("and the name of a command.")


def test_a_page_that_needs_no_right_is_for_everybody() -> None:
    page = replace(next(iter(COMMANDS.values())), right=None)
    assert view.usable(page, frozenset())
    assert not view.usable(replace(page, right=Right.ADMINISTER), {Right.VIEW})


def test_what_was_typed_is_shown_as_code_and_the_example_can_be_copied() -> None:
    problem = SyntaxProblem(
        "“<x>” is odd.", echo="failover ▸<x>◂ ```on & off", suggestion='failover on 44444 --group "R&D"'
    )  # fmt: skip
    assert reply(view.syntax_problem(problem)).split("\n") == [
        "“&lt;x&gt;” is odd.",
        "```failover ▸&lt;x&gt;◂ ‵‵‵on &amp; off```",
        'Try: `/continuity failover on 44444 --group "R&amp;D"`',
    ]


def test_without_a_suggestion_there_is_a_general_example_or_none() -> None:
    problem = SyntaxProblem("Odd.", example="status NUMBER")
    assert view.syntax_problem(problem) == "Odd.\nExample: `/continuity status NUMBER`"
    assert view.syntax_problem(SyntaxProblem("Odd.")) == "Odd."
