"""The page's files are served, whole, and ask for nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath

import pytest

import sandbox.browser
from sandbox.browser import BrowserServer
from sandbox.browser.assets import CONTENT_TYPES, assets
from tests.sandbox.browser.window import Window

PAGE = Path(sandbox.browser.__file__).parent / "page"
COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->|(?:^|\s)//\s[^\n]*", re.DOTALL)
OUTSIDE = re.compile(r"\w+:\\?/\\?/[^\s\"'`)]*|[\"'`(]//[^\s\"'`)]*")
ALLOWED = re.compile(r"http:(?:\\?/){2}(?:www\.w3\.org|127\\?\.0\\?\.0\\?\.1)\b")
"""This machine, and the namespace of SVG: a name, which no browser loads."""

LINK = re.compile(r"""(?:\b(?:from|import)\s*\(?\s*|\b(?:src|href)=|\burl\(\s*)["']([^"'#]+)["']""")


def read(name: str) -> str:
    return COMMENT.sub(" ", (PAGE / name).read_text("utf-8"))


def names() -> list[str]:
    files = (path for path in PAGE.rglob("*") if path.is_file())
    return sorted(path.relative_to(PAGE).as_posix() for path in files)


def test_every_file_of_the_page_is_an_asset() -> None:
    assert sorted(assets()) == names()


@pytest.mark.parametrize("name", names())
def test_an_asset_names_no_address_outside(name: str) -> None:
    found = [one for one in OUTSIDE.findall(read(name)) if not ALLOWED.match(one)]
    assert found == []


@pytest.mark.parametrize("name", names())
def test_what_an_asset_loads_is_there(name: str) -> None:
    """A module loads by its own folder, the index by the page's address."""
    folder = "" if name.endswith(".html") else f"page/{PurePosixPath(name).parent}"
    for link in LINK.findall(read(name)):
        path = normpath(f"{folder}/{link}".lstrip("/"))
        assert link.startswith("data:") or path.removeprefix("page/") in assets(), link


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('import "https://cdn.example.com/x.js"', ["https://cdn.example.com/x.js"]),
        ("url(//fonts.example.com/a)", ["(//fonts.example.com/a"]),
        ("// see https://docs.slack.dev", []),
        ("/* https://docs.slack.dev */ a", []),
        ("new WebSocket('ws://example.com')", ["ws://example.com"]),
    ],
)
def test_an_address_outside_is_found(text: str, found: list[str]) -> None:
    assert OUTSIDE.findall(COMMENT.sub(" ", text)) == found


async def test_assets_are_served_with_their_type(server: BrowserServer, window: Window) -> None:
    for name in assets():
        async with window.session.get(f"{server.url}page/{name}") as response:
            assert response.status == 200
            assert response.content_type == CONTENT_TYPES[PurePosixPath(name).suffix]
            assert response.charset == "utf-8"
            assert await response.read() == (PAGE / name).read_bytes()


async def test_the_folder_is_the_index(server: BrowserServer, window: Window) -> None:
    async with window.session.get(server.url) as response:
        there = "index.html" in assets()
        assert response.status == (200 if there else 404)
        assert not there or response.content_type == "text/html"
