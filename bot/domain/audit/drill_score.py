"""The score sheet of a drill, from the audit trail alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.change_history import APPROVED, PROPOSED, person
from bot.domain.drill import DRILL_STARTED, Drill, Ending, Score

CONFIRMED, APPLIED, REFUSED = "change.confirmed", "change.applied", "refused"
# On a sheet.
MAX_REFUSALS, MAX_PEOPLE, MAX_REFUSAL_CHARS = 5, 20, 200


def score_of(drill: Drill, ending: Ending | None, entries: Iterable[AuditEntry]) -> Score:
    """Return the score by the ``entries`` since the beginning, in the order of their numbers.

    ``ending`` None: it ended by itself, verified or by its time limit.
    """
    about = [one for one in _since(drill, entries) if _is_part(drill, one)]
    proposals = {
        one.record.change_id: one
        for one in about
        if _is(one, PROPOSED) and one.record.actor != "bot"
    }
    verified = next(
        (
            one
            for one in about
            if _is(one, APPLIED)
            and one.record.change_id in proposals
            and one.record.detail.get("verified") is not False
        ),
        None,
    )
    change_id = verified.record.change_id if verified else next(iter(proposals), "")
    proposed = proposals.get(change_id)
    refused = [str(one.record.detail.get("why", "")) for one in about if _is(one, REFUSED)]
    return Score(
        ending or (Ending.VERIFIED if verified else Ending.TIME),
        change_id,
        _seconds(drill.started_at, proposed),
        _seconds(proposed.record.at, _decided(about, change_id)) if proposed else None,
        _seconds(drill.started_at, verified),
        len(refused),
        tuple(one[:MAX_REFUSAL_CHARS] for one in refused[:MAX_REFUSALS]),
        _people(about),
    )


def _is(entry: AuditEntry, kind: str) -> bool:
    return entry.record.kind == kind


def _since(drill: Drill, entries: Iterable[AuditEntry]) -> Iterator[AuditEntry]:
    """Yield the entries behind that of its beginning."""
    begun = False
    for entry in entries:
        if begun:
            yield entry
        begun = begun or (_is(entry, DRILL_STARTED) and entry.record.detail.get("id") == drill.id)


def _is_part(drill: Drill, entry: AuditEntry) -> bool:
    """Whether it is of the drill's customer, or a refusal in its channel."""
    record = entry.record
    refused_here = record.kind == REFUSED and record.channel == drill.channel
    return record.customer == drill.customer or refused_here


def _decided(about: Sequence[AuditEntry], change_id: str) -> AuditEntry | None:
    """Return the decision after which it was carried out: the last one."""
    decisions = [
        one
        for one in about
        if one.record.change_id == change_id and one.record.kind in (APPROVED, CONFIRMED)
    ]
    return decisions[-1] if decisions else None


def _seconds(since: datetime, entry: AuditEntry | None) -> int | None:
    return None if entry is None else max(0, round((entry.record.at - since).total_seconds()))


def _people(about: Sequence[AuditEntry]) -> tuple[str, ...]:
    acted = (person(one) for one in about if one.record.actor != "bot")
    return tuple(dict.fromkeys(acted))[:MAX_PEOPLE]
