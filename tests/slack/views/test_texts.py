"""Every sentence and label that Slack shows stands in `bot/slack/views/texts`, whole, with named placeholders."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.slack.views import texts
from bot.slack.views.texts.plural import Plural

SLACK = Path(__file__).parents[3] / "bot" / "slack"
TEXTS = SLACK / "views" / "texts"
# Two words, or one that begins with a capital as a label does.
WORDS = re.compile(r"[A-Za-z][,.:;]? [A-Za-z]|^[A-Z][a-z]+")
# What no person reads.
_NO_TEXT_OF = {
    "log",
    "structlog",
    "ValueError",
    "LookupError",
    "TypeError",
    "RuntimeError",
    "TypeVar",
}
# Commands, which are not translated.
_COMMANDS = {"user show ", "/continuity users"}


def _modules() -> Iterator[Path]:
    for folder in ("views", "features", "outbox"):
        yield from (
            one for one in sorted((SLACK / folder).rglob("*.py")) if TEXTS not in one.parents
        )


def _sentences(source: str) -> Iterator[tuple[int, str]]:
    """Yield the lines and constants that a person may read."""
    tree = ast.parse(source)
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)
        if isinstance(node, ast.Call) and _callee(node) in _NO_TEXT_OF:
            skipped.update(ast.walk(node))
        if isinstance(node, ast.Call) and _callee(node) == "compile":
            skipped.update(ast.walk(node))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or node in skipped:
            continue
        text = node.value
        if isinstance(text, str) and WORDS.search(text) and text not in _COMMANDS:
            yield node.lineno, text


def _callee(node: ast.Call) -> str:
    function = node.func
    while isinstance(function, ast.Attribute):
        if not isinstance(function.value, (ast.Attribute, ast.Name)):
            return function.attr
        if isinstance(function.value, ast.Name) and function.value.id not in _NO_TEXT_OF:
            return function.attr
        function = function.value
    return function.id if isinstance(function, ast.Name) else ""


@pytest.mark.parametrize("module", [*_modules()], ids=lambda path: str(path.relative_to(SLACK)))
def test_no_sentence_stands_outside_of_the_texts(module: Path) -> None:
    assert [*_sentences(module.read_text())] == []


def _texts() -> Iterator[tuple[str, str, str | Plural]]:
    for info in pkgutil.iter_modules(texts.__path__):
        module = importlib.import_module(f"{texts.__name__}.{info.name}")
        for name, value in vars(module).items():
            if name.isupper():
                for one in value.values() if isinstance(value, dict) else [value]:
                    if isinstance(one, str | Plural):
                        yield info.name, name, one


def test_placeholders_have_names() -> None:
    for module, name, text in _texts():
        forms = [text] if isinstance(text, str) else [text.one, text.other]
        fields = [field for form in forms for _, field, *_ in string.Formatter().parse(form)]
        assert all(field is None or field.isidentifier() for field in fields), f"{module}.{name}"


def test_a_module_of_texts_computes_nothing() -> None:
    for module in sorted(TEXTS.glob("*.py")):
        if module.stem not in {"__init__", "plural"}:
            for node in ast.walk(ast.parse(module.read_text())):
                assert not isinstance(
                    node, ast.FunctionDef | ast.ClassDef | ast.JoinedStr | ast.BinOp
                ), f"{module.name}:{getattr(node, 'lineno', 0)}"
