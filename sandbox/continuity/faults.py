"""Faults on demand: which requests they match, and what they do to the answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.continuity.requests import Request

# kind -> whether the request is processed, unless the caller says otherwise
KINDS = {
    "delay": True,  # waits, then processes and answers
    "stall_then_apply": True,  # waits, then processes, whether or not the client is still there
    "reset_then_apply": True,  # the connection is reset at once; processed after ``seconds``
    "hang": False,  # never answers
    "reset_before": False,  # the connection is reset and nothing was processed
    "reset_after": True,  # processed, then the connection is reset instead of an answer
    "reset_in_body": True,  # the connection is reset in the middle of the answer
    "reset_after_body": True,  # the whole answer, and then the connection is reset
    "html": False,  # 200 with an HTML page, as a captive portal gives it
    "wrong_json": True,  # JSON of another shape
    "broken_json": True,  # not JSON, though it says so
    "half_body": True,  # the connection ends in the middle of the answer
    "short_length": True,  # Content-Length tells less than there is
    "long_length": True,  # Content-Length tells more than ever comes
    "drip": True,  # the answer comes byte by byte, ``seconds`` after one another
    "encoded": True,  # in the encodings of ``headers``, whatever was asked for; of ``body``, if given
    "answer": False,  # the status, headers and body that the fault holds
}

# The answer is written byte by byte, since no HTTP library sends such answers.
CUT_SHORT = frozenset(
    {"half_body", "reset_in_body", "reset_after_body", "short_length", "long_length", "drip"}
)


@dataclass(slots=True)
class Fault:
    """What happens to the next requests that match; ``hits`` counts those.

    ``kind`` is one of KINDS or an HTTP status, which comes with the API's error JSON. ``method`` may
    be several with `|` between them. None matches after ``ends_at``, UNIX seconds. ``seconds`` pass first, whatever the kind but `drip`, and then ``until`` is waited for. ``applied`` None
    takes what KINDS says.
    """

    kind: str | int
    method: str | None = None
    path: str | None = None
    times: int | None = 1
    after: int = 0
    seconds: float = 0.0
    until: asyncio.Event | None = None
    ends_at: float | None = None
    applied: bool | None = None
    status: int = 200
    message: str = ""
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seen: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.kind, str) and self.kind not in KINDS:
            raise ValueError(
                f"no such fault: {self.kind}; there are {', '.join(KINDS)} and statuses"
            )
        if self.applied is None:
            self.applied = KINDS.get(str(self.kind), False)

    def matches(self, request: Request) -> bool:
        """Whether the fault applies to this request, which is counted then."""
        if self.method is not None and request.method not in self.method.upper().split("|"):
            return False
        if self.ends_at is not None and request.at >= self.ends_at:
            return False
        if self.path is not None and not re.search(self.path, request.path):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True
