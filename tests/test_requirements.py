"""The pinned requirements: what `make install` needs on a machine where a newer release has come out."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FILES = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([\w,-]+)\])?==\S+ \\$", re.MULTILINE)


def pins(name: str) -> dict[str, set[str]]:
    """Return the extras that each package is pinned with."""
    found = PIN.findall((ROOT / name).read_text())
    return {
        canonicalize_name(package): set(filter(None, extras.split(",")))
        for package, extras in found
    }


@pytest.mark.parametrize("name", FILES)
def test_an_extra_that_a_package_asks_for_is_pinned_with_it(name: str) -> None:
    """pip before 23.3 takes the newest release for `coverage[toml]` though `coverage` is pinned, and
    then refuses it for want of a hash."""
    pinned = pins(name)
    assert len(pinned) > 20
    for package in pinned:
        try:
            needs = requires(package) or []
        except PackageNotFoundError:  # for another platform
            continue
        for need in map(Requirement, needs):
            wanted = canonicalize_name(need.name)
            if need.extras and (need.marker is None or need.marker.evaluate({"extra": ""})):
                assert need.extras <= pinned[wanted], f"{package} needs {need}"


@pytest.mark.parametrize("name", FILES)
def test_no_address_of_a_registry_is_written_down(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
