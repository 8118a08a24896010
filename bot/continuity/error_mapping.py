"""Turn an answer, or an exception instead of one, into NotSent, Refused or Ambiguous."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from http import HTTPStatus

import httpx

from bot import network
from bot.continuity import failures
from bot.continuity.failures import FailureMeaning
from bot.continuity.schemas import ErrorResponse
from bot.continuity.text_decoding import text_of
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.redaction import Redactor, message_redactor
from bot.retry_after import retry_after

MAX_API_MESSAGE_CHARS = 300
WITHOUT_BODY = "The continuity API answered without a body."

_KINDS: dict[FailureMeaning, type[ContinuityError]] = {
    FailureMeaning.NOT_SENT: NotSent,
    FailureMeaning.REFUSED: Refused,
    FailureMeaning.AMBIGUOUS: Ambiguous,
}
_SENTENCES = {
    400: "The continuity API does not accept the request (400).",
    401: "The continuity API does not accept the bot's credentials (401).",
    403: "The continuity API does not allow this customer to the bot (403).",
    404: "The continuity API does not know this customer or user (404).",
    409: "The continuity API reports a conflict (409).",
    429: "The continuity API asks to wait (429).",
}


def of_exception(error: Exception) -> ContinuityError:
    """Return our error for an exception of the HTTP library; its own text is not repeated."""
    kind, name = _KINDS[failures.of_error(error)], type(error).__name__
    if kind is NotSent:
        distrust = network.certificate_error(error)
        cause = f": {distrust}" if distrust else f" ({name})"
        why = f"The continuity API could not be reached{cause}."
        return NotSent(f"{why} Nothing was sent.", why=why)
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        return kind(f"The continuity API did not answer in time ({name}).")
    return kind(f"The connection to the continuity API broke ({name}).")


def of_status(
    answer: httpx.Response, body: bytes, redact: Redactor, *, by_account: bool = True
) -> ContinuityError:
    """Return our error for a status outside 2xx; ``redact`` hides secrets in the API's message.

    Without the bot's account (``by_account`` false) a token authenticates, and a 401 or 403 is
    about it.
    """
    status = answer.status_code
    error = _error_response(answer, body)
    sentence = _SENTENCES.get(status) or f"The continuity API answered {status}{_phrase(status)}."
    if status in (401, 403) and not by_account:
        sentence = f"The continuity API does not accept the token ({status})."
    if 300 <= status < 400:
        sentence = (
            f"The continuity API answered with a redirect ({status}), which is never followed."
        )
    elif is_html(answer):
        sentence += " The body is an HTML page."
    elif error.message:
        message = message_redactor(*error.secrets)(redact(error.message))
        sentence += f" It says: {_with_full_stop(clean_text(message))}"
    api_id, stamp = _clean_redacted(error.id, redact), _clean_redacted(error.timestamp, redact)
    kind = _KINDS[failures.of_status(status)]
    if kind is NotSent:
        wait = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
        return NotSent(
            sentence, status=status, api_id=api_id, api_timestamp=stamp, retry_after=wait
        )
    return kind(sentence, status=status, api_id=api_id, api_timestamp=stamp)


def unusable(answer: httpx.Response, sentence: str = "") -> ContinuityError:
    """Return the error for a 2xx that is not as in the reference; ``sentence`` says why, if
    given."""
    html = is_html(answer)
    what = "an HTML page" if html else "a body that cannot be read"
    kind = _KINDS[failures.of_status(answer.status_code)]
    return kind(sentence or f"The continuity API answered with {what}.", status=answer.status_code)


def is_html(answer: httpx.Response) -> bool:
    """Whether the Content-Type is HTML."""
    return "html" in answer.headers.get("Content-Type", "").lower()


def clean_text(text: str) -> str:
    """Return the API's text without control characters, cut to MAX_API_MESSAGE_CHARS."""
    clean = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or not unicodedata.category(char).startswith("C")
    ).strip()
    return (
        clean if len(clean) <= MAX_API_MESSAGE_CHARS else clean[: MAX_API_MESSAGE_CHARS - 1] + "…"
    )


def _with_full_stop(text: str) -> str:
    """Return a sentence with punctuation at its end, so that another may follow."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _error_response(answer: httpx.Response, body: bytes) -> ErrorResponse:
    try:
        return ErrorResponse.model_validate_json(text_of(answer, body))
    except ValueError:  # of pydantic and of the encoding
        return ErrorResponse()


def _clean_redacted(text: str | None, redact: Redactor) -> str | None:
    return None if text is None else clean_text(redact(text))


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""
