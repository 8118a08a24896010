"""The vendor's documentation mock: every operation answers with its example, without a state."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.continuity.model import ApiError
from sandbox.continuity.operations import methods_of
from sandbox.continuity.requests import Request
from sandbox.continuity.server import ContinuityServer

MOCK_PATH = "/_mock/seg/email-continuity-api/"
EXAMPLE_USER = "user@example.com"
# The user object as the reference shows it: no flags, no groups.
_EXAMPLE = {
    "customer": "44444",
    "domain": "example.com",
    "user": EXAMPLE_USER,
    "displayName": "string",
    "givenName": "string",
    "surName": "string",
    "language": "en_GB",
    "timezone": "string",
}


class DocumentationMock(ContinuityServer):
    """Accepts any account. ``count`` is the answer to every HEAD; None leaves the header out."""

    def __init__(self, *, count: int | None = 0) -> None:
        super().__init__(base_path=MOCK_PATH)
        self.count = count

    def _answer(self, request: Request, _body: Any) -> dict[str, Any]:
        segments = [one for one in request.segments if one]
        if request.method not in methods_of(request):
            raise ApiError(404, "No such resource")
        match request.method, len(segments), segments[-1]:
            case "HEAD", _, _:
                return {} if self.count is None else {"User-Count": self.count}
            case "GET", 1, _:
                return {"users": [dict(_EXAMPLE)]}
            case "GET", _, _:
                return {"user": dict(_EXAMPLE)}
            case "POST", _, "token":
                url = "https://webmail.example.com/"
                return {"token": "string", "expiryTimestamp": "string", "url": url}
            case _, 2, "failover" | "access":
                return {"affectedUsers": 0}
        return {}

    def _identity(self) -> dict[str, str]:
        return {"id": "string", "timestamp": "string"}

    def _is_authorized(self, _request: Request, _http: web.BaseRequest) -> bool:
        return True
