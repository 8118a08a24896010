"""Which error means what: the one table from which the client decides.

``docs/reliability.md`` shows the same rows. The first row that fits decides; the last ones fit everything,
so that what nobody thought of is in doubt and never safe to repeat.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import httpx


class Meaning(StrEnum):
    """What is known of a request that was not answered with a plain yes."""

    NOT_SENT = "not sent"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Row:
    """``what`` happened, in the words of the docs, and how it is recognised: by error or by status."""

    what: str
    meaning: Meaning
    errors: tuple[type[Exception], ...] = ()
    statuses: Collection[int] = ()


# A 2xx is looked up here only where its body is not the one that the reference shows.
TABLE: tuple[Row, ...] = (
    Row(
        "No connection: refused, no route, name not found, TLS failed, or not made in time",
        Meaning.NOT_SENT,
        errors=(httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError),
    ),
    Row(
        "No connection of the pool was free in time", Meaning.NOT_SENT, errors=(httpx.PoolTimeout,)
    ),
    Row(
        "The address is none that can be called",
        Meaning.NOT_SENT,
        errors=(httpx.UnsupportedProtocol, httpx.InvalidURL),
    ),
    Row("429, with or without `Retry-After`", Meaning.NOT_SENT, statuses=(429,)),
    Row("400, 401, 403, 404, 409", Meaning.REFUSED, statuses=(400, 401, 403, 404, 409)),
    Row(
        "303 (comes after a request that was processed), 408 (something gave up waiting)",
        Meaning.AMBIGUOUS,
        statuses=(303, 408),
    ),
    Row("Any other 4xx", Meaning.REFUSED, statuses=range(400, 500)),
    Row(
        "Any other redirect (3xx), which is never followed",
        Meaning.REFUSED,
        statuses=range(300, 400),
    ),
    Row("5xx", Meaning.AMBIGUOUS, statuses=range(500, 600)),
    Row(
        "2xx with a body that is HTML, broken, of another shape or an error; a count without a number",
        Meaning.AMBIGUOUS,
        statuses=range(200, 300),
    ),
    Row("Any other status", Meaning.AMBIGUOUS, statuses=range(1000)),
    Row(
        "No answer in time, or one that drips in too slowly",
        Meaning.AMBIGUOUS,
        errors=(httpx.TimeoutException, TimeoutError),
    ),
    Row(
        "The connection broke after it was made: before, during or after the request or the answer",
        Meaning.AMBIGUOUS,
        errors=(httpx.TransportError,),
    ),
    Row("Any other failure of the HTTP library", Meaning.AMBIGUOUS, errors=(Exception,)),
)


def of_error(error: Exception) -> Meaning:
    """Return what an exception of the HTTP library means."""
    return next(row.meaning for row in TABLE if isinstance(error, row.errors))


def of_status(status: int) -> Meaning:
    """Return what a status means; a 2xx, where its answer cannot be used."""
    return next(row.meaning for row in TABLE if status in row.statuses)
