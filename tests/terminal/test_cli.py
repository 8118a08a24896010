"""The command line: under each of its names the same, and no command imports what another one needs."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

import bot
from bot.terminal.cli import main
from sandbox.environment import environment

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAVY = {"aiohttp", "httpx", "prometheus_client", "sandbox", "slack_bolt", "slack_sdk", "structlog"}


def imported(tmp_path: Path, *words: str, first: str = "") -> set[str]:
    """Return the top-level modules that a command has imported, in a process of its own.

    ``first`` is code that is run before.
    """
    code = (
        f"import sys; from bot.terminal.cli import main\n{first}\n"
        f"main({list(words)}, standalone_mode=False)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    settings = {"DATABASE": "bot.db", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ended.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("words", [("role", "list"), ("policy", "list"), ("audit", "show")])
def test_what_reads_the_database_alone_imports_no_client_and_no_server(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    modules = imported(tmp_path, *words)
    assert "sqlite_utils" in modules
    assert not HEAVY & modules


def test_the_help_names_every_command() -> None:
    shown = CliRunner().invoke(main, ["--help"]).stdout
    listed = re.findall(r"^  ([a-z]+)  +[A-Z]", shown, re.MULTILINE)
    assert set(listed) == set(main.commands)


def test_the_version_is_the_one_of_the_package() -> None:
    shown = CliRunner().invoke(main, ["--version"]).stdout
    assert shown == f"continuity, version {bot.__version__}\n"


def test_the_newest_section_of_the_changelog_is_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased, newest, *_ = re.findall(r"^## (\S+)", changelog, re.MULTILINE)
    assert (unreleased, newest) == ("Unreleased", bot.__version__)


def test_the_command_of_the_installed_package_is_this_one() -> None:
    module, _, name = PROJECT["project"]["scripts"]["continuity"].partition(":")
    assert getattr(import_module(module), name) is main
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "bot/__init__.py"


def as_module() -> None:
    runpy.run_module("bot", run_name="__main__")


def as_script() -> None:
    runpy.run_path(str(ROOT / "app.py"), run_name="__main__")


@pytest.mark.parametrize("start", [as_module, as_script])
def test_the_module_and_the_script_are_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], start: Callable[[], None]
) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", "--version"])
    with pytest.raises(SystemExit) as ended:
        start()
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"continuity, version {bot.__version__}\n"
