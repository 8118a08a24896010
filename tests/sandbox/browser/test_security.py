"""Another web page, or one that guesses, gets nothing of the page."""

from __future__ import annotations

import asyncio
import re

import pytest

from sandbox.browser import BrowserServer
from sandbox.browser.security import HEADERS
from tests.sandbox.browser.window import Window

JSON = {"Content-Type": "application/json"}


def test_the_policy_allows_what_the_page_serves_and_nothing_else() -> None:
    assert HEADERS == {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data: blob:; connect-src 'self'; font-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "events", {}, 200),
        ("GET", "nothing", {}, 404),
        ("GET", "page/nothing.js", {}, 404),
        ("GET", "page/../server.py", {}, 404),
        ("GET", "page/%2e%2e/server.py", {}, 404),
        ("GET", "files/F1", {}, 404),
        ("GET", "do/send", {}, 405),
        ("HEAD", "events", {}, 405),
        ("GET", "events", {"Host": "example.com"}, 403),
        ("GET", "events", {"Host": "127.0.0.1:1"}, 403),
        ("GET", "events", {"Origin": "http://example.com"}, 403),
        ("GET", "events", {"Origin": "null"}, 403),
        ("POST", "do/send", {}, 403),
        ("POST", "do/send", {"Origin": "http://example.com"}, 403),
        ("POST", "do/send", {"Origin": "OWN", "Content-Type": "text/plain"}, 415),
        ("POST", "do/send", {"Origin": "OWN", **JSON}, 200),
        ("POST", "do/nothing", {"Origin": "OWN", **JSON}, 200),
    ],
)
async def test_an_answer_has_every_header_whatever_it_is(
    server: BrowserServer,
    window: Window,
    method: str,
    path: str,
    headers: dict[str, str],
    status: int,
) -> None:
    headers = {name: value.replace("OWN", window.origin) for name, value in headers.items()}
    request = window.session.request(method, server.url + path, headers=headers)
    async with request as response:
        assert response.status == status
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


async def test_without_the_token_there_is_nothing(server: BrowserServer, window: Window) -> None:
    token = re.fullmatch(r"http://127\.0\.0\.1:\d+/([\w-]{32})/", server.url)
    assert token
    for path in ("", "/", "/events", f"/{'x' * 32}/events", f"/{token[1]}"):
        async with window.session.get(window.origin + path) as response:
            assert (path, response.status) == (path, 404)


async def test_each_server_has_a_token_of_its_own(server: BrowserServer) -> None:
    other = BrowserServer(server.slack, server.continuity, server.clock)
    async with other:
        assert other.url.rsplit("/", 2)[1] != server.url.rsplit("/", 2)[1]


async def test_localhost_is_the_same_host(server: BrowserServer, window: Window) -> None:
    host = window.origin.removeprefix("http://").replace("127.0.0.1", "localhost")
    headers = {"Host": host, "Origin": f"http://{host}"}
    url = f"{server.url}do/skip"
    async with window.session.post(url, json={"seconds": 60}, headers=headers) as response:
        assert await response.json() == {"ok": True}
    headers["Origin"] = window.origin
    async with window.session.post(url, json={"seconds": 60}, headers=headers) as response:
        assert response.status == 403


@pytest.mark.parametrize("hosts", [[], ["OWN", "example.com"]])
async def test_none_and_two_hosts_are_not_served(
    server: BrowserServer, window: Window, hosts: list[str]
) -> None:
    own = window.origin.removeprefix("http://")
    reader, writer = await asyncio.open_connection(*own.split(":"))
    lines = [f"GET {server.url.removeprefix(window.origin)}events HTTP/1.0"]
    lines += [f"Host: {host.replace('OWN', own)}" for host in hosts]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert answer.split()[1] in {b"400", b"403"}
