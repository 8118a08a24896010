"""Parse a 2xx: a number, a user, a receipt or a token. Anything else raises Ambiguous."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from bot.continuity import error_mapping
from bot.continuity.request import Response
from bot.continuity.schemas import (
    ErrorResponse,
    TokenResponse,
    UserResponse,
    WriteResponse,
)
from bot.continuity.text_decoding import text_of
from bot.domain.secret import Secret
from bot.ports import Receipt, Token, UserState
from bot.redaction import Redactor, message_redactor

Model = TypeVar("Model", bound=BaseModel)

COUNT_HEADER = "User-Count"
_NUMBER = re.compile(r"\+?[0-9]{1,11}")
_LISTED = re.compile(r",[ \t]+")  # a header sent twice; a comma without a blank may group thousands


def count_of(answer: Response) -> int:
    """Return the number of users in the header User-Count."""
    values = {
        text.strip()
        for line in answer.response.headers.get_list(COUNT_HEADER)
        for text in _LISTED.split(line)
    }
    if not values or not all(_NUMBER.fullmatch(text) for text in values):
        raise error_mapping.unusable(answer.response, "The continuity API told no number of users.")
    numbers = {int(text) for text in values}
    if len(numbers) > 1:
        found = " and ".join(f"{number:,}" for number in sorted(numbers))
        sentence = f"The continuity API told different numbers of users at once: {found}."
        raise error_mapping.unusable(answer.response, sentence)
    return numbers.pop()


def user_of(answer: Response, address: str) -> UserState:
    """Return the user; it must be the one that was requested."""
    body = _parsed(answer, UserResponse)
    if body.user.user.lower() != address.lower():
        sentence = "The continuity API told of another user than asked."
        raise error_mapping.unusable(answer.response, sentence)
    flags = {name: body.flag(name) for name in ("failover", "access", "activation")}
    return UserState(body.user.user, **flags, fields=body.user.model_dump(exclude_unset=True))


def receipt_of(redact: Redactor) -> Callable[[Response], Receipt]:
    """Return a function that parses the answer to a write; ``redact`` hides secrets in id and
    timestamp.

    A success without a body is an accepted write without an id.
    """

    def read(answer: Response) -> Receipt:
        if _is_bare(answer):
            return Receipt("", "", None)
        return _receipt(answer.response, _parsed(answer, WriteResponse), redact)

    return read


def token_of(redact: Redactor) -> Callable[[Response], Token]:
    """Return a function that parses the answer to "request token"."""

    def read(answer: Response) -> Token:
        _raise_if_token_error(answer, redact)
        body = _parsed(answer, TokenResponse)

        def redact_all(text: str) -> str:
            return message_redactor(body.url, body.token)(redact(text))

        receipt = _receipt(answer.response, body, redact_all)
        expires = error_mapping.clean_text(redact_all(body.expires))
        return Token(receipt, Secret(body.token), Secret(body.url), expires)

    return read


def raise_if_error(
    response: httpx.Response, fields: Mapping[str, object], redact: Redactor
) -> None:
    """Raise Ambiguous if the fields of a 2xx are those of an error."""
    try:
        _raise_within(response, ErrorResponse.model_validate(fields), redact)
    except ValidationError:
        return


def _raise_if_token_error(answer: Response, redact: Redactor) -> None:
    """Raise Ambiguous if the answer to "request token" is an error."""
    try:
        error = ErrorResponse.model_validate_json(text_of(answer.response, answer.body))
    except ValueError:
        return
    _raise_within(
        answer.response, error, lambda text: message_redactor(*error.secrets)(redact(text))
    )


def _raise_within(
    response: httpx.Response, body: ErrorResponse | WriteResponse, redact: Redactor
) -> None:
    """Raise Ambiguous if a 2xx contains an error: it is not known whether it took effect."""
    if body.status is not None and body.status >= 400:
        words = error_mapping.clean_text(redact(body.message or "no message"))
        sentence = f"The continuity API answered {response.status_code} and says: {words}"
        raise error_mapping.unusable(response, sentence)


def _receipt(response: httpx.Response, body: WriteResponse, redact: Redactor) -> Receipt:
    _raise_within(response, body, redact)
    api_id, stamp = (error_mapping.clean_text(redact(text)) for text in (body.id, body.timestamp))
    return Receipt(api_id, stamp, body.affected)


def _parsed(answer: Response, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(text_of(answer.response, answer.body))
    except ValueError:  # of pydantic and of the encoding
        words = error_mapping.WITHOUT_BODY if _is_bare(answer) else ""
        raise error_mapping.unusable(answer.response, words) from None


def _is_bare(answer: Response) -> bool:
    return not answer.body.strip() and not error_mapping.is_html(answer.response)
