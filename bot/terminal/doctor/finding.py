"""The result of a check: one line with the state and what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import BotError
from bot.network import certificate_error

# Where Slack shows ids (slack.com/help: "Find your member ID", "Find a channel's ID").
MEMBER_ID = "Their id: profile > ⋯ > Copy member ID."
CHANNEL_ID = "The id of a channel: at the bottom of its details."


class Mark(StrEnum):
    """The result of a check; with FAILS the bot cannot work."""

    OK = "ok"
    WARNS = "warns"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: result, subject, and a sentence with what to do."""

    mark: Mark
    about: str
    text: str

    def __str__(self) -> str:
        """Return the line."""
        return f"{self.mark:5}  {self.about}: {self.text}"


def cure_of(error: BotError, otherwise: str) -> str:
    """Return what to do if a service did not answer."""
    if certificate_error(error):
        return "Set SSL_CERT_FILE to a file with the CA of your network (docs/operations.md)."
    return otherwise


def ok(about: str, text: str) -> Finding:
    """Return the finding that something is as it should be."""
    return Finding(Mark.OK, about, text)


def warns(about: str, text: str) -> Finding:
    """Return the finding that something needs attention or could not be checked."""
    return Finding(Mark.WARNS, about, text)


def fails(about: str, text: str) -> Finding:
    """Return the finding that something keeps the bot from working."""
    return Finding(Mark.FAILS, about, text)


async def run_check(
    about: str, check: Callable[[], Awaitable[Sequence[Finding]]]
) -> Sequence[Finding]:
    """Run a check and return its findings; an exception becomes a finding too."""
    try:
        return await check()
    except BotError as error:
        return [fails(about, str(error))]
    except Exception as error:
        return [fails(about, f"this check broke off ({type(error).__name__}); please report it.")]
