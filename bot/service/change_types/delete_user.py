"""Delete one user. A 404 afterwards is success; a 404 before the first attempt is a failure."""

from __future__ import annotations

from http import HTTPStatus

from bot.domain.change import Change
from bot.domain.change_state import Event
from bot.domain.outcome import Outcome
from bot.domain.preview import Facts, Preview
from bot.domain.scope import single_address
from bot.errors import ContinuityError, Refused
from bot.ports import Receipt, UserState
from bot.service.change_types.attempt.address_spelling import one_user, spelled, was_looked_up
from bot.service.change_types.attempt.send import (
    AttemptResult,
    accepted,
    not_accepted,
    not_checked,
    not_read_back,
    one_user_outcome,
    read_back_until_set,
    receipt_outcome,
    send,
)
from bot.service.change_types.change_type import ChangeType


class DeleteUserChange(ChangeType):
    """Delete one user."""

    async def count(self) -> Preview:
        """Return who it is. Raises Refused where there is no such user."""
        ctx, change = self.ctx, self.change
        user_state = await one_user(ctx, change.customer, single_address(change.scope))
        return Preview(
            ctx.clock.now(),
            total=1,
            already=0,
            facts=Facts(flags=user_state.flags),
            display_name=user_state.display_name,
            spelled=spelled({single_address(change.scope): user_state}),
        )

    async def recount(self) -> Preview | None:
        """Count only where the preview could not read the user; ``perform`` reads them again."""
        return None if was_looked_up(self.change) else await self.count()

    def requests(self) -> list[str]:
        """Return the one request, with the address in it."""
        return [
            self.ctx.api.request_line(
                "DELETE", self.change.customer, address=single_address(self.change.scope)
            )
        ]

    async def perform(self) -> AttemptResult:
        """Read the user, delete them, and read whether they are gone."""
        ctx, change = self.ctx, self.change
        address = single_address(change.scope)
        try:
            user_state = await one_user(ctx, change.customer, address)
        except ContinuityError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                why = "The API did not tell whether the user is there"
                return not_accepted(ctx, change, not_checked(error, why))
            if change.attempts > 1:  # an earlier request of ours may have done it
                return AttemptResult(Event.SUCCEED, one_user_outcome(ctx, change, done=True))
            return not_accepted(ctx, change, Refused(f"Nothing to do, nothing was sent. {error}"))

        async def delete() -> Receipt:
            if moved := _moved(change, user_state):
                raise Refused(f"Nothing was sent: {moved}")
            return await ctx.api.delete_user(change.customer, address)

        try:
            receipt = await send(ctx, change, delete)
        except ContinuityError as error:
            return not_accepted(ctx, change, error)
        sent = await accepted(ctx, change, receipt_outcome(receipt))
        return await read_back_until_set(ctx, self.of(sent).read_back)

    async def read_back(self) -> AttemptResult:
        """Read the user: SUCCEED (404: they are gone), None (still there) or LOSE (no answer)."""
        ctx, change = self.ctx, self.change
        try:
            await ctx.api.user(change.customer, single_address(change.scope))
        except ContinuityError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return AttemptResult(Event.SUCCEED, one_user_outcome(ctx, change, done=True))
            return not_read_back(change.outcome or Outcome(), error)
        return AttemptResult(None, one_user_outcome(ctx, change, done=False))


def _moved(change: Change, user_state: UserState) -> str:
    """Return why this user is not as the card showed them, or ``""``."""
    seen = change.preview
    # The read-back must ask for the address that was deleted.
    if user_state.address != single_address(change.scope):
        return f"the API spells the address {user_state.address}. Propose it again."
    flags = seen.facts.flags if seen and seen.facts else None
    if user_state.failover and not (flags and flags.failover):
        return "the user is in failover now, and the card did not show that."
    if seen and seen.display_name and seen.display_name != user_state.display_name:
        return "the user's name is not the one on the card any more."
    return ""
