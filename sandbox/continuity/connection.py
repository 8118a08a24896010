"""Faulty answers: resets, halves, HTML pages, wrong encodings and lengths."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.continuity.faults import Fault

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
_COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
}
_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"


class Server(web.Server):
    """Tells when a connection is lost, whether or not a request is being handled on it."""

    def __init__(self, handle: Handler, on_lost: Callable[[object], None]) -> None:
        super().__init__(handle, access_log=None)
        self._on_lost = on_lost

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Tell of the connection, by its protocol."""
        super().connection_lost(handler, exc)
        self._on_lost(handler)


def answer_json(
    status: int,
    body: Any,
    *,
    is_head: bool,
    headers: dict[str, str] | None = None,
    encoding: str = "utf-8",
) -> web.Response:
    """Return a JSON answer; a HEAD gets the headers alone. ``encoding`` is Python's name for it."""
    if is_head:
        return web.Response(status=status, headers=headers)
    is_plain = encoding == "utf-8"
    charset = "utf-8" if encoding == "utf-8-sig" else encoding
    return web.Response(
        status=status,
        headers=headers,
        body=json.dumps(body, ensure_ascii=is_plain).encode(encoding),
        content_type="application/json",
        charset=charset,
    )


def faulty_answer(fault: Fault, good: web.Response, *, is_head: bool) -> web.Response:
    """Return the answer with the fault, for faults that still answer completely."""
    if fault.kind == "html":
        return web.Response(text=None if is_head else _PAGE, content_type="text/html")
    if fault.kind == "wrong_json":
        return answer_json(200, {"items": [1, 2]}, is_head=is_head, headers={"User-Count": "many"})
    if fault.kind == "broken_json":
        if is_head:
            return web.Response(headers={"User-Count": "-1"})
        return web.Response(text='{"id": "sbx-', content_type="application/json")
    if fault.kind == "encoded":
        return _encoded(fault, good, is_head=is_head)
    return _canned(fault, is_head=is_head) if fault.kind == "answer" else good


def _encoded(fault: Fault, good: web.Response, *, is_head: bool) -> web.Response:
    headers = {**good.headers, "Content-Encoding": "gzip", **fault.headers}
    body = fault.body if isinstance(fault.body, bytes) else good.body
    content = body if isinstance(body, bytes) else b""
    for encoding in headers["Content-Encoding"].split(","):
        if encoding.strip() in _COMPRESSED:
            content = _COMPRESSED[encoding.strip()](content)
    headers.pop("Content-Length", None)
    return web.Response(status=good.status, headers=headers, body=None if is_head else content)


def _canned(fault: Fault, *, is_head: bool) -> web.Response:
    headers = dict(fault.headers)
    if is_head or fault.body is None:
        return web.Response(status=fault.status, headers=headers)
    if isinstance(fault.body, bytes):
        return web.Response(status=fault.status, headers=headers, body=fault.body)
    return answer_json(fault.status, fault.body, is_head=False, headers=headers)


def reset(request: web.BaseRequest) -> None:
    """Reset the connection (RST), as a crashed process or a firewall does."""
    transport = request.transport
    if transport is None:
        return
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def send_partially(
    fault: Fault, request: web.BaseRequest, good: web.Response, stopping: asyncio.Event
) -> None:
    """Write the answer as the fault requires, and close the connection."""
    transport = request.transport
    if not isinstance(transport, asyncio.Transport):
        return
    is_head = request.method == "HEAD"
    body = good.body if isinstance(good.body, bytes) else b""
    lengths = {"short_length": len(body) // 2, "long_length": len(body) + 9}
    head = _head(good, lengths.get(str(fault.kind), len(body)))
    whole = head + body
    half = head[: len(head) // 2] if is_head else head + body[: len(body) // 2]
    if fault.kind == "drip":
        for byte in whole:
            await asyncio.sleep(fault.seconds)
            if transport.is_closing():  # the client has closed it
                return
            transport.write(bytes([byte]))
    else:
        transport.write(half if fault.kind in {"half_body", "reset_in_body"} else whole)
    if fault.kind in {"reset_in_body", "reset_after_body"}:
        reset(request)
    elif fault.kind == "long_length" and not is_head:
        await stopping.wait()
    transport.close()


def _head(good: web.Response, length: int) -> bytes:
    headers = {**good.headers, "Content-Type": "application/json", "Content-Length": str(length)}
    lines = [f"HTTP/1.1 {good.status} OK", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii")
