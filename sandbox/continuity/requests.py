"""A request to the simulated API, and how its path, query and body are parsed."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from sandbox.continuity.model import ApiError

SECRET_FIELDS = frozenset({"password", "token"})


@dataclass(slots=True)
class Request:
    """One request, without credentials.

    ``path`` is decoded and relative to the base URL (`/44444/failover`), ``raw`` is path and query
    as sent. ``status`` is None until answered, and for good if no answer is given. ``applied``
    says whether the API processed it. ``body`` is JSON with passwords and tokens blanked.
    ``fault`` is the kind of the fault that matched, or ``""``; ``milliseconds`` is None until the
    request was answered or cut. ``host`` is what the caller calls this server.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    raw: str
    at: float
    status: int | None = None
    applied: bool = False
    body: Any = None
    segments: list[str] = field(default_factory=list)
    number: int = 0
    fault: str = ""
    milliseconds: float | None = None
    host: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.raw} {self.status or '-'}"


def read_target(method: str, target: str, base_path: str, at: float) -> Request:
    """Return the request for a target as sent; a path outside the base keeps its full form."""
    path, _, query = target.partition("?")
    inside = path.startswith(base_path)
    raw = path[len(base_path) - 1 :] if inside else path
    return Request(
        method=method,
        path=unquote(raw),
        query=parse_qsl(query, keep_blank_values=True),
        raw=f"{raw}?{query}" if query else raw,
        at=at,
        segments=[unquote(segment) for segment in raw[1:].split("/")] if inside else [],
    )


def path_segments(request: Request) -> list[str]:
    """Return the segments of the path. Raises ApiError.

    One trailing slash is ignored: so `DELETE /44444/USER/` with an empty flag deletes the user.
    """
    segments = request.segments
    if segments and segments[-1] == "":
        segments = segments[:-1]
    if not segments:
        raise ApiError(404, "No such resource")
    for segment in segments:
        if segment in {"", ".", ".."} or "/" in segment:
            raise ApiError(400, "Malformed path")
    return segments


def check_parameters(request: Request, *names: str) -> None:
    """Raise ApiError for a query parameter that is none of these."""
    for name, _ in request.query:
        if name not in names:
            raise ApiError(400, f"Unknown parameter {name}")


def not_allowed(request: Request) -> ApiError:
    """Return the error for a method that the path does not have."""
    return ApiError(405, f"{request.method} is not allowed here")


def read_body(raw: bytes) -> Any:
    """Return the JSON body or None where there is none. Raises ApiError."""
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise ApiError(400, "The body is not JSON") from None


def without_secrets(body: Any) -> Any:
    """Return the body with passwords and tokens blanked, for ``Request.body``."""
    if isinstance(body, dict):
        return {
            key: "***" if key in SECRET_FIELDS else without_secrets(value)
            for key, value in body.items()
        }
    return [without_secrets(value) for value in body] if isinstance(body, list) else body


def basic_authorization(username: str, password: str) -> str:
    """Return the Authorization header of HTTP Basic for this account."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode("ascii")
