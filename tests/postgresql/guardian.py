"""Runs the processes of one test run's PostgreSQL, and leaves nothing of them behind.

It makes a private folder, prints its path and serves requests, a line of JSON each, on standard input. Where that
ends, also because the test process was killed, every process is killed and the folder is removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ENDS_WITHIN = 20.0  # seconds for an immediate shutdown, then it is killed


def main() -> None:
    """Serve the process that started this one; arguments: the user to run as, or nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    user = sys.argv[1] if len(sys.argv) > 1 else None
    folder = Path(tempfile.mkdtemp(prefix="continuity-postgresql-"))
    children: dict[int, subprocess.Popen[bytes]] = {}
    try:
        if user:
            shutil.chown(folder, user)
        _answer({"folder": str(folder)})
        for line in sys.stdin:
            _answer(_serve(json.loads(line), folder, user, children))
    except BrokenPipeError:
        pass
    finally:
        for child in children.values():
            # Of a server that is an immediate shutdown, of its programs the end.
            child.send_signal(signal.SIGQUIT)
        for child in children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(ENDS_WITHIN)
            child.kill()
            child.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _serve(
    request: dict[str, Any],
    folder: Path,
    user: str | None,
    children: dict[int, subprocess.Popen[bytes]],
) -> dict[str, Any]:
    """Start a process, or wait for one: its status is None where it still runs after the seconds given."""
    if "wait" in request:
        child = children[request["wait"]]
        try:
            status = child.wait(request["seconds"])
        except subprocess.TimeoutExpired:
            return {"status": None}
        return {"status": status}
    with Path(request["log"]).open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - the words are the tests' own
            request["start"],
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C", **request["env"]},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=user,
            group=None if user is None else _group_of(user),
            extra_groups=None if user is None else [],
        )
    children[child.pid] = child
    return {"pid": child.pid}


def _group_of(user: str) -> int:
    import pwd  # noqa: PLC0415 - not on every platform, and needed by root alone

    return pwd.getpwnam(user).pw_gid


def _answer(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
