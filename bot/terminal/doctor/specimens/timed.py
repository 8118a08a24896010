"""Changes for a time: the card, the outcome that counts down, the notices, the form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.domain.change_state import State
from bot.domain.time_limit import TimeLimit
from bot.slack.views.changes.card import card
from bot.slack.views.changes.outcome import outcome
from bot.slack.views.modals.extend import ExtendModal
from bot.slack.views.notices.back import back_notice
from bot.slack.views.notices.notice import Notice
from bot.terminal.doctor.specimens.changes import ENTRY, a_change
from bot.terminal.doctor.specimens.specimen import AT, CHANNEL, NAME, Specimen, Surface

_LIMIT = TimeLimit(lasts=timedelta(hours=2), zone="Europe/Berlin")
_END = AT + timedelta(hours=2)
_NOTE = "Failover off is not made by itself: C-0000N FAILOVER ON is newer."


def specimens() -> Iterator[Specimen]:
    """Yield each."""
    waiting = a_change(State.AWAITING_APPROVAL, time_limit=_LIMIT)
    when = "a failover was proposed for a time"
    yield Specimen("card · for a time", Surface.CHANNEL, when, *card(waiting, NAME))
    on = a_change(State.APPLIED, time_limit=_LIMIT, ends_at=_END)
    told = outcome(on, NAME, ENTRY, [], now=AT)
    yield Specimen("outcome · for a time", Surface.CHANNEL, "while it is on", *told)
    soon = Notice(on, "back", "soon", CHANNEL, NAME, _END - timedelta(minutes=15), "")
    when = "15 minutes before it is taken back"
    yield Specimen("notice · back soon", Surface.CHANNEL, when, *back_notice(soon))
    ended = a_change(State.APPLIED, time_limit=_LIMIT, end_note=_NOTE)
    not_made = Notice(ended, "back", "not_made", CHANNEL, NAME, _END, "")
    when = "it is not taken back by itself"
    yield Specimen("notice · not taken back", Surface.CHANNEL, when, *back_notice(not_made))
    form = ExtendModal(on.id, CHANNEL, "FAILOVER ON for Acme GmbH (44444). It ends at 06:00 CET.")
    yield Specimen("form · extend", Surface.FORM, "the button Extend…", view=form.build())
