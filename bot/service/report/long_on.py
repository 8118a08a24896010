"""What is on for long and nobody said is still needed, and who is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.change import Change
from bot.domain.on import OnEntry
from bot.domain.report import LONG
from bot.domain.roles import ROLES_WITH, SLACK_ID, Right, Subject, SubjectKind
from bot.ports import Transaction
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
    return [
        one
        for one in entries
        if one.change.requester in ids and _may_view(tx, one.change, ids, now)
    ]


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


def _may_view(tx: Transaction, change: Change, ids: frozenset[str], now: datetime) -> bool:
    """Whether a row of the requester, or of a user group with which they asked, lets them view."""
    subjects = [Subject(SubjectKind.USER, one) for one in sorted(ids)]
    subjects += [Subject(SubjectKind.USERGROUP, one) for one in change.requester_usergroups]
    rows = tx.grants(subjects=subjects, customer=change.customer)
    return any(
        row.role in ROLES_WITH[Right.VIEW] and row.covers(change.customer, now) for row in rows
    )
