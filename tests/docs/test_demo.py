"""docs/demo.md and the README show pictures that are there, and name what the page has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.terminal.demo.setting import SMALL_CUSTOMERS
from sandbox.browser.faults import api_switches, slack_switches
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox

ROOT = Path(__file__).parents[2]
DEMO = (ROOT / "docs" / "demo.md").read_text("utf-8")
PAGES = [page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md")]
PICTURES = [*(ROOT / "docs" / "pictures").glob("*.png")]
MAX_BYTES = 150_000  # of one picture, so that the repository stays small


@pytest.mark.parametrize("name", ["README.md", "docs/demo.md"])
def test_each_picture_is_there_and_says_in_words_what_it_shows(name: str) -> None:
    page = ROOT / name
    pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", page.read_text("utf-8"))
    assert len(pictures) >= 2
    for words, path in pictures:
        assert words
        assert (page.parent / path).resolve() in PICTURES


def test_each_picture_is_shown_and_is_small() -> None:
    for picture in PICTURES:
        assert any(f"(pictures/{picture.name})" in page for page in PAGES)
        assert picture.stat().st_size < MAX_BYTES
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_every_switch_is_named_and_no_other() -> None:
    switches = [*api_switches(ContinuitySandbox()), *slack_switches(SlackSandbox())]
    rows = re.findall(r"^\| ((?:API|Slack)[^|]*) \|", DEMO, re.MULTILINE)
    assert ", ".join(rows).split(", ") == [one.label for one in switches]


def test_the_provider_has_as_many_customers_as_it_says() -> None:
    numbers = sorted(SMALL_CUSTOMERS)
    assert f"operator of {len(numbers)} customers, {numbers[0]} to {numbers[-1]}" in DEMO
