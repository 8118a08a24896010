"""A limit stands in one module, and whoever needs it takes it from there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain import limits as domain_limits
from bot.slack import limits as slack_limits

ROOT = Path(__file__).parent.parent
LIMITS = {
    name
    for module in (domain_limits, slack_limits)
    for name in vars(module)
    if name[:3] in ("MAX", "MIN")
}
CODE = {path: path.read_text() for path in (ROOT / "bot").rglob("*.py") if path.name != "limits.py"}


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_a_limit_is_used_and_stands_nowhere_else(name: str) -> None:
    assert any(re.search(rf"\b{name}\b", code) for code in CODE.values())
    assert not [
        path for path, code in CODE.items() if re.search(rf"^{name}\b.* = ", code, re.MULTILINE)
    ]


def test_no_other_module_has_a_limit_of_a_reason_or_of_a_message() -> None:
    own = r"^\w*(REASON|REPLY|MODAL_TITLE)\w*CHARS = \d"
    assert not [path for path, code in CODE.items() if re.search(own, code, re.MULTILINE)]
