"""Notices: what a person or a channel is told once. Which text it is, the key of the row says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.change import Change
from bot.domain.roles import PEOPLE
from bot.errors import StoreUnusable
from bot.ports import Message, Transaction
from bot.service.access.still_viewing import may_still_view
from bot.slack.outbox import emergency_notices, reach_notices, report_notice
from bot.slack.views.mrkdwn import Blocks
from bot.slack.views.notices.back import back_notice
from bot.slack.views.notices.notice import Notice
from bot.slack.views.texts import outage as texts

View = Callable[[Transaction, Notice], tuple[str, Blocks]]

# An empty text means that the notice is not needed any more: it is not posted.
NOTICES: Mapping[str, View] = {
    "report": report_notice.report,
    "remind": reach_notices.remind,
    "again": reach_notices.again,
    "ended": reach_notices.ended_notice,
    "emergency": emergency_notices.decided_alone,
    "review": emergency_notices.review_owed,
    "reviewed": emergency_notices.reviewed,
    "back": lambda _, notice: back_notice(notice),
}


# They tell of other changes than the one that their row belongs to.
_OF_SEVERAL = frozenset({"report"})


def is_of_several(message: Message) -> bool:
    """Whether the notice tells of several changes."""
    return message.key.split(":", 3)[2].partition("-")[0] in _OF_SEVERAL


def render_notice(
    tx: Transaction,
    message: Message,
    change: Change,
    customer_name: str,
    now: datetime,
    workspace_url: str,
) -> tuple[str, Blocks]:
    """Return notification text and blocks. Raises StoreUnusable for a name that this version lacks.

    To a person who may view the customer no more nothing is told.
    """
    _, _, whole_name, person = message.key.split(":", 3)
    name, _, detail = whole_name.partition("-")
    view = NOTICES.get(name)
    if view is None:
        raise StoreUnusable(texts.NOTICE_UNKNOWN.format(notice=whole_name))
    if person.startswith(PEOPLE) and not may_still_view(tx, change, person, now):
        return "", []
    return view(tx, Notice(change, name, detail, person, customer_name, now, workspace_url))
