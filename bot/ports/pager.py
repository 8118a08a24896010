"""The pager: what wakes people who do not look at Slack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.page import PageState


@dataclass(frozen=True, slots=True)
class Page:
    """What a pager is told. No address of a user is part of it, and no reason that somebody typed.

    ``key`` is the same for all pages of one change and of no other: by it a pager knows what it has.
    ``summary`` is one line, ``severity`` `critical`, `warning` or `info`. ``link`` leads to the card, ``""`` where that is not posted.
    """

    key: str
    state: PageState
    change_id: str
    customer: str
    customer_name: str
    summary: str
    severity: str
    link: str
    proposed_at: datetime


class Pager(Protocol):
    """A service that tells people on call."""

    @property
    def name(self) -> str:
        """Its name in the database, in metrics and in messages."""
        ...

    async def send(self, page: Page) -> None:
        """Have the page taken; the same one may be sent again.

        Raises PagerUnavailable and PagerRefused.
        """
        ...
