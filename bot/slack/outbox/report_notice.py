"""The daily report: the rows that it is rendered from, for the operations channel or a requester.

An empty text means that nothing is on any more that was, or that a later report tells it, after an
outage of Slack: it is not posted.
"""

from __future__ import annotations

from datetime import date

from bot.domain.roles import PEOPLE
from bot.ports import Transaction
from bot.service.queries.on import rows_of
from bot.service.report.daily import DAY
from bot.service.report.long_on import long_on, of_person
from bot.slack.views.mrkdwn import Blocks
from bot.slack.views.notices.notice import Notice
from bot.slack.views.notices.report import report as view


def report(tx: Transaction, notice: Notice) -> tuple[str, Blocks]:
    """Render what is on for more than a day."""
    if date.fromisoformat(notice.detail) < (notice.now - DAY).date():
        return "", []
    entries = long_on(tx, notice.now)
    if notice.person.startswith(PEOPLE):
        entries = of_person(tx, entries, notice.person, notice.now)
    if not entries:
        return "", []
    names = tx.customer_names()
    rows = [
        row
        for one in entries
        for row in rows_of(tx, [one], names.get(one.change.customer, ""), notice.now)
    ]
    return view(rows, notice.workspace_url)
