"""Programs of the machine that check files of `deploy/`, and the files themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]


@pytest.fixture
def run() -> Run:
    """Return a function that runs a program and returns what it printed.

    Without the program the test is skipped; it fails where REQUIRE_PROMTOOL (or another name in capitals) is set. An
    exit status other than ``status`` fails the test.
    """

    def run(
        *command: str | Path, status: int = 0, folder: Path | None = None, **environment: str
    ) -> str:
        name = str(command[0])
        if shutil.which(name) is None:
            if os.environ.get(f"REQUIRE_{name.upper().replace('-', '_')}"):
                pytest.fail(f"No {name} on this machine, and it is required.", pytrace=False)
            pytest.skip(f"no {name} on this machine")
        done = subprocess.run(  # noqa: S603  # of the machine, with fixed arguments
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            env={"PATH": os.environ["PATH"], **environment},
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run
