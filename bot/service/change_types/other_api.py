"""In place of the API, where a change was proposed for another one: a drill for the real one, or the other way round."""

from __future__ import annotations

from typing import NoReturn

from bot.domain.change import Change
from bot.errors import Refused
from bot.service.context import Context

MARKED_SINCE = (
    "{customer} is marked as a drill in CONTINUITY_CREDENTIALS since {change} was proposed, so it is not "
    "carried out: propose it again."
)
NOT_MARKED_ANY_MORE = (
    "{customer} is no longer marked as a drill in CONTINUITY_CREDENTIALS, so {change} is not carried out: "
    "it was for the simulated API."
)


def why_other_api(ctx: Context, change: Change) -> str:
    """Return that the customer's requests go to another API by now than the change is for, or ``""``."""
    if change.drill is ctx.is_drill(change.customer):
        return ""
    form = NOT_MARKED_ANY_MORE if change.drill else MARKED_SINCE
    return form.format(customer=change.customer, change=change.id)


class OtherApi:
    """Refuses every use, with the reason."""

    def __init__(self, why: str) -> None:
        self.why = why

    def __getattr__(self, name: str) -> NoReturn:
        raise Refused(self.why)
