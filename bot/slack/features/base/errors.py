"""From an error to what the person reads, and to how it is logged and counted."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.errors import (
    BotError,
    Conflict,
    InvalidInput,
    NotAllowed,
    Remedy,
    StoreError,
    UnknownChange,
)
from bot.grammar import SyntaxProblem
from bot.slack.views.help import syntax_problem
from bot.slack.views.mrkdwn import BlockReply, escape
from bot.slack.views.refusals import with_remedy
from bot.slack.views.texts import errors as texts

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """What the person reads, escaped, and the result that is counted: `refused` or `failed`."""

    words: str
    result: str
    remedy: Remedy | None = None

    @property
    def reply(self) -> str | BlockReply:
        """The words, with a button for what helps where there is something."""
        return with_remedy(self.words, self.remedy) if self.remedy else self.words


def error_reply(error: Exception, *, secret: bool = False) -> ErrorReply:
    """Return the reply to an error. What is no BotError is a bug, and logged with its traceback.

    ``secret``: the message of a bug may hold what was typed, so its type alone is logged; and a step
    that was not saved may stand behind a request that was sent.
    """
    match error:
        case NotAllowed():
            # Refusals are ours and name people by mention; other sentences may echo typed text.
            return ErrorReply(str(error), "refused", error.remedy)
        case SyntaxProblem():
            return ErrorReply(syntax_problem(error), "refused")
        case InvalidInput() | Conflict() | UnknownChange():
            return ErrorReply(escape(str(error)), "refused", error.remedy)
        case StoreError() if not secret:
            # A step is saved as a whole or not at all.
            return ErrorReply(texts.NOT_SAVED.format(error=escape(str(error))), "failed")
        case BotError():
            return ErrorReply(escape(str(error)), "failed")
    kind = type(error).__name__
    if secret:
        log.error("delivery.failed", error=kind)
    else:
        log.error("delivery.failed", error=kind, exc_info=error)
    return ErrorReply(texts.SECRET_BUG if secret else texts.BUG, "failed")
