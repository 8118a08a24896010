"""What every statement of the store keeps to."""

from __future__ import annotations

import re
from pathlib import Path

import bot

STORE = Path(bot.__file__).parent / "store"


def test_no_statement_numbers_its_values() -> None:
    """Python 3.12.0 to 3.12.3 warns of `?1` with values in order, and warnings are errors here."""
    modules = list(STORE.rglob("*.py"))
    assert len(modules) > 10
    for module in modules:
        assert not re.search(r"\?\d", module.read_text(encoding="utf-8")), module.name
