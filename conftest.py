"""Every test starts without a setting of this shell or a `.env`, and reaches loopback addresses only.

Any other connection is refused and fails the test, also where the code under test handles the refusal.
`-n auto` starts two workers for each processor, since half of the time a test waits.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import psycopg.generators
import pytest
from hypothesis import is_hypothesis_test
from psycopg.conninfo import conninfo_to_dict

from bot.settings import Settings
from tests.block_types import recorded
from tests.fixtures.run_length import is_long

# Of the audit events of Python's sockets: those that send something, or ask a name server.
_CONNECTING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_RESOLVING = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
pytest_plugins = ["tests.postgresql.fixtures", "tests.fixtures.databases"]
_refused: list[str] = []
_RECORDER = pytest.StashKey[recorded.Recorder]()
# What these reach, the other tests reach as well.
UNMEASURED = (
    "tests/browser/",
    "tests/reliability/",
    "tests/scenarios/operation/",
    "tests/scenarios/security/",
    "tests/scenarios/users/",
    "tests/test_isolation.py",
    "tests/test_wording.py",
    "tests/scenarios/changes/test_api_errors.py",
    "tests/sandbox/continuity/test_openapi.py",
)


def is_setting(name: str) -> bool:
    """Whether a variable of this name sets something of the bot, its libraries or its network."""
    upper = name.upper()  # the settings do not mind capitals, and neither do proxies
    return (
        upper.lower() in Settings.model_fields
        or upper.startswith(("SLACK_", "CONTINUITY_", "SSL", "PG"))
        or upper.endswith("_PROXY")
    )


def pytest_configure(config: pytest.Config) -> None:
    """Remove the settings before any test module, or process of one, can read them."""
    for name in filter(is_setting, list(os.environ)):
        del os.environ[name]
    # A busy machine is no failure. The same examples each time: what is green here is green elsewhere;
    # SOAK=1 looks for new ones.
    hypothesis.settings.register_profile("project", deadline=None, derandomize=not is_long())
    hypothesis.settings.load_profile("project")
    sys.addaudithook(_refuse)
    # Its library in C connects, and raises no event of Python.
    psycopg.generators.connect = _guarded(psycopg.generators.connect)
    if folder := os.environ.get(recorded.FOLDER):
        # The folder of the tests is another one.
        os.environ[recorded.FOLDER] = str(Path(folder).resolve())
        config.stash[_RECORDER] = recorded.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Save what was sent to the simulated Slack, where that was asked for."""
    if recorder := config.stash.get(_RECORDER, None):
        recorder.save(Path(os.environ[recorded.FOLDER]))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the files that have nothing for the run of `make test`, by its `-m`.

    Each worker imports what is collected: that takes ten seconds of the processor and more.
    """
    asked = config.getoption("markexpr")
    is_folder = collection_path.is_dir()
    if asked not in ("no_cover", "not no_cover") or not (
        is_folder or collection_path.suffix == ".py"
    ):
        return None
    name = collection_path.relative_to(config.rootpath).as_posix()
    unmeasured = f"{name}/".startswith(UNMEASURED) or name.startswith(UNMEASURED)
    if asked == "not no_cover":
        return unmeasured or None
    if unmeasured or is_folder:
        return None
    text = collection_path.read_text(encoding="utf-8")
    return not ("hypothesis" in text or "no_cover" in text) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make test` runs without coverage, which doubles the processor time of a test.

    Property tests repeat hundreds of times what the other tests reach.
    """
    for item in items:
        is_property = is_hypothesis_test(getattr(item, "obj", None))
        if is_property or item.nodeid.startswith(UNMEASURED):
            item.add_marker("no_cover")


def pytest_xdist_auto_num_workers() -> int:
    """Return how many workers `-n auto` starts."""
    return 2 * (os.cpu_count() or 1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what `tests.reliability.conftest.Figures` recorded, whichever worker it comes from."""
    lines = {
        name: text
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport)
        for name, text in report.user_properties
        if name.startswith("figure ")
    }
    if lines:
        terminalreporter.section("figures")
    for name in sorted(lines):
        terminalreporter.write_line(f"{name.removeprefix('figure ')}: {lines[name]}")


@pytest.fixture(scope="session", autouse=True)
def folder_without_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run in an empty folder: a relative name, such as `.env`, is no file of this project."""
    with contextlib.chdir(tmp_path_factory.mktemp("empty")):
        yield
    _fail_for_refused()


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[None]:
    """Fail the test that tried to connect to anything but a loopback address."""
    yield
    _fail_for_refused()


def _fail_for_refused() -> None:
    tried, _refused[:] = sorted({*_refused}), []
    if tried:
        pytest.fail(f"It tried to leave this machine: {', '.join(tried)}", pytrace=False)


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    if event in _CONNECTING:
        address = args[1]
        allowed = not isinstance(address, tuple) or _is_loopback(address[0])  # else a local socket
    elif event in _RESOLVING:
        address = args[0].decode() if isinstance(args[0], bytes) else args[0]
        allowed = not address or _is_loopback(address) or _is_number(address)
    else:
        return
    if not allowed:
        _fail(event, address)


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    """Return this way to connect to PostgreSQL, for servers of this machine alone."""

    def checked(conninfo: str) -> Any:
        told = conninfo_to_dict(conninfo)
        for host in f"{told.get('host', '')},{told.get('hostaddr', '')}".split(","):
            # Empty, a path, or an abstract name: a local socket.
            if host and host[0] not in "/@" and not _is_loopback(host):
                _fail("psycopg.connect", host)
        return connect(conninfo)

    return checked


def _fail(event: str, address: object) -> NoReturn:
    _refused.append(f"{event} {address!r}")
    raise PermissionError(f"Tests reach loopback addresses only, not {address!r}.")


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_number(host) and ipaddress.ip_address(host).is_loopback)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
