"""What each failure means for a write: the one table from which the client decides.

``docs/reliability.md`` shows the same rows. The first matching row decides; the last ones match
everything, so that an unexpected failure is ambiguous and never repeated.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import httpx


class FailureMeaning(StrEnum):
    """What is known of a request that did not succeed."""

    NOT_SENT = "not sent"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class FailureRule:
    """``what`` happened, as in the docs, and the exceptions or statuses by which it is
    recognised."""

    what: str
    meaning: FailureMeaning
    errors: tuple[type[Exception], ...] = ()
    statuses: Collection[int] = ()


# A 2xx is looked up here only if its body is not as in the reference.
TABLE: tuple[FailureRule, ...] = (
    FailureRule(
        "No connection: refused, no route, name not found, TLS failed, or not made in time",
        FailureMeaning.NOT_SENT,
        errors=(httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError),
    ),
    FailureRule(
        "No connection of the pool was free in time",
        FailureMeaning.NOT_SENT,
        errors=(httpx.PoolTimeout,),
    ),
    FailureRule(
        "The address is none that can be called",
        FailureMeaning.NOT_SENT,
        errors=(httpx.UnsupportedProtocol, httpx.InvalidURL),
    ),
    FailureRule("429, with or without `Retry-After`", FailureMeaning.NOT_SENT, statuses=(429,)),
    FailureRule(
        "400, 401, 403, 404, 409", FailureMeaning.REFUSED, statuses=(400, 401, 403, 404, 409)
    ),
    FailureRule(
        "303 (comes after a request that was processed), 408 (something gave up waiting)",
        FailureMeaning.AMBIGUOUS,
        statuses=(303, 408),
    ),
    FailureRule("Any other 4xx", FailureMeaning.REFUSED, statuses=range(400, 500)),
    FailureRule(
        "Any other redirect (3xx), which is never followed",
        FailureMeaning.REFUSED,
        statuses=range(300, 400),
    ),
    FailureRule("5xx", FailureMeaning.AMBIGUOUS, statuses=range(500, 600)),
    FailureRule(
        "2xx with a body that is HTML, broken, of another shape or an error; a count without a number",
        FailureMeaning.AMBIGUOUS,
        statuses=range(200, 300),
    ),
    FailureRule("Any other status", FailureMeaning.AMBIGUOUS, statuses=range(1000)),
    FailureRule(
        "No answer in time, or one that drips in too slowly",
        FailureMeaning.AMBIGUOUS,
        errors=(httpx.TimeoutException, TimeoutError),
    ),
    FailureRule(
        "The connection broke after it was made: before, during or after the request or the answer",
        FailureMeaning.AMBIGUOUS,
        errors=(httpx.TransportError,),
    ),
    FailureRule(
        "Any other failure of the HTTP library", FailureMeaning.AMBIGUOUS, errors=(Exception,)
    ),
)


def of_error(error: Exception) -> FailureMeaning:
    """Return the meaning of an exception of the HTTP library."""
    return next(row.meaning for row in TABLE if isinstance(error, row.errors))


def of_status(status: int) -> FailureMeaning:
    """Return the meaning of a status; of a 2xx, if its answer cannot be used."""
    return next(row.meaning for row in TABLE if status in row.statuses)
