"""A pytest plugin (`-p tests.replaced_wording`): every text for people in `bot/slack/views` is another one.

A module of the views is compiled with its texts replaced: each constant with a blank or a capital in it,
letter for letter, so that identifiers of blocks and buttons stay. Tests that say a text of the views
themselves are left out.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import re
import sys
from types import CodeType, ModuleType
from typing import Any

import pytest

VIEWS = "bot.slack.views"
_TEXT = re.compile(r"[A-Z]|[a-z] | [a-z]")
_LETTERS = re.compile(r"(\{[^}]*\})|[A-Za-z]+")  # not what stands in braces


def other(text: str) -> str:
    """Return a text with none of its words."""
    if not _TEXT.search(text) or {*text} & {*"\\[^"}:  # a pattern
        return text
    return _LETTERS.sub(lambda found: found[1] or "x" * len(found[0]), text)


class _Replaced(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if isinstance(node.value, str):
            return ast.copy_location(ast.Constant(other(node.value)), node)
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.FormattedValue:
        node.value = self.visit(node.value)  # and not the format
        return node


class _Loader(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data: Any, path: Any, **_: Any) -> CodeType:  # type: ignore[override]
        tree = ast.fix_missing_locations(_Replaced().visit(ast.parse(data)))
        return compile(tree, path, "exec")

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)  # what is cached has the old words


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Any, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(VIEWS):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin)
        return spec


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Replace the texts of what is imported from here on; not where a test imports this module."""
    sys.meta_path.insert(0, _Finder())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the test modules that import a view: they hold its words."""
    kept = [item for item in items if not _says_words(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _says_words(item: pytest.Item) -> bool:
    module = getattr(item, "module", None)
    return any(
        str(getattr(value, "__module__", "")).startswith(VIEWS) for value in vars(module).values()
    )
