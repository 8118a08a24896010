"""What a check found: one line that says how it stands, and what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import BotError


class Mark(StrEnum):
    """How a check ended; one that fails keeps the bot from its work."""

    OK = "ok"
    WARNS = "warns"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: how it stands, with what, and a sentence with the cure."""

    mark: Mark
    about: str
    said: str

    def __str__(self) -> str:
        """Return the line."""
        return f"{self.mark:5}  {self.about}: {self.said}"


def cure_of(error: BotError, otherwise: str) -> str:
    """Return what to do where a service did not answer."""
    if "certificate is not trusted" in str(error):
        return "Set SSL_CERT_FILE to a file with the CA of your network (docs/operations.md)."
    return otherwise


def ok(about: str, said: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(Mark.OK, about, said)


def warns(about: str, said: str) -> Finding:
    """Return that something is worth a look, or could not be looked at."""
    return Finding(Mark.WARNS, about, said)


def fails(about: str, said: str) -> Finding:
    """Return that something keeps the bot from its work."""
    return Finding(Mark.FAILS, about, said)


async def sheltered(
    about: str, check: Callable[[], Awaitable[Sequence[Finding]]]
) -> Sequence[Finding]:
    """Return what the check found; a check that breaks is a finding too, and stops no other."""
    try:
        return await check()
    except BotError as error:
        return [fails(about, str(error))]
    except Exception as error:
        return [fails(about, f"this check broke off ({type(error).__name__}); please report it.")]
