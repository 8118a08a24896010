"""Chromium for the tests of the page: one for a session, a page for each test.

The tests share the event loop of the session, since the browser lives in it.
"""

from __future__ import annotations

import inspect
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    async_playwright,
    expect,
)

from tests.browser.app_page import AppPage, app_page
from tests.browser.demo_window import running_demo
from tests.browser.rendering import Rendering, application

# Spent only by a test that fails; other work may keep the machine busy.
expect.set_options(timeout=30_000)
SIZE: ViewportSize = {"width": 1440, "height": 900}
HERE = Path(__file__).parent
MISSING = "No Chromium on this machine: tests of the page are skipped."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of this folder in the loop of the browser."""
    for item in items:
        is_async = inspect.iscoroutinefunction(getattr(item, "obj", None))
        if is_async and HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium. Without one the test is skipped; it fails with REQUIRE_CHROMIUM."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("REQUIRE_CHROMIUM"):
            pytest.fail("No Chromium on this machine, and REQUIRE_CHROMIUM is set.", pytrace=False)
        pytest.skip(MISSING)
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One Chromium for all tests of the session."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """What opens a page in a session of its own, with options of the browser.

    The test fails on an error in one of them, or a request to another machine.
    """
    contexts: list[BrowserContext] = []
    wrong: list[list[str]] = []

    async def new_page(**options: Any) -> Page:
        context = await browser.new_context(**{"viewport": SIZE, **options})
        contexts.append(context)
        opened = await context.new_page()
        wrong.append(watch(opened))
        return opened

    yield new_page
    for context in contexts:
        await context.close()
    _fail_for([sentence for each in wrong for sentence in each])


@pytest_asyncio.fixture(loop_scope="session")
async def page(open_page: Callable[..., Awaitable[Page]]) -> Page:
    """A page of its own."""
    return await open_page()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo_url(chromium: str) -> AsyncIterator[str]:
    """The address of a demo with the real bot, which the tests of a module share."""
    async with running_demo() as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_rendering(browser: Browser) -> AsyncIterator[tuple[Rendering, list[str]]]:
    """One page that draws blocks for all tests, and what went wrong in it."""
    async with TestServer(application(), host="127.0.0.1") as server:
        context = await browser.new_context(viewport=SIZE)
        opened = await context.new_page()
        wrong = watch(opened)
        await opened.goto(str(server.make_url("/")))
        yield Rendering(opened), wrong
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def rendering(
    shared_rendering: tuple[Rendering, list[str]],
) -> AsyncIterator[Rendering]:
    """A page that draws blocks with the modules of the page, and nothing else."""
    shared, wrong = shared_rendering
    wrong.clear()
    yield shared
    await shared.page.set_viewport_size(SIZE)
    _fail_for(wrong)


@pytest_asyncio.fixture(loop_scope="session")
async def opened(page: Page) -> AsyncIterator[AppPage]:
    """The page of a workspace whose app is the test."""
    async with app_page(page) as opened:
        yield opened


def _fail_for(wrong: list[str]) -> None:
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def watch(page: Page) -> list[str]:
    """Return the list to which each console error, page error and foreign request is added."""
    wrong: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(f"Console error: {message.text}")

    def on_request(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            wrong.append(f"It asked another machine: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: wrong.append(f"Page error: {error}"))
    page.on("request", on_request)
    return wrong
