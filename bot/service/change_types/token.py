"""Make an activation token, sent by mail or shown to the requester. It cannot be read back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import structlog

from bot.domain.actions import MakeToken
from bot.domain.change import Change
from bot.domain.change_state import Event
from bot.domain.outcome import Outcome
from bot.domain.preview import Facts, Preview
from bot.domain.scope import Users
from bot.errors import Ambiguous, NotSent, Refused
from bot.ports import Token
from bot.service.change_types.attempt.address_spelling import one_user, spelled, was_looked_up
from bot.service.change_types.attempt.send import AttemptResult, not_accepted, refused, send
from bot.service.change_types.change_type import ChangeType
from bot.service.context import Context

# The API cannot be asked whether there is a token. An unknown outcome is final: another request would
# make a second token.
MAY_EXIST = (
    "It is not known whether a token was made; if so, nobody has seen it. It is never asked for twice "
    "by itself: propose it again for a new one."
)
MAY_BE_SENT = (
    "It is not known whether the mail was sent. It is never sent twice by itself: ask the user to look "
    "for it, then propose it again if it has not come."
)

log = structlog.get_logger(__name__)


class TokenChange(ChangeType):
    """Make an activation token."""

    async def count(self) -> Preview:
        """Return how the user stands. Raises Refused where the API does not know them."""
        ctx, change = self.ctx, self.change
        seen = await one_user(ctx, change.customer, user_of(change))
        return Preview(
            ctx.clock.now(),
            total=1,
            already=0,
            access_off=int(seen.access is False),
            not_activated=int(seen.activation is False),
            facts=Facts(flags=seen.flags),
            display_name=seen.display_name,
            spelled=spelled({user_of(change): seen}),
        )

    async def recount(self) -> Preview | None:
        """Count only where the preview could not read the user."""
        return None if was_looked_up(self.change) else await self.count()

    def requests(self) -> list[str]:
        """Return the one request."""
        notify = _wanted(self.change).notify
        address = user_of(self.change)
        line = partial(
            self.ctx.api.request_line, "POST", self.change.customer, address=address, part="token"
        )
        return [line(notify=notify)]

    async def perform(self) -> AttemptResult:
        """Have the token sent by mail; the token in the answer is dropped."""
        answer = await ask(self.ctx, self.change)
        return answer if isinstance(answer, AttemptResult) else made(answer)

    async def read_back(self) -> AttemptResult:
        """Return FAIL: after an interruption it cannot be found out whether there is a token."""
        return AttemptResult(Event.FAIL, Outcome(sentence=_not_known(self.change)))


async def ask(ctx: Context, change: Change) -> Token | AttemptResult:
    """Request the token; repeat it only where it is certain that the request did not arrive."""
    notify = _wanted(change).notify
    request = partial(ctx.api.request_token, change.customer, user_of(change), notify=notify)
    try:
        return await send(ctx, change, request)
    except Refused as error:
        return AttemptResult(Event.FAIL, refused(error))
    except NotSent as error:
        if notify:
            return not_accepted(ctx, change, error)
        words = f"{error} It is not tried again by itself, since you may not be there. Propose it again."
        return AttemptResult(Event.FAIL, replace(refused(error), sentence=words))
    except Ambiguous as error:
        # Not the API's own message: it may contain the token.
        silence = replace(refused(error), sentence=_not_known(change))
        return AttemptResult(Event.FAIL, silence)
    except Exception as error:  # a bug of ours, after which nothing is known either
        log.error("token.failed", change=change.id, error=type(error).__name__)  # noqa: TRY400  # it may hold the token
        return AttemptResult(Event.FAIL, Outcome(sentence=_not_known(change)))


def made(token: Token, why_not_shown: str = "") -> AttemptResult:
    """Return SUCCEED; FAIL where the token could not be shown, for the reason given."""
    receipt = token.receipt
    outcome = Outcome(
        api_id=receipt.api_id,
        api_timestamp=receipt.api_timestamp,
        expires=token.expires,
        sentence=f"A token was made and could not be shown. {why_not_shown} Propose it again for a new one."
        if why_not_shown
        else "",
    )
    return AttemptResult(Event.FAIL if why_not_shown else Event.SUCCEED, outcome)


def user_of(change: Change) -> str:
    """Return the one user whom the token is for. Raises TypeError for another scope."""
    match change.scope:
        case Users(addresses=(address,)):
            return address
        case _:
            raise TypeError(f"{change.id} makes no token for {change.scope.kind}")


def _wanted(change: Change) -> MakeToken:
    if not isinstance(change.action, MakeToken):
        raise TypeError(f"{change.id} makes no token")
    return change.action


def _not_known(change: Change) -> str:
    return MAY_BE_SENT if _wanted(change).notify else MAY_EXIST
