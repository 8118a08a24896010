"""The documented rules for the password of a mailbox and for a token."""

from __future__ import annotations

import re

from bot.domain.limits import MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS
from bot.errors import InvalidInput

_RULE = re.compile(rf"[a-zA-Z0-9@$!%*?&]{{{MIN_PASSWORD_CHARS},{MAX_PASSWORD_CHARS}}}")


def check_password(text: str) -> str:
    """Return the password. Raises InvalidInput with the rule, without repeating what was typed.

    Rule: `[a-zA-Z0-9@$!%*?&]{8,256}` of the API reference.
    """
    if not _RULE.fullmatch(text):
        raise InvalidInput(
            f"{MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters: letters a to z and A to Z, digits, and @ $ ! % * ? &"
        )
    return text


def check_token(text: str) -> str:
    """Return the token without surrounding blanks.

    Raises InvalidInput for text that cannot be one.
    """
    token = text.strip()
    if not token or not token.isprintable() or " " in token:
        raise InvalidInput("The token as it was shown or sent: one word.")
    return token
