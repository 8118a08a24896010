"""Upload addresses of files, and private downloads with the bot's token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from sandbox.slack.faults import Fault, Faults
from sandbox.slack.methods.chat import mimetype
from sandbox.slack.model import Call, File
from sandbox.slack.workspace import Workspace

UPLOAD, DOWNLOAD = "upload", "download"
"""The method names of faults and calls."""
_CHUNK_BYTES = 64 * 1024
_LOGIN = "<!DOCTYPE html><html><title>Login | Slack</title></html>"


class Transfers:
    """Takes uploads, and serves private files to requests with the bot's token."""

    def __init__(
        self, workspace: Workspace, faults: Faults, bot_token: str, down: Callable[[], bool]
    ) -> None:
        self._workspace = workspace
        self._down = down
        self._faults = faults
        self._token = bot_token

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to a server."""
        app.router.add_post("/upload/v1/{file}", self._upload)
        app.router.add_get("/files-pri/{team_and_file}/{name}", self._download)
        app.router.add_get("/files-pri/{team_and_file}/download/{name}", self._download)
        app.router.add_get("/login", self._login)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file = self._workspace.files.get(request.match_info["file"])
        fault = await self._fault(UPLOAD, request)
        if fault is not None and not fault.applied:
            return _faulty(request, fault)
        content = await _body(request)
        if file is None or file.state != "promised" or len(content) != file.size:
            return web.Response(status=400, text="invalid upload")  # assumed: it is not documented
        file.content, file.state = content, "uploaded"
        return web.Response(text=f"OK - {file.size}") if fault is None else _faulty(request, fault)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        file = self._workspace.files.get(request.match_info["team_and_file"].rpartition("-")[2])
        fault = await self._fault(DOWNLOAD, request)
        if fault is not None and not fault.broken:
            return _faulty(request, fault)
        allowed = request.headers.get("Authorization") == f"Bearer {self._token}"
        if not allowed or "files:read" not in self._workspace.scopes.split(","):
            raise web.HTTPFound(f"{self._workspace.base_url}login?redir={request.path}")
        if file is None or file.state != "complete":
            return web.Response(status=404, text="<html>Gone</html>", content_type="text/html")
        return await _serve(request, file, cut=fault is not None)

    async def _login(self, _: web.Request) -> web.StreamResponse:
        return web.Response(text=_LOGIN, content_type="text/html")

    async def _fault(self, method: str, request: web.Request) -> Fault | None:
        payload = {"path": request.path, "with_token": "Authorization" in request.headers}
        self._workspace.calls.append(Call(method, self._workspace.clock(), payload))
        self._workspace.wake()
        fault = Fault(method, status=503) if self._down() else self._faults.next_for(method)
        if fault is not None:
            await asyncio.sleep(fault.seconds)
        return fault


async def _body(request: web.Request) -> bytes:
    """Return what was posted: raw bytes, or the first part of a form."""
    if request.content_type == "multipart/form-data":
        part = await (await request.multipart()).next()
        return bytes(await part.read()) if part is not None and hasattr(part, "read") else b""
    chunks = [chunk async for chunk in request.content.iter_chunked(_CHUNK_BYTES)]
    return b"".join(chunks)


async def _serve(request: web.Request, file: File, *, cut: bool) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_type = mimetype(file.name)
    response.content_length = len(file.content)
    await response.prepare(request)
    for start in range(0, len(file.content) // (2 if cut else 1), _CHUNK_BYTES):
        end = min(start + _CHUNK_BYTES, len(file.content) // 2) if cut else start + _CHUNK_BYTES
        await response.write(file.content[start:end])
    if cut and request.transport is not None:
        request.transport.abort()
    return response


def _faulty(request: web.Request, fault: Fault) -> web.Response:
    if fault.drop and request.transport is not None:
        request.transport.abort()
    if fault.retry_after is not None:
        return web.Response(status=429, headers={"Retry-After": str(fault.retry_after)})
    return web.Response(
        status=fault.status or 500, text="<html>no</html>", content_type="text/html"
    )
