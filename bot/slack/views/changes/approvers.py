"""That too few people can approve a change, and who can grant it."""

from __future__ import annotations

from bot.domain.change import Change
from bot.program import PROGRAM
from bot.service.access.missing_approvers import MissingApprovers
from bot.slack.views.texts import approvers as texts


def too_few_approvers(change: Change, missing: MissingApprovers, *, to_requester: bool) -> str:
    """Return the sentences for the card, or for the requester alone; escaped."""
    values = {
        "requester": f"<@{change.requester}>",
        "customer": texts.FOR_ALL.format(customers=change.customer)
        if change.batch
        else change.customer,
        "needed": missing.needed,
        "people": ", ".join(missing.people),
        "admins": ", ".join(missing.admins),
        "program": PROGRAM,
    }
    if missing.people:
        who = texts.TOO_FEW
    elif not missing.requester_could:
        who = texts.NOBODY
    else:
        who = texts.NOBODY_BUT_YOU if to_requester else texts.NOBODY_BUT_REQUESTER
    grants = texts.WHO_GRANTS if missing.admins else texts.WHO_GRANTS_NOBODY
    if change.batch:
        grants = texts.GRANT_EACH
    return f"{who}\n{grants}".format(**values)
