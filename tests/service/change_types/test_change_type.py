"""Every kind of change has one class that carries it out and one with its words, named after the feature."""

from __future__ import annotations

from types import FunctionType
from typing import get_args

import pytest

from bot.domain.actions import Action
from bot.service.change_types import _CHANGE_TYPES, change_type_of
from bot.service.change_types.change_type import ChangeType
from bot.slack.views.changes import _WORDINGS, wording
from bot.slack.views.changes.wording import Wording
from tests.builders import a_change
from tests.service.harness import ServiceHarness

FEATURES = {
    "switch": "flag",
    "activate": "activate",
    "restore": "restore",
    "edit": "edit_user",
    "delete": "delete_user",
    "end": "move_end",
    "import": "import_users",
    "purge": "purge_users",
    "token": "token",
}
KINDS = {action.__dataclass_fields__["kind"].default: action for action in get_args(Action)}


def test_every_action_has_a_class_in_every_layer() -> None:
    assert {*KINDS} == {*FEATURES} == {*_CHANGE_TYPES} == {*_WORDINGS}
    for kind, feature in FEATURES.items():
        assert _CHANGE_TYPES[kind].__module__ == f"bot.service.change_types.{feature}"
        assert _WORDINGS[kind].__module__ == f"bot.slack.views.changes.{feature}"


@pytest.mark.parametrize("base", [ChangeType, Wording])
def test_a_kind_repeats_no_default(base: type[ChangeType | Wording]) -> None:
    """What is the same for all kinds stands in the base class alone."""
    kinds = _CHANGE_TYPES if base is ChangeType else _WORDINGS
    for kind in kinds.values():
        own = {name: _does(one) for name, one in vars(kind).items() if _is_method(one)}
        defaults = {name: _does(one) for name, one in vars(base).items() if _is_method(one)}
        assert own.items().isdisjoint(defaults.items()), kind


def _is_method(value: object) -> bool:
    return isinstance(value, FunctionType) and not getattr(value, "__isabstractmethod__", False)


def _does(method: FunctionType) -> object:
    """Return what a method does, whatever its docstring says."""
    code = method.__code__
    return code.co_code, code.co_names, code.co_consts[1:]


async def test_the_defaults_leave_the_checks_to_the_attempt(harness: ServiceHarness) -> None:
    change = a_change(action=KINDS["delete"]())
    carried_out = change_type_of(harness.ctx, change)
    assert carried_out.max_count_seconds() == harness.ctx.preview_seconds
    assert carried_out.stale(None) == ""
    assert wording(change).reminder() == ""
    assert wording(change).way_back() == "There is no way back."
