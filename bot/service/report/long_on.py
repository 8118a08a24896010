"""What is on for long and nobody said is still needed, and who is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.change import Change
from bot.domain.on import OnEntry
from bot.domain.report import LONG
from bot.domain.roles import SLACK_ID
from bot.ports import Transaction
from bot.service.access.still_viewing import may_still_view
from bot.service.on_entries import entries_of


def long_on(tx: Transaction, now: datetime) -> list[OnEntry]:
    """Return what is on for longer than a day and is not silent now, the oldest first."""
    found = [
        one for entries in entries_of(tx).values() for one in entries if now - one.since > LONG
    ]
    said = tx.still_needed([one.change.id for one in found])
    loud = [one for one in found if one.change.id not in said or said[one.change.id].until <= now]
    return sorted(loud, key=lambda one: (one.since, one.change.id))


def of_person(
    tx: Transaction, entries: Sequence[OnEntry], person: str, now: datetime
) -> list[OnEntry]:
    """Return those that this person asked for, by whichever of their ids, and may still view."""
    ids = tx.ids_of(person)
    own = [one for one in entries if one.change.requester in ids]
    return [one for one in own if may_still_view(tx, one.change, person, now)]


def recipients(tx: Transaction, now: datetime, ops_channel: str) -> Mapping[str, Change]:
    """Return who is told: the operations channel and each requester, with the first change that they
    are told of."""
    entries = long_on(tx, now)
    told = {ops_channel: entries[0].change} if ops_channel and entries else {}
    canonical = tx.other_ids()
    people = {canonical.get(one.change.requester, one.change.requester) for one in entries}
    for person in sorted(people):
        if SLACK_ID.fullmatch(person) and (own := of_person(tx, entries, person, now)):
            told[person] = own[0].change
    return told
