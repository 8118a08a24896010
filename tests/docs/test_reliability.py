"""The promise names the tests that hold it: they are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", DOCS)))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_is_named_is_there(path: str, name: str) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {name or 'test_'}", source, re.MULTILINE)


def test_each_part_of_the_promise_is_held_by_a_test() -> None:
    promise = DOCS.partition("## The promise\n")[2].partition("\n## ")[0]
    sentences = re.split(r"^\d\. ", promise, flags=re.MULTILINE)[1:]
    assert len(sentences) == 5
    assert all("`tests/" in sentence for sentence in sentences)
