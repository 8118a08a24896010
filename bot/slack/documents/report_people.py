"""Who asked for each change of a report, who was told, who looked and who approved."""

from __future__ import annotations

from bot.domain.audit.change_history import EMERGENCY, PROPOSED, person
from bot.service.incident_report.read import IncidentReport

LOOKED = "change.looked_at"
_APPROVED = frozenset({"change.approved", "change.confirmed", EMERGENCY})


def people_of_changes(report: IncidentReport) -> list[dict[str, object]]:
    """Return a row for each change, in the order of their first entries; people by name or id.

    ``told`` are those whom the bot told by a direct message that it waits.
    """
    rows: dict[str, dict[str, list[str]]] = {}
    for entry in report.entries:
        record = entry.record
        if not record.change_id:
            continue
        row = rows.setdefault(
            record.change_id, {"asked": [], "told": [], "looked": [], "approved": []}
        )
        column = {PROPOSED: "asked", LOOKED: "looked"}.get(record.kind)
        column = "approved" if record.kind in _APPROVED else column
        if column:
            row[column].append(_name(report, person(entry), record.actor_name))
    for change_id, row in rows.items():
        row["told"] = [_name(report, one.person) for one in report.told.get(change_id, ())]
        story = report.stories.get(change_id)
        if story and not row["approved"]:  # of a way back: decided with the change before
            row["approved"] = [_name(report, one.id, one.name) for one in story.approvers]
    return [
        {"change": change_id, **{key: [*dict.fromkeys(names)] for key, names in row.items()}}
        for change_id, row in rows.items()
    ]


def _name(report: IncidentReport, slack_id: str, name: str = "") -> str:
    return name or report.known.people.get(slack_id, slack_id)
