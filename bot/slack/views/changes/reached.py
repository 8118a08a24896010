"""The lines of a card on the people who are asked, and on those who look."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.change import Change
from bot.domain.change_state import AWAITING, State
from bot.ports import Recipient
from bot.slack.views.mrkdwn import format_clock_time, mention, mentions
from bot.slack.views.texts import reach as texts

# More mentions would notify people twice, in the channel and directly, and fill a phone.
MAX_MENTIONED = 5


def reached_lines(change: Change, recipients: Sequence[Recipient]) -> list[str]:
    """Return who is asked, in the order in which they were told, and who looks.

    Nobody is asked for an approval of what a commander decided alone. The first lines name the same people in each revision: an update notifies nobody.
    """
    if (
        change.emergency
        or not recipients
        or change.state not in AWAITING | {State.APPROVED, State.EXECUTING}
    ):
        return []
    told = sorted(recipients, key=lambda one: (one.circle, one.told_at, one.person))
    named = mentions(one.person for one in told[:MAX_MENTIONED])
    others = len(told) - MAX_MENTIONED
    lines = [texts.ASKED.format(people=named)]
    if others > 0:
        lines = [texts.ASKED_AND_OTHERS.format(others, people=named)]
    if looking := looking_people(recipients):
        lines.append(texts.LOOKING.format(people=looking))
    return lines


def looking_people(recipients: Sequence[Recipient]) -> str:
    """Return who looks, each with the time, or ""."""
    found = [(one.looked_at, one.person) for one in recipients if one.looked_at]
    return ", ".join(
        texts.LOOKING_SINCE.format(person=mention(person), time=format_clock_time(at))
        for at, person in sorted(found)
    )
