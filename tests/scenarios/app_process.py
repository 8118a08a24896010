"""Processes of `app.py` that are forked from one process which has its modules loaded.

Nine tenths of a start are Python's imports. A fork behind them is the same process with the same end, in a
tenth of the processor time. Where the start itself is tested, run `sys.executable` with `app.py` instead.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parents[2]
MAX_REQUEST_BYTES = 2**16
MAX_LINE_BYTES = 2**24  # a traceback in JSON is one line


# --- the process that forks -----------------------------------------------------------------------


def serve(control: socket.socket) -> None:
    """Fork for every request on ``control``. Returns in each fork, as `app.py`; ends with ``control``.

    A request is a JSON object of `argv`, `cwd` and `env`, with four descriptors: standard input, output
    and error, and where the exit status is written. The answer is the process id.
    """
    woken, wake = socket.socketpair()
    for end in (woken, wake):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno())
    statuses: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if woken in ready:
                woken.recv(4096)
                _report_ended(statuses)
            if control not in ready:
                continue
            request, descriptors, _, _ = socket.recv_fds(control, MAX_REQUEST_BYTES, 4)
            if not request:
                sys.exit()
            *standard, status = descriptors
            child = os.fork()
            if child == 0:
                break
            statuses[child] = status
            for descriptor in standard:
                os.close(descriptor)
            control.sendall(f"{child}\n".encode())
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # A shell's job in the background ignores SIGINT, and so would what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for opened in (control, woken, wake):
        opened.close()
    for descriptor in (status, *statuses.values()):
        os.close(descriptor)
    _become(json.loads(request), standard)


def _report_ended(statuses: dict[int, int]) -> None:
    """Write the exit status of every child that has ended."""
    for child in list(statuses):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            descriptor = statuses.pop(child)
            os.write(descriptor, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(descriptor)


def _become(request: dict[str, object], standard: list[int]) -> None:
    """Take over this environment, folder, and standard input, output and error."""
    for number, descriptor in enumerate(standard):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # it stays open
    sys.stdout, sys.stderr = _unbuffered(1, "strict"), _unbuffered(2, "backslashreplace")
    sys.argv = ["app.py", *request["argv"]]  # type: ignore[misc]
    os.chdir(str(request["cwd"]))
    os.environ.clear()
    os.environ.update(request["env"])  # type: ignore[call-overload]


def _unbuffered(number: int, errors: str) -> TextIO:
    """Return the stream of a descriptor, as `python -u` opens it."""
    raw = open(number, "wb", buffering=0, closefd=False)  # noqa: SIM115  # it stays open
    return TextIOWrapper(raw, encoding="utf-8", errors=errors, write_through=True)


# --- the test -------------------------------------------------------------------------------------


class AppProcess:
    """A process, as `asyncio.subprocess.Process`; ``stdin`` is None unless it was asked for."""

    def __init__(
        self,
        pid: int,
        stdin: asyncio.WriteTransport | None,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader,
        status: asyncio.StreamReader,
    ) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._ending = asyncio.create_task(self._end(status))

    async def _end(self, status: asyncio.StreamReader) -> int:
        self.returncode = int(await status.read())
        if self.stdin is not None:
            self.stdin.close()
        return self.returncode

    async def wait(self) -> int:
        """Wait for its end; return the exit status, or the negative number of a signal."""
        return await asyncio.shield(self._ending)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait for its end; return what it printed."""
        out, err, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return out, err

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        self.send_signal(signal.SIGKILL)


async def start_app(
    *words: str, cwd: Path, env: Mapping[str, str], with_stdin: bool = False
) -> AppProcess:
    """Start `app.py` with these words; without ``with_stdin`` there is nothing to read for it."""
    request = json.dumps({"argv": words, "cwd": str(cwd), "env": dict(env)}).encode()
    assert len(request) < MAX_REQUEST_BYTES
    pipes = [os.pipe() for _ in range(4)]
    (stdin, write), *readers = pipes
    theirs = [stdin, *(theirs for _, theirs in readers)]
    pid = await asyncio.to_thread(_forking().fork, request, theirs)
    for descriptor in theirs:
        os.close(descriptor)
    loop = asyncio.get_running_loop()
    writing = None
    if with_stdin:
        writing, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(write, "wb", 0))
    else:
        os.close(write)
    return AppProcess(pid, writing, *[await _reader(ours) for ours, _ in readers])


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
    )
    return reader


class ForkingProcess:
    """The process that forks; it ends when it is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        self._process = subprocess.Popen(  # noqa: S603  # this file; no thread, no lock
            [sys.executable, "-P", __file__, str(theirs.fileno())],
            env={"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()

    def fork(self, request: bytes, descriptors: list[int]) -> int:
        """Send a request as in ``serve``; return the process id."""
        with self._lock:
            socket.send_fds(self._control, [request], descriptors)
            return int(self._control.recv(32))

    def close(self) -> None:
        """End it."""
        self._control.close()
        self._process.wait()


@cache
def _forking() -> ForkingProcess:
    """Return the one of this process of pytest, started at the first call."""
    started = ForkingProcess()
    atexit.register(started.close)
    return started


if __name__ == "__main__":
    # A command imports what it needs when it is called: here that is done once, before the forks.
    import bot.terminal.exec.command
    import bot.terminal.run  # noqa: F401
    from app import main

    serve(socket.socket(fileno=int(sys.argv[1])))
    main()
