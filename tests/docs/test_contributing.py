"""What CONTRIBUTING says of the tree is so."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TREE = TEXT.partition("## The tree\n```\n")[2].partition("```")[0]


def test_each_folder_of_the_tree_is_there_and_none_is_left_out() -> None:
    parents: list[str] = []
    named = set()
    for line in TREE.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name = line.split()[0]
        if name.endswith("/"):
            parents = [*parents[:depth], name]
            named.add("".join(parents))
    assert [one for one in named if not (ROOT / one).is_dir()] == []
    folders = {
        f"bot/{one.name}/" for one in (ROOT / "bot").iterdir() if (one / "__init__.py").exists()
    }
    assert folders <= named


def test_each_path_that_is_named_is_there() -> None:
    paths = set(re.findall(r"`((?:bot|sandbox|tests|bench|docs)/[\w./-]+)`", TEXT))
    assert len(paths) > 25
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_ten_questions_are_answered_by_a_path() -> None:
    rows = re.findall(r"^\| [^|]+\? \| `bot/", TEXT, re.MULTILINE)
    assert len(rows) == 10
