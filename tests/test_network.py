"""One rule for every client: the environment's proxy and CA count alike, and loopback is reached directly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from click.testing import CliRunner
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp

from app import main
from bot import network
from bot.continuity.client import client_of
from bot.errors import NotSent, PagerUnavailable, SlackUnavailable
from bot.metrics import Metrics
from bot.paging.configured import open_pagers
from bot.setting_secrets import secrets_of
from bot.settings import Settings
from bot.slack.api.client import call_slack, client_for
from bot.slack.api.files import download, upload
from bot.slack.api.http_session import open_session
from bot.slack.api.reply import reply
from bot.slack.inbound.socket_mode import SocketModeConnection
from bot.slack.payloads import ReplyTarget
from sandbox.continuity import ContinuitySandbox
from sandbox.pagers import PagerSandbox
from sandbox.pagers.sandbox import ROUTING_KEY, SECRET
from sandbox.slack import SlackSandbox
from tests.fixtures import log_state
from tests.fixtures.tls_and_proxy import Authority, Proxy
from tests.paging.conftest import a_page
from tests.slack.stub import Stub

WORDS = "its certificate is not trusted (unable to get local issuer certificate)"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("ca"))
    made.make()
    return made


@dataclass
class Services:
    """Both services behind TLS, and a proxy that alone knows where their names lead."""

    slack: SlackSandbox
    continuity: ContinuitySandbox
    proxy: Proxy
    ports: dict[str, int]

    def settings(self, api: str = "https://api.example/", **more: object) -> Settings:
        path = urlsplit(self.continuity.url).path.lstrip("/")
        return Settings(
            continuity_url=api + path,
            continuity_username=self.continuity.username,
            continuity_password=SecretStr(self.continuity.password),
            **more,  # type: ignore[arg-type]
        )


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port
    return port


@pytest.fixture
async def services(authority: Authority) -> AsyncIterator[Services]:
    async with SlackSandbox() as slack, ContinuitySandbox() as continuity:
        continuity.add_customer("44444", users=7)
        async with (
            authority.before(port_of(slack.api_url)) as slack_port,
            authority.before(port_of(continuity.url)) as api_port,
        ):
            ports = {"slack.example": slack_port, "api.example": api_port}
            async with Proxy(ports) as proxy:
                yield Services(slack, continuity, proxy, ports)


@pytest.fixture
def behind(services: Services, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The environment of a company: its proxy and its CA."""
    monkeypatch.setenv("HTTPS_PROXY", services.proxy.address)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # asked for nothing
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    return services


async def count(settings: Settings) -> int:
    api = client_of(settings)
    try:
        return await api.count("44444")
    finally:
        await api.aclose()


async def auth_test(url: str) -> object:
    async with open_session() as session:
        return (await call_slack(client_for("xoxb-sandbox", url, session).auth_test()))["team_id"]


async def test_api_and_slack_go_through_the_proxy_to_a_private_ca(behind: Services) -> None:
    assert await count(behind.settings()) == 7
    assert await auth_test("https://slack.example/api/") == "T0HOME"
    assert behind.proxy.asked == ["CONNECT api.example:443", "CONNECT slack.example:443"]


async def test_pagers_go_through_it_as_well(behind: Services, authority: Authority) -> None:
    async with (
        PagerSandbox() as pagers,
        authority.before(port_of(pagers.url)) as port,
        Proxy({"api.example": port}) as proxy,
    ):
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("HTTPS_PROXY", proxy.address)
            settings = behind.settings(
                pagerduty_routing_key=SecretStr(ROUTING_KEY),
                pagerduty_url="https://api.example/",
                pager_webhook_url="https://api.example/hook",
                pager_webhook_secret=SecretStr(SECRET),
            )
            async with open_pagers(settings, lambda: None) as configured:
                for pager in configured:
                    await pager.send(a_page())
            assert {pager.name for pager in configured} == {"pagerduty", "webhook"}
            patched.delenv("SSL_CERT_FILE")
            async with open_pagers(settings, lambda: None) as configured:
                with pytest.raises(PagerUnavailable, match="its certificate is not trusted"):
                    await configured[0].send(a_page())
    assert {*proxy.asked} == {"CONNECT api.example:443"}
    assert len(pagers.incidents.all()) == 2


async def test_files_and_response_urls_go_through_it_as_well(
    behind: Services, authority: Authority
) -> None:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        told: dict[str, dict[str, object]] = {
            "/api/files.info": {"file": {"size": 3, "url_private": "https://files.slack.com/f"}},
            "/api/files.getUploadURLExternal": {
                "file_id": "F1",
                "upload_url": "https://files.slack.com/up",
            },
        }
        if request.path == "/f":
            return web.Response(body=b"abc", content_type="text/csv")
        return web.json_response({"ok": True, **told.get(request.path, {})})

    async with (
        Stub(answer) as stub,
        authority.before(port_of(stub.url)) as port,
        Proxy(dict.fromkeys(("slack.example", "files.slack.com"), port)) as proxy,
        open_session() as session,
    ):
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("HTTPS_PROXY", proxy.address)
            client = client_for("xoxb-sandbox", "https://slack.example/api/", session)
            assert await download(client, "F1", max_bytes=10) == b"abc"
            file = authority.certificate
            await upload(client, channel="C1", name="n", title="t", chunks=file)
            url = "https://slack.example/commands/1"
            await reply(client, ReplyTarget("k", "U1", response_url=url), "told")
    assert {*proxy.asked} == {"CONNECT slack.example:443", "CONNECT files.slack.com:443"}
    assert {"/f", "/up", "/commands/1"} <= {*stub.requests}


async def test_the_socket_goes_through_it_as_well(behind: Services) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": "wss://wss-primary.slack.com/link/?ticket=1"})

    async with Stub(answer) as stub, open_session() as session:
        client = client_for("xoxb-sandbox", f"{stub.url}api/", session)
        app = AsyncApp(client=client, request_verification_enabled=False)
        with pytest.raises(SlackUnavailable, match="socket did not open"):
            await SocketModeConnection(
                app, client, "xapp-sandbox", Metrics(), ping=0.05, max_hello=0.5
            ).open()
    assert {*behind.proxy.asked} == {"CONNECT wss-primary.slack.com:443"}


async def test_this_machine_is_reached_directly_by_every_client(behind: Services) -> None:
    origin = behind.continuity.url.removesuffix(urlsplit(behind.continuity.url).path)
    assert await count(behind.settings(f"{origin}/")) == 7
    assert await auth_test(behind.slack.api_url) == "T0HOME"
    assert await count(behind.settings(f"https://localhost:{behind.ports['api.example']}/")) == 7
    assert await auth_test(f"https://127.0.0.1:{behind.ports['slack.example']}/api/") == "T0HOME"
    assert behind.proxy.asked == []


async def test_an_untrusted_certificate_is_named_as_the_cause(services: Services) -> None:
    with pytest.raises(NotSent) as api:
        await count(services.settings(f"https://localhost:{services.ports['api.example']}/"))
    assert str(api.value) == (
        f"The continuity API could not be reached: {WORDS}. Nothing was sent."
    )
    with pytest.raises(SlackUnavailable) as slack:
        await auth_test(f"https://localhost:{services.ports['slack.example']}/api/")
    assert str(slack.value) == f"Slack did not answer auth.test: {WORDS}."


async def test_doctor_names_it_with_the_cure(
    services: Services, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    path = urlsplit(services.continuity.url).path
    for name, value in {
        "SLACK_BOT_TOKEN": services.slack.bot_token,
        "SLACK_APP_TOKEN": services.slack.app_token,
        "SLACK_API_URL": f"https://localhost:{services.ports['slack.example']}/api/",
        "CONTINUITY_URL": f"https://localhost:{services.ports['api.example']}{path}",
        "CONTINUITY_USERNAME": services.continuity.username,
        "CONTINUITY_PASSWORD": services.continuity.password,
    }.items():
        monkeypatch.setenv(name, value)

    async def doctor() -> dict[str, str]:
        with log_state.restored():
            words = ["doctor", "--customer", "44444"]
            result = await asyncio.to_thread(CliRunner().invoke, main, words)
        lines = (line.partition(": ") for line in result.stdout.splitlines())
        return {head.split(maxsplit=1)[1]: f"{head.split()[0]} {said}" for head, _, said in lines}

    said = await doctor()
    for about in ("bot token", "socket", "api"):
        assert said[about].startswith("fails ")
        assert WORDS in said[about]
        assert "Set SSL_CERT_FILE to a file with the CA of your network" in said[about]
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    said = await doctor()
    for about in ("bot token", "socket", "api"):
        assert said[about].startswith("ok ")


@pytest.mark.parametrize(
    ("url", "variables", "expected"),
    [
        ("https://slack.com/api/", {}, None),
        ("https://slack.com/api/", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://slack.com/api/", {"https_proxy": "p:1"}, "http://p:1"),
        ("wss://wss.slack.com/", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://slack.com/", {"HTTP_PROXY": "http://p:1"}, None),
        ("https://slack.com/", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "slack.com"}, None),
        ("https://a.slack.com/", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".slack.com"}, None),
        ("https://slack.com/", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
        ("https://x.com/", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "slack.com"}, "http://p:1"),
        ("https://localhost/", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://127.9.9.9/", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://[::1]:8/", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://[/", {"HTTPS_PROXY": "http://p:1"}, None),
    ],
)
def test_which_proxy_an_address_has(
    url: str, variables: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert network.proxy_for(url) == expected


def test_the_password_of_a_proxy_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canary@p:1")
    assert "canary" in secrets_of(Settings())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "HTTPS_PROXY",
            "http://[",
            "HTTPS_PROXY must be an http:// or https:// address with a host.",
        ),
        ("HTTPS_PROXY", "socks5://h:1", "HTTPS_PROXY must be"),
        ("HTTPS_PROXY", "http://h:99999", "HTTPS_PROXY must be"),
        ("SSL_CERT_FILE", "/none.pem", "SSL_CERT_FILE: /none.pem cannot be used: No such file"),
        ("SSL_CERT_FILE", __file__, f"SSL_CERT_FILE: {__file__} cannot be used: it holds no cert"),
        ("SSL_CERT_DIR", "/none", "SSL_CERT_DIR: /none is not a folder."),
    ],
)
def test_a_variable_that_cannot_be_used_is_told(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    [line] = network.complaints()
    assert line.startswith(said)
