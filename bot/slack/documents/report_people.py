"""Who asked for each change of a report, who was told, who looked and who approved."""

from __future__ import annotations

from bot.domain.audit.change_history import EMERGENCY, person
from bot.domain.audit.change_story import NO_STORY
from bot.service.incident_report.read import IncidentReport

LOOKED = "change.looked_at"
_COLUMNS = {LOOKED: "looked", EMERGENCY: "approved"}


def people_of_changes(report: IncidentReport) -> list[dict[str, object]]:
    """Return a row for each change, in the order of their first entries; people by name or id.

    ``told`` are those whom the bot told by a direct message that it waits. ``approved`` are those whose
    approval counted at the last entry. Who asked and approved is told also where that was earlier.
    """
    rows: dict[str, dict[str, list[str]]] = {}
    for entry in report.entries:
        record = entry.record
        if not record.change_id:
            continue
        row = rows.setdefault(
            record.change_id, {"asked": [], "told": [], "looked": [], "approved": []}
        )
        if column := _COLUMNS.get(record.kind):
            row[column].append(_name(report, person(entry), record.actor_name))
    for change_id, row in rows.items():
        row["told"] = [_name(report, one.person) for one in report.told.get(change_id, ())]
        story = report.stories.get(change_id, NO_STORY)
        row["asked"] += [_name(report, *story.requester)] if story.requester else []
        counted = story.approved_by(report.entries[-1].seq)
        row["approved"] += [_name(report, one.id, one.name) for one in counted]
    return [
        {"change": change_id, **{key: [*dict.fromkeys(names)] for key, names in row.items()}}
        for change_id, row in rows.items()
    ]


def _name(report: IncidentReport, slack_id: str, name: str = "") -> str:
    return name or report.known.people.get(slack_id, slack_id)
