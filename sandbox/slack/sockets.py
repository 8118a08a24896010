"""Socket Mode: WebSocket connections that carry envelopes (docs.slack.dev, "Using Socket Mode")."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.slack.workspace import Workspace

MAX_CONNECTIONS = 10
GRACE = 10.0
"""Seconds that a connection stays open after Slack has asked for a new one."""


class Sockets:
    """The app's connections; each envelope goes to one of them, in turn.

    An acknowledgement counts on any connection: slack_sdk sends it on its newest one. While
    ``refusing``, no handshake succeeds; ``silent`` is what a half-open connection looks like.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._requests: dict[web.WebSocketResponse, web.Request] = {}
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._turn = 0
        self._closing: set[asyncio.Task[None]] = set()
        self.grace = GRACE
        self.refusing = False
        self._silent = False
        self._mute: set[web.WebSocketResponse] = set()
        self.envelope_faults: list[str] = []
        """What happens to the next envelopes: `dropped`, sent `twice`, `cut` in the middle, or
        `cut_after` them, which breaks the connection off."""

    @property
    def count(self) -> int:
        """How many connections take envelopes."""
        return len(self._open)

    @property
    def silent(self) -> bool:
        """Whether connections are accepted and then nothing is sent on them, not even a pong.

        This stays so for the connections that were open or opened meanwhile.
        """
        return self._silent

    @silent.setter
    def silent(self, silent: bool) -> None:
        self._silent = silent
        if silent:
            self._mute.update(self._open)

    def new_url(self) -> str:
        """Return the address for one new connection."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        base = self._workspace.base_url.replace("http://", "ws://")
        return f"{base}link/?ticket={ticket}&app_id={self._workspace.app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Greet a connection and read its acknowledgements until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="invalid ticket")
        self._tickets.discard(ticket)
        if self.refusing:
            return web.Response(status=503, text="no connections at this time")
        socket = web.WebSocketResponse(compress=False, autoping=False)
        await socket.prepare(request)
        if self.count >= MAX_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        if self.silent:
            self._mute.add(socket)
        else:
            await socket.send_json(self._hello())
        self._open.append(socket)
        self._requests[socket] = request
        self._workspace.wake()
        try:
            async for frame in socket:
                if socket in self._mute:
                    continue
                if frame.type is WSMsgType.TEXT:
                    self._acknowledged(frame.data)
                elif frame.type is WSMsgType.PING:
                    with suppress(ConnectionError):  # it was cut meanwhile
                        await socket.pong(frame.data)
        finally:
            self._forget(socket)
        return socket

    async def deliver(self, kind: str, payload: dict[str, Any], attempt: int) -> Any:
        """Send an envelope and return the payload of its acknowledgement, or None.

        Waits for ever; the caller limits it. Raises ConnectionError when there is no connection.
        """
        envelope_id = secrets.token_hex(16)
        envelope: dict[str, Any] = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope["retry_attempt"] = attempt
            envelope["retry_reason"] = "timeout" if attempt else ""
        acknowledgement = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = acknowledgement
        try:
            await self._send(json.dumps(envelope))
            return await acknowledgement
        finally:
            del self._waiting[envelope_id]

    async def disconnect(self, reason: str) -> None:
        """Ask every connection to reconnect, and use it no longer. It is closed when the app does
        so, or after ``grace`` seconds."""
        leaving, self._open = self._open, []
        for socket in leaving:
            with suppress(ConnectionError):
                await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
        task = asyncio.create_task(self._close_late(leaving))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def cut(self) -> None:
        """Break every connection off, without a closing frame."""
        for task in self._closing:
            task.cancel()
        for request in list(self._requests.values()):
            if request.transport is not None:
                request.transport.abort()
        self._open.clear()

    async def _close_late(self, leaving: list[web.WebSocketResponse]) -> None:
        await asyncio.sleep(self.grace)
        await asyncio.gather(*(socket.close() for socket in leaving))

    async def _send(self, text: str) -> None:
        while self._open:
            socket = self._open[self._turn % len(self._open)]
            self._turn += 1
            if socket in self._mute:  # sent, and lost on the way
                return
            try:
                await self._hand_over(socket, text)
            except ConnectionError:
                self._forget(socket)
            else:
                return
        raise ConnectionError("no Socket Mode connection is open")

    async def _hand_over(self, socket: web.WebSocketResponse, text: str) -> None:
        fault = self.envelope_faults.pop(0) if self.envelope_faults else ""
        transport = self._requests[socket].transport
        if fault == "cut" and isinstance(transport, asyncio.Transport):
            frame = b"\x81\x7e" + len(text).to_bytes(2, "big") + text.encode()
            transport.write(frame[: len(frame) // 2])
        elif fault != "dropped":
            for _ in range(2 if fault == "twice" else 1):
                await socket.send_str(text)
        if fault.startswith("cut") and transport is not None:
            transport.close()
            self._forget(socket)

    def _acknowledged(self, text: str) -> None:
        envelope = json.loads(text)
        waiting = self._waiting.get(envelope.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(envelope.get("payload") or None)

    def _forget(self, socket: web.WebSocketResponse) -> None:
        self._requests.pop(socket, None)
        self._mute.discard(socket)
        if socket in self._open:
            self._open.remove(socket)
        self._workspace.wake()

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": self.count + 1,
            "connection_info": {"app_id": self._workspace.app_id},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
        }
