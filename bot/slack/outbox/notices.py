"""Notices: what a person or a channel is told once. Which text it is, the key of the row says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.change import Change
from bot.errors import StoreUnusable
from bot.ports import Message, Transaction
from bot.slack.views.mrkdwn import Blocks
from bot.slack.views.notices.back import back_notice


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice is made of.

    ``name`` is that of its text, ``detail`` what stands behind the first hyphen of the name, as the
    minutes in `remind-5`; ``person`` gets it. ``customer_name`` is ``""`` where the customer has none.
    """

    change: Change
    name: str
    detail: str
    person: str
    customer_name: str
    now: datetime
    workspace_url: str


View = Callable[[Transaction, Notice], tuple[str, Blocks]]


def _back(_: Transaction, notice: Notice) -> tuple[str, Blocks]:
    return back_notice(notice.change, notice.detail, notice.customer_name, notice.now)


NOTICES: Mapping[str, View] = {"back": _back}


def render_notice(
    tx: Transaction,
    message: Message,
    change: Change,
    customer_name: str,
    now: datetime,
    workspace_url: str,
) -> tuple[str, Blocks]:
    """Return notification text and blocks. Raises StoreUnusable for a name that this version lacks."""
    _, _, whole_name, person = message.key.split(":", 3)
    name, _, detail = whole_name.partition("-")
    view = NOTICES.get(name)
    if view is None:
        raise StoreUnusable(
            f"The outbox has a notice {whole_name}, which this version does not know."
        )
    return view(tx, Notice(change, name, detail, person, customer_name, now, workspace_url))
