"""An app in HTTP mode: it keeps what it gets, and answers what the test says, when it is let."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from sandbox.slack import SlackSandbox


def failed(code: str) -> str:
    """Return what Slackbot says of a command that failed."""
    return f'/continuity failed with the error "{code}"'


class HttpApp:
    """``replies`` are answered one after another, then ``reply``: a body, or a status alone."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.reply: dict[str, Any] | int = {}
        self.replies: list[dict[str, Any] | int] = []
        self.answer_headers: dict[str, str] = {}
        self.seen: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []

    async def take(self, request: web.Request) -> web.Response:
        """Keep a payload and answer it."""
        self.headers.append(request.headers)
        if request.content_type == "application/json":
            self.seen.append(await request.json())
        else:
            form = dict(await request.post())
            self.seen.append(json.loads(str(form["payload"])) if "payload" in form else form)
        await self.may_answer.wait()
        reply = self.replies.pop(0) if self.replies else self.reply
        if isinstance(reply, int):
            return web.Response(status=reply, headers=self.answer_headers)
        return web.json_response(reply) if reply else web.Response()


@asynccontextmanager
async def http_app(slack: SlackSandbox) -> AsyncIterator[HttpApp]:
    """Run the app, to which Slack delivers."""
    app, server = HttpApp(), web.Application()
    server.router.add_post("/", app.take)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield app
    finally:
        app.may_answer.set()
        await runner.cleanup()
