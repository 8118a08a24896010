"""Who may have a report on an incident, where it goes, and which entries are in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.domain.audit.moment import Moment
from bot.domain.commands import Actor, AuditCommand, ReportCommand
from bot.domain.time_limit import words
from bot.errors import InvalidInput
from bot.ports import AuditFilter
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind
from bot.service.queries.audit import AuditRequest, filter_words, request_audit

from datetime import timedelta

# Without --since, for a customer and for a channel. A report on a change has all of it.
DEFAULT_SINCE = timedelta(hours=24)
NOT_A_MEMBER = (
    "I am not in this channel, so no report can be posted. Invite me with /invite, then repeat the command."
)


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """``audit`` has the filter, the asker's time zone and the names.

    ``channel`` is the channel that the report goes to, ``""`` at the terminal. ``whole_channel``: of
    that channel, everything that the asker may view.
    """

    audit: AuditRequest
    channel: str = ""
    whole_channel: bool = False
