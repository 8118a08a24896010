"""docs/commands.md says what the grammar does: no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

from bot.grammar import COMMANDS, parse

TEXT = (Path(__file__).parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")


def test_every_command_and_nothing_else_is_documented() -> None:
    assert re.findall(r"^## `(.+)`$", TEXT, re.MULTILINE) == list(COMMANDS)
    usages = [usage for page in COMMANDS.values() for usage in page.usage]
    assert re.findall(r"^- Usage: `(.+)`$", TEXT, re.MULTILINE) == usages
    options = [name for page in COMMANDS.values() for name, _ in page.options]
    assert re.findall(r"^- Option `(.+)`:", TEXT, re.MULTILINE) == options


def test_every_example_parses() -> None:
    examples = re.findall(r"^- Example: `(.+)`$", TEXT, re.MULTILINE)
    assert len(examples) >= len(COMMANDS)
    for example in examples:
        parse(example)
