"""What a 2xx tells: a number, a user, a receipt, a token. Anything else is an unusable answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from bot.continuity import classification
from bot.continuity.schemas import (
    ErrorResponse,
    TokenResponse,
    UserResponse,
    WriteResponse,
)
from bot.continuity.text_decoding import text_of
from bot.continuity.transport import Response
from bot.domain.secret import Secret
from bot.ports import Receipt, Token, UserState
from bot.redaction import Redactor, message_redactor

Model = TypeVar("Model", bound=BaseModel)

COUNT_HEADER = "User-Count"
_NUMBER = re.compile(r"\+?[0-9]{1,11}")
_LISTED = re.compile(r",[ \t]+")  # a header sent twice; without the blank it may group thousands


def count_of(answer: Response) -> int:
    """Return the number of users that the header tells."""
    told = {
        text.strip()
        for line in answer.response.headers.get_list(COUNT_HEADER)
        for text in _LISTED.split(line)
    }
    if not told or not all(_NUMBER.fullmatch(text) for text in told):
        raise classification.unusable(
            answer.response, "The continuity API told no number of users."
        )
    numbers = {int(text) for text in told}
    if len(numbers) > 1:
        said = " and ".join(f"{number:,}" for number in sorted(numbers))
        sentence = f"The continuity API told different numbers of users at once: {said}."
        raise classification.unusable(answer.response, sentence)
    return numbers.pop()


def user_of(answer: Response, address: str) -> UserState:
    """Return the user, who must be the one that was asked for."""
    body = _parsed(answer, UserResponse)
    if body.user.user.lower() != address.lower():
        sentence = "The continuity API told of another user than asked."
        raise classification.unusable(answer.response, sentence)
    flags = {name: body.flag(name) for name in ("failover", "access", "activation")}
    return UserState(body.user.user, **flags, fields=body.user.model_dump(exclude_unset=True))


def receipt_of(redact: Redactor) -> Callable[[Response], Receipt]:
    """Return what reads a write's answer, the secrets taken out of what the API tells.

    A success without a body was accepted, and told no id.
    """

    def read(answer: Response) -> Receipt:
        if _is_bare(answer):
            return Receipt("", "", None)
        return _receipt(answer.response, _parsed(answer, WriteResponse), redact)

    return read


def token_of(redact: Redactor) -> Callable[[Response], Token]:
    """Return what reads a token's answer."""

    def read(answer: Response) -> Token:
        _token_error(answer, redact)
        body = _parsed(answer, TokenResponse)

        def redact_all(text: str) -> str:
            return message_redactor(body.url, body.token)(redact(text))

        receipt = _receipt(answer.response, body, redact_all)
        expires = classification.shown(redact_all(body.expires))
        return Token(receipt, Secret(body.token), Secret(body.url), expires)

    return read


def error_beside(response: httpx.Response, told: Mapping[str, object], redact: Redactor) -> None:
    """Raise our error where the members that were read are those of an error in a 2xx."""
    try:
        _raise_within(response, ErrorResponse.model_validate(told), redact)
    except ValidationError:
        return


def _token_error(answer: Response, redact: Redactor) -> None:
    """Raise our error where the API answers a token's call with one."""
    try:
        told = ErrorResponse.model_validate_json(text_of(answer.response, answer.body))
    except ValueError:
        return
    _raise_within(answer.response, told, lambda text: message_redactor(*told.secrets)(redact(text)))


def _raise_within(
    response: httpx.Response, told: ErrorResponse | WriteResponse, redact: Redactor
) -> None:
    """Raise our error where a 2xx holds an error: whether it took effect is anybody's guess."""
    if told.status is not None and told.status >= 400:
        words = classification.shown(redact(told.message or "no message"))
        sentence = f"The continuity API answered {response.status_code} and says: {words}"
        raise classification.unusable(response, sentence)


def _receipt(response: httpx.Response, body: WriteResponse, redact: Redactor) -> Receipt:
    _raise_within(response, body, redact)
    api_id, stamp = (classification.shown(redact(text)) for text in (body.id, body.timestamp))
    return Receipt(api_id, stamp, body.affected)


def _parsed(answer: Response, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(text_of(answer.response, answer.body))
    except ValueError:  # of pydantic and of the encoding
        words = classification.WITHOUT_BODY if _is_bare(answer) else ""
        raise classification.unusable(answer.response, words) from None


def _is_bare(answer: Response) -> bool:
    return not answer.body.strip() and not classification.is_html(answer.response)
