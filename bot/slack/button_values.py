"""The values of our buttons: written by views, read when somebody presses one.

A value is its fields joined by spaces, in the order of declaration. Cards in channels keep the
buttons of earlier versions, so a field is added at the end, with a default.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict

NO_REVISION = -1


def _revision(value: object) -> object:
    """Return ``NO_REVISION``, which no preview has, for a forged text."""
    if not isinstance(value, str):
        return value
    is_number = value.isascii() and value.isdecimal() and len(value) < 9
    return int(value) if is_number else NO_REVISION


class ButtonValue(BaseModel):
    """The value of a button. Slack keeps up to 2000 characters of it."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a value, which anybody can forge: whoever uses a field checks it."""
        words = text.split(" ", len(cls.model_fields) - 1)
        return cls.model_validate(dict(zip(cls.model_fields, words, strict=False)))

    def __str__(self) -> str:
        return " ".join(str(value) for value in self.model_dump().values()).rstrip()


class ChangeButton(ButtonValue):
    """A button of a card: the change, and the revision of the preview that stood beside it."""

    change: str
    revision: Annotated[int, BeforeValidator(_revision)] = NO_REVISION


class FormButton(BaseModel):
    """A button that opens a refused form again, or sends it again: what was typed, as JSON.

    Like a submission it is checked by whoever uses it. ``about`` is the id of what the form is
    about, ``text`` the reason.
    """

    model_config = ConfigDict(frozen=True)

    form: str
    action: str
    about: str
    text: str = ""
    values: dict[str, str | list[str]] = {}

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a value. Raises ValueError where it is none."""
        return cls.model_validate_json(text)

    def __str__(self) -> str:
        return self.model_dump_json()


class UserButton(ButtonValue):
    """A button beside a user; ``direction`` is `on` or `off` where it switches a flag."""

    customer: str
    address: str = ""
    direction: str = ""


class RemedyButton(ButtonValue):
    """A button below an error, for what helps; ``about`` is the id of what it is about."""

    about: str = ""
