"""What an answer, or the lack of one, means: NotSent, Refused or Ambiguous."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from bot import network
from bot.continuity import failures
from bot.continuity.failures import FailureMeaning
from bot.continuity.schemas import ErrorResponse
from bot.continuity.text_decoding import text_of
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.redaction import Redactor, message_redactor

MAX_MESSAGE = 300
WITHOUT_BODY = "The continuity API answered without a body."
LONGEST_WAIT = 86_400.0  # seconds of a `Retry-After`: no change waits for longer
LONGEST_DATE = 64  # characters of one
_SECONDS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)

_KINDS: dict[FailureMeaning, type[ContinuityError]] = {
    FailureMeaning.NOT_SENT: NotSent,
    FailureMeaning.REFUSED: Refused,
    FailureMeaning.AMBIGUOUS: Ambiguous,
}
_PLAIN = {
    400: "The continuity API does not accept the request (400).",
    401: "The continuity API does not accept the bot's credentials (401).",
    403: "The continuity API does not allow this customer to the bot (403).",
    404: "The continuity API does not know this customer or user (404).",
    409: "The continuity API reports a conflict (409).",
    429: "The continuity API asks to wait (429).",
}


def of_exception(error: Exception) -> ContinuityError:
    """Return our error for any exception of the HTTP library; its own text is not repeated."""
    kind, name = _KINDS[failures.of_error(error)], type(error).__name__
    if kind is NotSent:
        distrust = network.distrust(error)
        cause = f": {distrust}" if distrust else f" ({name})"
        why = f"The continuity API could not be reached{cause}."
        return NotSent(f"{why} Nothing was sent.", why=why)
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        return kind(f"The continuity API did not answer in time ({name}).")
    return kind(f"The connection to the continuity API broke ({name}).")


def of_status(
    answer: httpx.Response, body: bytes, redact: Redactor, *, by_account: bool = True
) -> ContinuityError:
    """Return our error for a status outside 2xx. ``redact`` takes secrets out of a text.

    Without the bot's account a token alone opens the door, so it is the token that is not accepted.
    """
    status = answer.status_code
    told = _told(answer, body)
    sentence = _PLAIN.get(status) or f"The continuity API answered {status}{_phrase(status)}."
    if status in (401, 403) and not by_account:
        sentence = f"The continuity API does not accept the token ({status})."
    if 300 <= status < 400:
        sentence = (
            f"The continuity API answered with a redirect ({status}), which is never followed."
        )
    elif is_html(answer):
        sentence += " The body is an HTML page."
    elif told.message:
        sentence += (
            f" It says: {_ended(shown(message_redactor(*told.secrets)(redact(told.message))))}"
        )
    api_id, stamp = _short(told.id, redact), _short(told.timestamp, redact)
    kind = _KINDS[failures.of_status(status)]
    if kind is NotSent:
        wait = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
        return NotSent(
            sentence, status=status, api_id=api_id, api_timestamp=stamp, retry_after=wait
        )
    return kind(sentence, status=status, api_id=api_id, api_timestamp=stamp)


def unusable(answer: httpx.Response, sentence: str = "") -> ContinuityError:
    """Return the error for a 2xx that is not what the reference shows; ``sentence`` says why."""
    html = is_html(answer)
    what = "an HTML page" if html else "a body that cannot be read"
    kind = _KINDS[failures.of_status(answer.status_code)]
    return kind(sentence or f"The continuity API answered with {what}.", status=answer.status_code)


def is_html(answer: httpx.Response) -> bool:
    """Whether it says that it is a page."""
    return "html" in answer.headers.get("Content-Type", "").lower()


def retry_after(text: str | None, now: datetime) -> float | None:
    """Return the seconds of a `Retry-After`, a number or an HTTP date, from 0 to a day.

    None where it says neither, and for a date that does not exist.
    """
    told = (text or "").strip()
    if len(told) > LONGEST_DATE:
        return None
    if _SECONDS.fullmatch(told):
        seconds = float(told)
    else:
        try:
            when = parsedate_to_datetime(told)
            aware = when if when.tzinfo else when.replace(tzinfo=UTC)
            seconds = (aware - now).total_seconds()
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return min(max(0.0, seconds), LONGEST_WAIT)


def shown(text: str) -> str:
    """Return the API's text fit for a person: nothing invisible, at most 300 characters."""
    clean = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or not unicodedata.category(char).startswith("C")
    ).strip()
    return clean if len(clean) <= MAX_MESSAGE else clean[: MAX_MESSAGE - 1] + "…"


def _ended(text: str) -> str:
    """Its sentence has an end: ours may follow."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _told(answer: httpx.Response, body: bytes) -> ErrorResponse:
    try:
        return ErrorResponse.model_validate_json(text_of(answer, body))
    except ValueError:  # of pydantic and of the encoding
        return ErrorResponse()


def _short(text: str | None, redact: Redactor) -> str | None:
    return None if text is None else shown(redact(text))


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""
