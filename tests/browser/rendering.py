"""Draws blocks with the page's own modules, in a page that holds nothing else."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import Locator, Page

import sandbox.browser

PAGE = Path(sandbox.browser.__file__).parent / "page"
# The header of the real server: a style attribute or an inline script is a console error.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# 2026-03-14, a Saturday, 12:00 in Berlin.
NOON = 1_773_486_000
_DOCUMENT = """<!doctype html><html lang="en"><title>Rendering</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="page/style/base.css"><link rel="stylesheet" href="page/style/blocks.css">
<main id="root"></main></html>"""
DOT = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
FILES = {
    "F1": b'user,note\njo@example.com,"a, ""b"""\n' + b"an@example.com,x\n" * 30,
    "F2": b"<b>bold</b>\nplain\n",
    "F3": base64.b64decode(DOT),
    "F5": b'{"change":{"id":"C-7K3MX"}}',
    "F6": b"%PDF-1.7",
    "F4": ",".join(f"column {number}" for number in range(30)).encode(),
}
# Stands in for the shell's base.css where that does not exist yet.
_COLOURS = """:root { --bg: #fff; --surface: #fff; --raised: #f4f4f6; --text: #1d1c1d; --muted: #5b5a5f;
--line: #d6d5d8; --link: #1264a3; --accent: #611f69; --primary: #007a5a; --danger: #c01343;
--mention-bg: #fff0c2; --focus: #1d9bd1; --font: system-ui, sans-serif; --mono: monospace; }"""

DRAW = """async ([blocks, options]) => {
  const load = (name) => import(new URL(`page/render/${name}.js`, document.baseURI).href);
  const people = new Map(Object.entries(options.people));
  const channels = new Map(Object.entries(options.channels));
  window.acted = [];
  window.asked = [];
  window.answer = true;
  const store = {
    state: { offset: options.now - Date.now() / 1000, people, channels, usergroups: options.usergroups },
    person: (id) => people.get(id),
    channel: (id) => channels.get(id),
    channelsOf: () => [...channels.values()],
  };
  window.ctx = {
    store, person: people.get(options.reader), surface: options.surface, busy: options.busy,
    errors: options.errors,
    onAction: async (...action) => { window.acted.push(action); await window.acting; },
    confirm: async (dialog) => { window.asked.push(dialog); return window.answer; },
  };
  window.render = Object.assign(
    {}, ...(await Promise.all(["blocks", "inputs", "mrkdwn", "message_body"].map(load))),
  );
  const root = document.getElementById("root");
  root.replaceChildren(
    Array.isArray(blocks) ? window.render.renderBlocks(blocks, window.ctx)
      : window.render.renderMessage(blocks, window.ctx),
  );
}"""

PEOPLE = {
    "U0OPERATOR": {"id": "U0OPERATOR", "name": "olga", "tz": "Europe/Berlin"},
    "U0APPROVER": {"id": "U0APPROVER", "name": "anna", "tz": "America/New_York"},
    "U0BOT": {"id": "U0BOT", "name": "continuity", "tz": "UTC", "is_bot": True},
}
CHANNELS = {"C0INCIDENT": {"id": "C0INCIDENT", "name": "mail-outage"}}
USERGROUPS = [{"id": "S0ONCALL", "handle": "oncall", "users": ["U0OPERATOR"]}]


class Rendering:
    """A page that draws blocks; ``root`` holds what is drawn."""

    def __init__(self, page: Page) -> None:
        """Take a page that is open at the fixture server."""
        self.page = page
        self.root: Locator = page.locator("#root")

    async def draw(
        self, blocks: list[dict[str, Any]] | Mapping[str, Any], **options: Any
    ) -> Locator:
        """Draw blocks, or a message, and return what holds them."""
        defaults = {
            "people": PEOPLE,
            "channels": CHANNELS,
            "usergroups": USERGROUPS,
            "reader": "U0OPERATOR",
            "surface": "message",
            "busy": False,
            "errors": {},
            "now": NOON,
        }
        await self.page.evaluate(DRAW, [blocks, defaults | options])
        return self.root

    async def text(self, mrkdwn: str, **options: Any) -> Locator:
        """Draw a section with this mrkdwn and return its text."""
        text = {"type": "mrkdwn", "text": mrkdwn, "verbatim": options.pop("verbatim", False)}
        await self.draw([{"type": "section", "text": text}], **options)
        return self.root.locator(".blk-text")

    async def acted(self) -> list[Any]:
        """Return the arguments of each action that was handed on."""
        found: list[Any] = await self.page.evaluate("window.acted")
        return found


def application() -> web.Application:
    """Return the server of the assets and of FILES."""

    async def document(_: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": CSP}
        return web.Response(text=_DOCUMENT, content_type="text/html", headers=headers)

    async def asset(request: web.Request) -> web.Response:
        path = PAGE / request.match_info["path"]
        if path.suffix == ".css":
            text = path.read_text() if path.exists() else _COLOURS
            return web.Response(text=text, content_type="text/css")
        return web.Response(text=path.read_text(), content_type="text/javascript")

    async def file(request: web.Request) -> web.Response:
        content = FILES.get(request.match_info["id"])
        if content is None:
            return web.Response(status=404)
        shown = "show" in request.query
        headers = {} if shown else {"Content-Disposition": "attachment"}
        kind = "text/plain" if shown else "application/octet-stream"
        return web.Response(body=content, content_type=kind, headers=headers)

    app = web.Application()
    app.router.add_get("/", document)
    app.router.add_get(r"/page/{path:[\w/]+\.(?:js|css)}", asset)
    app.router.add_get("/files/{id}", file)
    return app


def squeezed(text: str) -> str:
    """Return text with one space for each run of spaces."""
    return re.sub(r"[ \u00a0]+", " ", text).strip()
