"""Links between the pages lead to a page and a heading that are there, and commands in them are commands."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bot.service.monitoring.alarms import RULES
from bot.terminal.cli import main
from tests.docs.runbooks import FENCE, OPERATIONS, ROOT, blocks

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# What the reader makes; and `deploy/continuity` is how kubectl names a Deployment.
NOT_COMMITTED = {"deploy/secrets", "deploy/.env", "deploy/continuity"}
PROGRAMS = re.compile(
    r"^ *(\S*app\.py|\.venv/bin/python|docker|kubectl|for|printf|make|install|systemctl|psql) ",
    re.M,
)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the web pages of repositories make them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_leads_to_a_heading_that_is_there(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, heading = target.partition("#")
        if "://" in path:
            continue
        other = (page.parent / path).resolve() if path else page
        assert other.exists(), target
        if heading:
            assert heading in anchors(other), target


def test_each_alarm_has_a_heading_in_the_runbooks() -> None:
    assert {rule.name for rule in RULES} <= anchors(OPERATIONS)


def test_each_command_in_the_runbooks_is_one_of_the_bot() -> None:
    text = OPERATIONS.read_text(encoding="utf-8")
    named = set(
        re.findall(r"(?:app\.py|continuity-command|run --rm --no-deps bot-1) ([a-z]+)", text)
    )
    assert len(named) >= 8
    assert named <= set(main.commands)


def test_each_file_that_the_runbooks_name_is_there() -> None:
    text = OPERATIONS.read_text(encoding="utf-8")
    named = set(re.findall(r"\bdeploy/[\w./-]*\w", text)) - NOT_COMMITTED
    assert len(named) > 8
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_commands_of_the_runbooks_are_read_by_a_shell() -> None:
    commands = [text for text in blocks() if PROGRAMS.search(text)]
    assert len(commands) > 10
    for text in commands:
        done = subprocess.run(
            ["bash", "-n"],  # noqa: S607  # whichever is there
            input=text,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, text + done.stderr
