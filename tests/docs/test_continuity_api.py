"""`docs/continuity-api.md` names every operation, and places that exist."""

from __future__ import annotations

import re
from pathlib import Path

from bot.continuity import schemas
from bot.continuity.urls import OPERATIONS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "continuity-api.md").read_text()
PLACES = re.findall(r"`(bot/[\w/]+\.py)` `(\w+)`", TEXT)


def test_every_operation_is_in_the_docs_and_no_other() -> None:
    rows = re.findall(r"^\| ([\w ]+) \| `([A-Z]+) (\S+)` \|$", TEXT, re.MULTILINE)
    assert rows == [(one.name, one.method, one.path) for one in OPERATIONS]


def test_each_place_exists() -> None:
    assert len(PLACES) > 25
    for file, name in PLACES:
        code = (ROOT / file).read_text()
        assert re.search(rf"^ *((async )?def |class )?{name}\b[ :(=]", code, re.MULTILINE), name


def test_every_constant_of_an_assumption_is_in_the_docs() -> None:
    listed = {name for file, name in PLACES if file.endswith("schemas.py")}
    assert {name for name in vars(schemas) if name.isupper()} <= listed


def test_what_the_code_calls_assumed_is_assumed_in_the_docs_too() -> None:
    code = (ROOT / "bot" / "continuity" / "schemas.py").read_text()
    marked = set(re.findall(r"^([A-Z_]+) = .*# assumed", code, re.MULTILINE))
    rows = re.findall(r"\| assumed \| `bot/continuity/schemas.py` `(\w+)`", TEXT)
    assert marked == {name for name in rows if name.isupper()}
    assert marked
