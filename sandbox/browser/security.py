"""Keeps other web pages away: headers of every answer, and checks of Host and Origin.

The token in the address is checked by the routes: without it there are none.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Add the headers to an answer; for `on_response_prepare`, which errors pass as well."""
    response.headers.update(HEADERS)


def same_origin(port: Callable[[], int]) -> Middleware:
    """Return a middleware that answers 403 to another host or origin, 415 to a POST without JSON.

    A page of another site cannot send JSON to this one without being asked for its origin first, and
    a name that resolves to 127.0.0.1 is no host of this server (DNS rebinding).
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        hosts = request.headers.getall("Host", [])
        if hosts not in ([f"127.0.0.1:{port()}"], [f"localhost:{port()}"]):
            raise web.HTTPForbidden(text="This host is not served.")
        origins = request.headers.getall("Origin", [])
        required = request.method not in {"GET", "HEAD"}
        if (required or origins) and origins != [f"http://{hosts[0]}"]:
            raise web.HTTPForbidden(text="This origin is not served.")
        if required and request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="JSON is taken, and nothing else.")
        return await handler(request)

    return check
