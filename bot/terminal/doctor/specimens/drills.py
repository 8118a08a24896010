"""What a channel is told of a rehearsal, and a card of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.domain.change_state import State
from bot.domain.drill import Drill, Ending, Scenario, Score
from bot.slack.views.changes.card import card
from bot.slack.views.drill import labelled
from bot.slack.views.drills import began, ended, listed
from bot.terminal.doctor.specimens.changes import a_change
from bot.terminal.doctor.specimens.specimen import (
    APPROVER,
    AT,
    CHANNEL,
    CUSTOMER,
    NAME,
    REQUESTER,
    Specimen,
    Surface,
    of_reply,
)

_DRILL = Drill("D-7K3MX", CUSTOMER, Scenario.LOST, CHANNEL, REQUESTER, AT)
_REFUSED = "Nobody approves their own change."
_SCORE = Score(Ending.VERIFIED, "C-7K3MX", 42, 65, 190, 1, (_REFUSED,), (REQUESTER, APPROVER))


def specimens() -> Iterator[Specimen]:
    """Yield each."""
    when = "a drill began"
    yield Specimen("drill · began", Surface.CHANNEL, when, *began(_DRILL, NAME, "Olga"))
    over = replace(_DRILL, ended_at=AT + timedelta(minutes=4), score=_SCORE)
    for ending in Ending:
        sheet = replace(over, score=replace(_SCORE, ending=ending))
        when = f"a drill ended: {ending.value}"
        told = ended(sheet, NAME)
        yield Specimen(f"drill · {ending.value}", Surface.CHANNEL, when, *told)
    change = a_change(State.AWAITING_APPROVAL, drill=True)
    when = "a change of a drill was proposed"
    yield Specimen("drill · card", Surface.CHANNEL, when, *labelled(*card(change, NAME)))
    yield of_reply("drill · list", "drill list", listed([_DRILL, over], {CUSTOMER: NAME}))
