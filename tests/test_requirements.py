"""The pinned requirements: what `make` installs on each Python, also after newer releases came out."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
RUNTIME, DEV, MUTANTS = FILES = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-mutants.txt",
)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PIN = re.compile(r"^([A-Za-z0-9].*==.*?) \\\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.M)


def pins(name: str) -> dict[str, Requirement]:
    """Return what each package is pinned as."""
    found = [Requirement(text) for text, _hashes in PIN.findall((ROOT / name).read_text())]
    return {canonicalize_name(pin.name): pin for pin in found}


def holds(requirement: Requirement, python: str) -> bool:
    """Return whether it counts on that Python, without extras."""
    on = {"extra": "", "python_version": python, "python_full_version": f"{python}.0"}
    return requirement.marker is None or requirement.marker.evaluate(on)


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_has_a_hash(name: str) -> None:
    listed = re.findall(r"^[^\s#]", (ROOT / name).read_text(), re.MULTILINE)
    assert len(pins(name)) == len(listed) > 20


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", FILES)
def test_all_that_a_package_needs_is_pinned_on_each_python(name: str, python: str) -> None:
    """With its extras: pip before 23.3 takes the newest release for `coverage[toml]` though
    `coverage` is pinned, and then refuses it because it has no hash."""
    pinned = pins(name)
    for package in pinned:
        try:
            needs = requires(package) or []
        except PackageNotFoundError:  # for another platform or another target of make
            continue
        for need in filter(lambda need: holds(need, python), map(Requirement, needs)):
            pin = pinned[canonicalize_name(need.name)]
            assert need.extras <= pin.extras, f"{package} needs {need}"
            assert holds(pin, python), f"{package} needs {need} on Python {python}"


@pytest.mark.parametrize("name", FILES)
def test_what_the_project_asks_for_is_pinned_in_that_range(name: str) -> None:
    pinned = pins(name)
    for need in map(Requirement, asked(name)):
        (pin,) = pinned[canonicalize_name(need.name)].specifier
        assert need.specifier.contains(pin.version), f"{need} is pinned as {pin}"


def asked(name: str) -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    needs: list[str] = list(project["project"]["dependencies"])
    if name != RUNTIME:
        needs += groups["dev"]
    if name == MUTANTS:
        needs += (need for need in groups["mutants"] if isinstance(need, str))
    return needs


@pytest.mark.parametrize(("smaller", "larger"), [(RUNTIME, DEV), (DEV, MUTANTS)])
def test_a_larger_file_holds_the_same_pins_as_the_smaller_one(smaller: str, larger: str) -> None:
    """`make` installs one after the other into one environment."""
    inside, around = pins(smaller), pins(larger)
    assert len(inside) < len(around)
    for package, pin in inside.items():
        assert str(pin.specifier) == str(around[package].specifier)
        assert str(pin.marker) == str(around[package].marker)


def test_the_demo_installs_no_tool_of_development() -> None:
    assert not {"pytest", "mypy", "ruff", "hypothesis"} & set(pins(RUNTIME))
    assert "mutmut" not in pins(DEV)


@pytest.mark.parametrize("name", FILES)
def test_no_address_of_a_registry_is_written_down(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
