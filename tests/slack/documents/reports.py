"""A report made by hand, for the tests of its files and of its message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.actor import Actor
from bot.domain.audit.chain import GENESIS, AuditEntry, Checkpoint, Record, hash_entry
from bot.domain.audit.change_story import KnownNames, change_stories
from bot.domain.commands import AuditCommand
from bot.domain.incident_report.message import ReportMessage
from bot.ports import AuditFilter, Recipient
from bot.service.incident_report.read import IncidentReport
from bot.service.incident_report.request import ReportRequest
from bot.service.queries.audit import AuditRequest
from tests.builders import APPROVER, CHANNEL, CUSTOMER, NOW, REQUESTER, a_record

PROPOSED = {
    "command": f"failover on {CUSTOMER}",
    "customer_name": "Acme GmbH",
    "reason": "Exchange down",
    "rows": "U0OPERATOR operator * granted by U0ADMIN",
}
STORY = (
    a_record(detail=PROPOSED),
    a_record("change.previewed", actor="bot", actor_name="", detail={"total": 20, "already": 0}),
    a_record("change.looked_at", actor=APPROVER, actor_name="Olga"),
    a_record("change.approved", actor=APPROVER, actor_name="Olga", detail={"rows": "…"}),
    a_record(
        "change.executing",
        actor="bot",
        actor_name="",
        detail={"requests": [f"PUT /44444/users/{one}" for one in range(9)]},
    ),
    a_record("change.applied", actor="bot", actor_name="", detail={"read_back": [20, 20]}),
)
MESSAGE = ReportMessage(
    channel=CHANNEL,
    ts="1773457445.000100",
    author=APPROVER,
    text="Ask <@U0OPERATOR|x> &amp; see <https://status.example.com|status> in <#C0OPS|ops>",
    permalink="https://acme.slack.com/archives/C0INCIDENT/p1773457445000100",
    posted_at=NOW + timedelta(minutes=2),
    added_by=REQUESTER,
    added_at=NOW + timedelta(minutes=3),
)


def a_report(records: Sequence[Record] = STORY, **over: Any) -> IncidentReport:
    """Return the report on a failover of 44444, asked for in a channel; ``over`` replaces fields."""
    entries: list[AuditEntry] = []
    for seq, record in enumerate(records, 1):
        at = NOW + timedelta(minutes=seq)
        before = entries[-1].hash if entries else GENESIS
        entries.append(hash_entry(seq, replace(record, at=at), before))
    command = AuditCommand(CUSTOMER)
    where = AuditFilter(frozenset({CUSTOMER}), since=NOW)
    audit = AuditRequest(
        Actor(REQUESTER, CHANNEL), "on call", command, where, "Europe/Berlin", name="Acme GmbH"
    )
    fields: dict[str, Any] = {
        "request": ReportRequest(audit, CHANNEL, channel_name="incident"),
        "head": Checkpoint(len(entries), entries[-1].hash) if entries else None,
        "entries": entries,
        "stories": change_stories(entries),
        "known": KnownNames(
            {APPROVER: "Olga", REQUESTER: "on call", "U0TOLD": "Ben"}, {CUSTOMER: "Acme GmbH"}
        ),
        "messages": (MESSAGE,),
        "told": {"C-7K3MX": [Recipient("C-7K3MX", "U0TOLD", 0, NOW)]},
    }
    return IncidentReport(**(fields | over))
