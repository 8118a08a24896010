"""Nothing but `run` and `exec` reaches the real services, whatever this shell and folder are set to."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.terminal.demo.setting import CHANNEL, OPERATOR
from conftest import is_setting
from sandbox.environment import environment
from tests.terminal.demo.page_client import connected

ROOT = Path(__file__).parents[1]
TIME = 120.0  # seconds for a process, beside whatever else this machine does
# Tests that reach both services in different ways, for customer 44444.
SLICE = (
    "tests/scenarios/changes/test_failover.py::test_nobody_approves_his_own_change_and_the_card_stays[socket-sqlite]",
    "tests/scenarios/users/test_purge_users.py::test_the_whole_customer_is_said_in_the_loudest_words_and_is_one_request[http]",
    "tests/scenarios/operation/test_exec.py::test_beside_a_bot_it_is_the_bot_who_executes",
    "tests/terminal/exec/test_command.py::test_while_slack_is_down_an_approval_can_be_said",
    "tests/terminal/doctor/test_doctor.py::test_each_thing_that_is_as_it_should_be_has_its_line",
    "tests/terminal/doctor/test_probe.py::test_every_assumption_that_holds_has_its_line",
    "tests/sandbox/slack/test_web_api.py",
)


@dataclass
class Elsewhere:
    """An address that no demo and no test may ask, and a folder whose `.env` names it."""

    folder: Path
    address: str = ""
    asked: list[bytes] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """Settings that lead there; the account of 44444 has that address as its own."""
        credentials = self.folder / "credentials.toml"
        table = f'username = "real"\npassword = "real"\nurl = "{self.address}"\n'
        credentials.write_text(f"[44444]\n{table}")
        credentials.chmod(0o600)
        return {
            "CONTINUITY_CREDENTIALS": str(credentials),
            "CONTINUITY_URL": self.address,
            "SLACK_API_URL": self.address,
            "SLACK_BOT_TOKEN": "xoxb-real",
            "SLACK_APP_TOKEN": "xapp-real",
            "DATABASE": str(self.folder / "real.db"),
            "OPS_CHANNEL": "C0REAL",
            "ALLOW_PASSWORD_COMMAND": "true",
        }

    @property
    def network(self) -> dict[str, str]:
        """What leads every library there."""
        names = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
        proxies = dict.fromkeys((*names, *map(str.lower, names)), self.address)
        nothing = str(self.folder / "none.pem")
        return {**proxies, "SSL_CERT_FILE": nothing}

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Note what is asked, and answer nothing."""
        self.asked.append(b"")  # a connection alone is too much
        self.asked[-1] = await reader.readline()
        writer.close()

    async def run(self, variables: dict[str, str], *words: str) -> tuple[int | None, str]:
        """Run Python with these words, in this folder; return the exit status and what was printed."""
        return await self.end(await self.start(variables, *words))

    async def start(self, variables: dict[str, str], *words: str) -> asyncio.subprocess.Process:
        """Start Python with these words, in this folder."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *words,
            cwd=self.folder,
            env=environment(variables),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def end(self, process: asyncio.subprocess.Process) -> tuple[int | None, str]:
        """Wait for the end of a process; return the exit status and what it printed."""
        try:
            async with asyncio.timeout(TIME):
                printed, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode, printed.decode()


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[Elsewhere]:
    found = Elsewhere(tmp_path)
    async with await asyncio.start_server(found.hear, "127.0.0.1", 0) as server:
        found.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        lines = [f"{name}={value}" for name, value in found.settings.items()]
        (tmp_path / ".env").write_text("\n".join(lines))
        yield found
        assert not (tmp_path / "real.db").exists()


@pytest.mark.parametrize("exported", [True, False])
async def test_the_demo_asks_the_simulated_services_alone(
    elsewhere: Elsewhere, exported: bool
) -> None:
    variables = {**elsewhere.settings, **elsewhere.network} if exported else {}
    status, printed = await elsewhere.run(variables, str(ROOT / "app.py"), "demo")
    assert elsewhere.asked == []
    assert status == 0, printed
    assert "change.applied" in printed


@pytest.mark.parametrize("exported", [True, False])
async def test_the_page_of_the_demo_asks_the_simulated_services_alone(
    elsewhere: Elsewhere, exported: bool
) -> None:
    variables = {**elsewhere.settings, **elsewhere.network} if exported else {}
    words = (str(ROOT / "app.py"), "demo", "--no-browser", "--port", "0")
    process = await elsewhere.start(variables, *words)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(TIME):
            url = (await process.stdout.readline()).decode().removeprefix("Open ").strip()
            async with connected(url) as page:
                await page.bot("ready")
                text = "/continuity status 44444"
                await page.do("send", person=OPERATOR, channel=CHANNEL, text=text)
                await page.message("1,284")
    finally:
        process.send_signal(signal.SIGINT)
        status, printed = await elsewhere.end(process)
    assert elsewhere.asked == []
    assert (status, printed) == (0, "Ctrl-C ends the demo.\n")


async def test_the_tests_ask_the_simulated_services_alone(elsewhere: Elsewhere) -> None:
    variables = {**elsewhere.settings, **elsewhere.network}
    variables |= {name.lower(): value for name, value in elsewhere.settings.items()}
    config = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-p", "no:cacheprovider")
    chosen = (str(ROOT / name) for name in SLICE)
    status, printed = await elsewhere.run(variables, "-m", "pytest", *config, *chosen)
    assert elsewhere.asked == []
    assert status == 0, printed


async def test_the_benchmarks_ask_the_simulated_services_alone(elsewhere: Elsewhere) -> None:
    few = {"PYTHONPATH": str(ROOT), "BENCH": "import", "BENCH_QUICK": "1"}
    variables = {**elsewhere.settings, **elsewhere.network, **few}
    status, printed = await elsewhere.run(variables, "-m", "bench")
    assert elsewhere.asked == []
    assert status == 0, printed


def test_every_setting_is_taken_away_before_a_test() -> None:
    for name in Settings.model_fields:
        assert is_setting(name)
        assert is_setting(name.upper())
    for name in (
        "SLACK_CLIENT_SECRET",
        "https_proxy",
        "NO_PROXY",
        "SSL_CERT_DIR",
        "SSLKEYLOGFILE",
        "PGHOST",
    ):
        assert is_setting(name)
    for name in ("PATH", "HOME", "SOAK", "BENCH", "PYTHONPATH"):
        assert not is_setting(name)


async def test_a_test_that_asks_for_the_settings_gets_the_defaults(elsewhere: Elsewhere) -> None:
    """Of the variables as of the `.env` in the folder in which the tests are started."""
    code = "from bot.settings import Settings, load\nassert load() == Settings.model_construct()"
    status, printed = await strayed(elsewhere.folder, code, **elsewhere.settings)
    assert status == 0, printed


async def strayed(folder: Path, code: str, **variables: str) -> tuple[int | None, str]:
    """Run a test with this body under the root conftest; return how it ended."""
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    (folder / "test_stray.py").write_text(
        f"import asyncio, contextlib, socket\n\ndef test_it():\n{lines}"
    )
    words = ("-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider", "test_stray.py")
    return await Elsewhere(folder).run({"PYTHONPATH": str(ROOT), **variables}, *words)


@pytest.mark.parametrize(
    ("connect", "where"),
    [
        ("socket.socket().connect(('192.0.2.1', 443))", "'192.0.2.1'"),
        ("socket.socket().connect_ex(('0.0.0.0', 443))", "'0.0.0.0'"),
        ("socket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))", "'2001:db8::1'"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 53))", "'192.0.2.1'"),
        ("socket.create_connection(('api.retarus.com', 443))", "'api.retarus.com'"),
        ("socket.getaddrinfo(b'api.retarus.com', 443)", "'api.retarus.com'"),
        ("socket.gethostbyname('slack.com')", "'slack.com'"),
        ("__import__('psycopg').connect('postgresql://u@192.0.2.1/d')", "'192.0.2.1'"),
        ("__import__('psycopg').connect('dbname=d', host='/tmp,db.example')", "'db.example'"),
        (
            "asyncio.run(__import__('psycopg').AsyncConnection.connect('host=db.example'))",
            "'db.example'",
        ),
    ],
)
async def test_a_connection_that_leaves_this_machine_fails_the_test_that_hides_it(
    tmp_path: Path, connect: str, where: str
) -> None:
    status, printed = await strayed(tmp_path, f"with contextlib.suppress(OSError):\n    {connect}")
    assert status == 1
    assert "It tried to leave this machine" in printed
    assert where in printed


async def test_a_connection_to_this_machine_is_none_of_its_business(tmp_path: Path) -> None:
    code = (
        "with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "    for host in ('127.0.0.1', 'localhost', b'localhost'):\n"
        "        socket.create_connection((host, server.getsockname()[1])).close()"
    )
    status, printed = await strayed(tmp_path, code)
    assert status == 0, printed
