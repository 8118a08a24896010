"""What can go wrong between the bot and the API, and what each of it has to mean: data, written down
apart from the table of the client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Method = Literal["HEAD", "GET", "WRITE"]


class Told(StrEnum):
    """What a request must be taken for."""

    ANSWERED = "answered"
    NOT_SENT = "NotSent"
    REFUSED = "Refused"
    AMBIGUOUS = "Ambiguous"


@dataclass(frozen=True)
class Fault:
    """``how`` it is ordered of the simulated API; ``head`` and ``get`` where a read is told otherwise.

    ``lands`` is whether a write takes effect, at once or after all. ``short`` of patience: it shows in
    the time of a write, and not yet in that of a read.
    """

    name: str
    told: Told
    how: Mapping[str, Any]
    lands: bool = False
    head: Told | None = None
    get: Told | None = None

    def of(self, method: Method) -> Told:
        """Return what it must be taken for in answer to this kind of request."""
        other = {"HEAD": self.head, "GET": self.get, "WRITE": None}[method]
        return other or self.told


@dataclass(frozen=True)
class Late(Fault):
    """A write that takes effect only after the client has given up."""

    lands: bool = field(default=True)


def _answer(status: int, body: Any = None, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"kind": "answer", "status": status, "body": body, "headers": named}


PAGE = b"<html><body>Sign in</body></html>"
NO = {"id": "1", "timestamp": "t", "status": 403, "message": "Forbidden"}
OK, NOT_SENT, REFUSED, AMBIGUOUS = Told.ANSWERED, Told.NOT_SENT, Told.REFUSED, Told.AMBIGUOUS

FAULTS: tuple[Fault, ...] = (
    # slow
    Fault("slow, in time", OK, {"kind": "delay", "seconds": 8}, lands=True),
    Late("too slow, lands 15 s after the client gave up", AMBIGUOUS, {"kind": "stall_then_apply", "seconds": 45}),
    Fault("hang", AMBIGUOUS, {"kind": "hang"}),
    Fault("drips in, in time", OK, {"kind": "drip", "seconds": 0.02}, lands=True),
    Fault("drips in too slowly", AMBIGUOUS, {"kind": "drip", "seconds": 1}, lands=True),
    # the connection
    Fault("reset before the answer, not processed", AMBIGUOUS, {"kind": "reset_before"}),
    Fault("answer lost: reset before the answer, processed", AMBIGUOUS, {"kind": "reset_after"}, lands=True),
    Fault("reset in the answer", AMBIGUOUS, {"kind": "reset_in_body"}, lands=True),
    Fault("reset after the answer", OK, {"kind": "reset_after_body"}, lands=True),
    Fault("half a response", AMBIGUOUS, {"kind": "half_body"}, lands=True),
    # statuses
    *(Fault(f"{status}", REFUSED, {"kind": status}) for status in (400, 401, 403, 404, 409, 418, 301, 302, 307)),
    *(Fault(f"{status}", AMBIGUOUS, {"kind": status}) for status in (303, 408, 500, 502, 503, 504)),
    *(Fault(f"{status}, processed", AMBIGUOUS, {"kind": status, "applied": True}, lands=True) for status in (303, 500, 504)),
    Fault("429", NOT_SENT, {"kind": 429}),
    Fault("429 with Retry-After", NOT_SENT, {"kind": 429, "retry_after": 1}),
    Fault("429 with Retry-After a date in the past", NOT_SENT, {"kind": 429, "retry_after": "Thu, 01 Jan 2026 00:00:09 GMT"}),
    Fault("403 as HTML", REFUSED, _answer(403, PAGE, Content_Type="text/html")),
    Fault("503 as HTML", AMBIGUOUS, _answer(503, PAGE, Content_Type="text/html")),
    # bodies of a 2xx
    Fault("HTML", AMBIGUOUS, {"kind": "html"}),
    Fault("wrong JSON", AMBIGUOUS, {"kind": "wrong_json"}, lands=True),
    Fault("broken JSON", AMBIGUOUS, {"kind": "broken_json"}, lands=True),
    Fault("204 without a body", OK, {**_answer(204), "applied": True}, lands=True, head=AMBIGUOUS, get=AMBIGUOUS),
    Fault("an error inside a 200", AMBIGUOUS, _answer(200, NO)),
    Fault("not compressed as it says", AMBIGUOUS, _answer(200, PAGE, Content_Encoding="gzip")),
    Fault("wrong length: too short", AMBIGUOUS, {"kind": "short_length"}, lands=True, head=OK),
    Fault("wrong length: too long", AMBIGUOUS, {"kind": "long_length"}, lands=True, head=OK),
)  # fmt: skip
