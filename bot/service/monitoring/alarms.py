"""Alarms: which measurements raise one.

Each is posted once when it begins and once when it is over. Their texts stand in
``slack/views/texts/alarms.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

# An alarm is over after this time below its limit, so that repeated short episodes are one alarm.
MIN_CALM_TIME = timedelta(seconds=60)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rule:
    """The value from which a measurement is an alarm.

    ``shared``: every replica measures the same, and the leader alone tells of it.
    """

    name: str
    limit: float
    shared: bool = False


RULES = (
    # Slack gives up after 3 s: a second of standstill is a third of that.
    Rule("loop_lag", 1.0),
    # A dead socket is noticed within 20 s and opened anew: three times that, and it did not help.
    Rule("socket_silence", 60.0),
    # One message a second and channel, retries at most 60 s apart: five minutes are no queue any
    # more.
    Rule("outbox_age", 300.0, shared=True),
    # Three sends of at most 60 s, two waits of at most 60 s between them: longer is not the API's
    # doing.
    Rule("executing_age", 600.0, shared=True),
    # A pager answers within a second: somebody else has to tell the approvers by then.
    Rule("page_age", 60.0, shared=True),
    # It is done within seconds, a way back at most after a preview: it failed several times.
    Rule("deadline_age", 60.0, shared=True),
    # People were reminded on each of the days.
    Rule("review_age", 3 * 86_400.0, shared=True),
    # Another process may hold the database for 30 s; twice that is a fault.
    Rule("database_silence", 60.0),
    Rule("trail_contradicted", 1.0, shared=True),
    Rule("unknown_card", 1.0),
    Rule("slack_installation", 1.0),
    # Any time at all: the values are 0 until LEASE + 5 s have passed, and until one took over.
    Rule("no_leader", 0.001),
    Rule("lease_taken_over", 0.001),
    # Of each account.
    Rule("api_password", 1.0, shared=True),
    # Of each customer.
    Rule("api_not_allowed", 1.0, shared=True),
    Rule("api_unknown_customer", 1.0, shared=True),
    # Of each host: the looks are a minute apart, so that four of them found no answer.
    Rule("api_silence", 180.0, shared=True),
)


@dataclass(frozen=True, slots=True)
class AlarmNotice:
    """A message for the operations channel.

    ``subject`` is what the alarm is about, where there may be several at once; ``value`` and
    ``about`` are those of its begin. ``until`` None: the alarm is on. ``late``: it is over, and that
    it began was not posted.
    """

    name: str
    subject: str
    value: float
    about: str
    since: datetime
    until: datetime | None = None
    late: bool = False


@dataclass(slots=True)
class _Episode:
    rule: Rule
    subject: str
    # The notice of its begin; None: the alarm is off.
    begun: AlarmNotice | None = None
    # When the limit was last reached.
    last_seen: datetime | None = None
    # Whether the channel was last told that the alarm is on.
    posted: bool = False
    # The notice of its end, until it is posted.
    ended: AlarmNotice | None = None


class Alarms:
    """The state of each alarm and what was posted of it. A notice is due where the two differ."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._episodes: dict[tuple[str, str], _Episode] = {}

    def measured(
        self,
        values: Mapping[str, float | Mapping[str, float]],
        now: datetime,
        about: str = "",
    ) -> Mapping[str, bool]:
        """Take measurements and return which alarms are on. Those not measured stay as they are.

        A value is a number, or numbers by subject: subjects that are missing there are at 0.
        ``about`` is Slack's fault of the installation, for the text of that alarm.
        """
        for name, value in values.items():
            if name in self._rules:
                self._measure(
                    name, value if isinstance(value, Mapping) else {"": value}, now, about
                )
        on = {name for (name, _), one in self._episodes.items() if one.begun is not None}
        return {name: name in on for name in self._rules}

    def next_notice(self, *, leads: bool = True) -> AlarmNotice | None:
        """Return the next notice to post, or None.

        Of what is shared, a replica that does not lead tells nothing; if the alarm is still on when
        it leads, it tells that.
        """
        for episode in self._episodes.values():
            if episode.rule.shared and not leads:
                episode.posted, episode.ended = False, None
                continue
            if episode.begun is not None and not episode.posted:
                return episode.begun
            if episode.ended is not None:
                return episode.ended
        return None

    def mark_posted(self, notice: AlarmNotice) -> None:
        """Note that this notice was posted."""
        episode = self._episodes[notice.name, notice.subject]
        episode.posted = notice.until is None
        if notice.until is not None:
            episode.ended = None

    def _measure(self, name: str, values: Mapping[str, float], now: datetime, about: str) -> None:
        known = {subject for rule, subject in self._episodes if rule == name}
        for subject in sorted(known | set(values)):
            key = (name, subject)
            if key not in self._episodes:
                self._episodes[key] = _Episode(self._rules[name], subject)
            episode = self._episodes[key]
            _measure(episode, values.get(subject, 0.0), now, about)
            if episode.begun is None and episode.ended is None and not episode.posted:
                del self._episodes[key]


def _measure(episode: _Episode, value: float, now: datetime, about: str) -> None:
    rule, subject, begun = episode.rule, episode.subject, episode.begun
    told = {"alarm": rule.name} | ({"subject": subject} if subject else {})
    if value >= rule.limit:
        episode.last_seen = now
        if begun is None:
            episode.begun = AlarmNotice(rule.name, subject, value, about, now)
            episode.ended = None
            log.error("alarm.on", **told, value=round(value, 1), limit=rule.limit)
    elif (
        begun is not None
        and episode.last_seen is not None
        and now - episode.last_seen >= MIN_CALM_TIME
    ):
        log.warning("alarm.over", **told, began_at=begun.since.isoformat())
        episode.ended = replace(begun, until=now, late=not episode.posted)
        episode.begun = None
