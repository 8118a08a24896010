"""Break-glass: the card, the outcome, the direct message, the notices and the form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.emergency import Emergency
from bot.domain.review import Review, ReviewState
from bot.slack.views.changes.card import card
from bot.slack.views.changes.direct import Reader, direct_card
from bot.slack.views.changes.outcome import outcome
from bot.slack.views.modals.emergency import EmergencyModal
from bot.slack.views.notices import emergency as notices
from bot.slack.views.notices.notice import Notice
from bot.terminal.doctor.specimens.changes import ENTRY, a_change
from bot.terminal.doctor.specimens.specimen import (
    APPROVER,
    AT,
    CHANNEL,
    NAME,
    Specimen,
    Surface,
)

_COMMANDER = "U0COMMANDER"
_ALONE = Emergency(_COMMANDER, AT, "No approver answers", "rows", "root@host")
_OBJECTED = Review(ReviewState.OBJECTED, APPROVER, AT, "I was there", "root@host")
_ACCEPTED = Review(ReviewState.ACCEPTED, APPROVER, AT, "It was right")
_LINK = "<https://acme.slack.com/archives/C0INCIDENT/p1|Open the card>"


def _decided(state: State = State.APPLIED, **over: Any) -> Change:
    given: dict[str, Any] = {"emergency": _ALONE, "review": Review(), "approvals": ()} | over
    return replace(a_change(state), **given)


def _notice(change: Change, person: str = CHANNEL) -> Notice:
    return Notice(change, "emergency", "", person, NAME, AT + timedelta(hours=1), "")


def specimens() -> Iterator[Specimen]:
    """Yield each."""
    owed, when = _decided(), "a commander decided alone"
    yield Specimen("card · emergency", Surface.CHANNEL, when, *card(owed, NAME))
    told = outcome(owed, NAME, ENTRY, [])
    yield Specimen("outcome · emergency", Surface.CHANNEL, "it has ended", *told)
    objected, accepted = _decided(review=_OBJECTED), _decided(review=_ACCEPTED)
    yield Specimen(
        "card · emergency, objected", Surface.CHANNEL, "somebody objects", *card(objected, NAME)
    )
    yield Specimen(
        "card · emergency, accepted", Surface.CHANNEL, "it is accepted", *card(accepted, NAME)
    )
    reader = Reader(frozenset({APPROVER}), None, _LINK, decides_here=True)
    direct = direct_card(owed, NAME, "Olga", [], reader)
    yield Specimen("direct message · emergency", Surface.DIRECT, when, *direct)
    alone = notices.decided_alone(_notice(owed, _COMMANDER), "Olga", _LINK)
    yield Specimen("notice · emergency", Surface.CHANNEL, when, *alone)
    reminder = notices.review_owed(_notice(owed), "Olga", _LINK)
    yield Specimen("notice · review owed", Surface.CHANNEL, "once a day", *reminder)
    reviewed = notices.reviewed(_notice(objected, APPROVER), "Olga")
    yield Specimen("notice · objection", Surface.CHANNEL, "somebody objects", *reviewed)
    said = replace(_ACCEPTED, terminal="root@host")
    words = notices.reviewed(_notice(_decided(review=said)), "Olga")
    yield Specimen("notice · emergency, accepted", Surface.CHANNEL, "said at a terminal", *words)
    waiting = a_change(State.AWAITING_APPROVAL)
    form = EmergencyModal(waiting, NAME, CHANNEL, "failover on 44444", reason="Exchange down")
    yield Specimen("form · emergency", Surface.FORM, "--emergency", view=form.build())
