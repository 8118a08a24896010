"""The page's server on 127.0.0.1: assets, events, actions and files, behind a random token."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, Self
from urllib.parse import quote

from aiohttp import web

from sandbox.browser import security
from sandbox.browser.actions import Actions, sentence
from sandbox.browser.assets import CONTENT_TYPES, assets
from sandbox.browser.body import ActionError, Body, Handler
from sandbox.browser.feed import Feed
from sandbox.browser.stream import Windows
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SandboxError, SlackSandbox
from sandbox.slack.methods.chat import mimetype

MAX_BODY_BYTES = 150 * 1024 * 1024
"""Of a submitted modal: ten files of 10 MB, in base64."""
PDF = "application/pdf"
SHUTDOWN_SECONDS = 0.2
"""For what is still answered at the end; a stream ends at once."""


class BrowserServer:
    """Serves the page for these services, which it neither starts nor stops.

    ``port`` 0 lets the system choose. Actions and parts are added before the start.
    """

    def __init__(
        self,
        slack: SlackSandbox,
        continuity: ContinuitySandbox,
        clock: SandboxClock,
        *,
        port: int = 0,
    ) -> None:
        self.slack = slack
        self.continuity = continuity
        self.clock = clock
        self.url = ""
        self.team_name = "Home"
        self._port = port
        self._token = secrets.token_urlsafe(24)
        self._assets = assets()
        self._runner: web.AppRunner | None = None
        self._windows = Windows(self._snapshot)
        self._feed = Feed(slack, self._windows.publish)
        self._person_actions = Actions(slack, clock)
        self._actions: dict[str, Handler] = self._person_actions.handlers()
        self._parts: dict[str, Callable[[], Any]] = {
            "now": self.clock,
            "offset": lambda: self.clock.offset,
            "team": lambda: {"id": slack.team_id, "name": self.team_name},
            **dict.fromkeys(("api", "switches"), list),
            **dict.fromkeys(("world", "tour", "pagers"), lambda: None),
            "bot": lambda: {"state": "stopped", "pid": None},
            **self._feed.parts(),
        }

    @property
    def phones(self) -> set[str]:
        """The ids of the people with a phone on the page."""
        return self._feed.phones

    @property
    def notify_all(self) -> set[str]:
        """The ids of the channels of which a phone shows every message outside of threads."""
        return self._feed.notify_all

    def add_action(self, name: str, handler: Handler) -> None:
        """Add an action: the handler takes the JSON object and returns the fields of the answer.

        It raises ActionError for what cannot be done.
        """
        self._actions[name] = handler

    def add_part(self, name: str, make: Callable[[], Any]) -> None:
        """Add a part of the snapshot, which an event of this name replaces."""
        self._parts[name] = make

    def publish(self, name: str, data: Any) -> None:
        """Send an event to every window, at once."""
        self._windows.publish(name, lambda: data)

    async def start(self) -> None:
        """Listen, and follow the services; sets ``url``. Raises OSError for a port in use."""
        app = web.Application(
            client_max_size=MAX_BODY_BYTES,
            middlewares=[security.same_origin(lambda: self._port)],
        )
        app.on_response_prepare.append(security.add_headers)
        root = f"/{self._token}"
        app.router.add_get(f"{root}/", self._index)
        app.router.add_get(f"{root}/page/{{path:.+}}", self._asset)
        app.router.add_get(f"{root}/events", self._windows.serve, allow_head=False)
        app.router.add_post(f"{root}/do/{{name}}", self._do)
        app.router.add_get(f"{root}/files/{{file}}", self._file)
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_SECONDS
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}{root}/"
        self._feed.start()
        self.clock.on_skip.append(self._on_skip)

    async def stop(self) -> None:
        """End every stream and stop listening."""
        self._feed.stop()
        self.clock.on_skip.remove(self._on_skip)
        self._windows.close()
        await self._person_actions.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _snapshot(self) -> dict[str, Any]:
        return {name: make() for name, make in self._parts.items()}

    def _on_skip(self, offset: float) -> None:
        self.slack.clock_moved()
        self.publish("clock", {"now": self.clock(), "offset": offset})

    # answers

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return self._serve_asset("index.html")

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        return self._serve_asset(request.match_info["path"])

    def _serve_asset(self, path: str) -> web.Response:
        asset = self._assets.get(path)
        if asset is None:
            raise web.HTTPNotFound
        content_type = CONTENT_TYPES[PurePosixPath(path).suffix]
        return web.Response(body=asset.read_bytes(), content_type=content_type, charset="utf-8")

    async def _do(self, request: web.Request) -> web.StreamResponse:
        """Answer 200 also where it cannot be done: browsers log any other status as an error."""
        try:
            return web.json_response({"ok": True, **await self._act(request)})
        except (ActionError, SandboxError) as error:
            return web.json_response({"ok": False, "error": sentence(error)})

    async def _act(self, request: web.Request) -> Body:
        handler = self._actions.get(request.match_info["name"])
        if handler is None:
            raise ActionError("There is no such action.")
        try:
            body = await request.json()
        except ValueError:
            raise ActionError("The body is not JSON.") from None
        if not isinstance(body, dict):
            raise ActionError("The body must be a JSON object.")
        return await handler(body)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = self.slack.files.get(request.match_info["file"])
        if file is None or file.state != "complete":
            raise web.HTTPNotFound
        name = f"filename*=UTF-8''{quote(file.name, safe='')}"
        if "show" not in request.query:
            kind, headers = (
                "application/octet-stream",
                {"Content-Disposition": f"attachment; {name}"},
            )
            return web.Response(body=file.content, content_type=kind, headers=headers)
        if mimetype(file.name) == PDF:
            headers = {"Content-Disposition": f"inline; {name}"}
            return web.Response(body=file.content, content_type=PDF, headers=headers)
        return web.Response(body=file.content, content_type="text/plain", charset="utf-8")
