"""Alarms: which measurements raise one.

Each is posted once when it begins and once when it is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

# An alarm is over after this time below its limit, so that repeated short episodes are one alarm.
MIN_CALM_TIME = timedelta(seconds=60)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rule:
    """The value from which a measurement is an alarm, and the text for the operations channel."""

    name: str
    limit: float
    words: str


RULES = (
    # Slack gives up after 3 s: a second of standstill is a third of that.
    Rule(
        "loop_lag",
        1.0,
        "I stood still for {value:.1f} s, and Slack gives a command 3 s. Look at the host's CPU, "
        "memory and disk.",
    ),
    # A dead socket is noticed within 20 s and opened anew: three times that, and it did not help.
    Rule(
        "socket_silence",
        60.0,
        "Nothing came over Slack's socket for {value:.0f} s: commands and clicks do not reach me. I "
        "keep trying, and the terminal works. Look at status.slack.com and at this host's way out.",
    ),
    # One message a second and channel, retries at most 60 s apart: five minutes are no queue any
    # more.
    Rule(
        "outbox_age",
        300.0,
        "A message has waited for Slack for {value:.0f} s: cards and outcomes are late. What was "
        "approved is executed all the same. The log says why: outbox.",
    ),
    # Three sends of at most 60 s, two waits of at most 60 s between them: longer is not the API's
    # doing.
    Rule(
        "executing_age",
        600.0,
        "A change has been executing for {value:.0f} s. Find it with /continuity pending, and do not "
        "repeat it before its state is known.",
    ),
    # Another process may hold the database for 30 s; twice that is a fault.
    Rule(
        "database_silence",
        60.0,
        "The database has not answered for {value:.0f} s: commands are not saved, and nothing is "
        "executed. Is the disk full or read-only, does another process hold the file?",
    ),
    Rule(
        "trail_contradicted",
        1.0,
        "A change was not executed: the audit trail contradicts the database, as the entry "
        "trail.contradicted says. Somebody may have written to the database file. Run python app.py audit "
        "verify, and find out who could write it, before anything is approved again.",
    ),
    Rule(
        "unknown_card",
        1.0,
        "Somebody pressed a button of a change that I do not know: another bot with another database "
        "may be running on this Slack app, or my database was restored from an older backup. Find the "
        "other bot and stop it: each of the two gets half of the clicks.",
    ),
    Rule("slack_installation", 1.0, "{about} `python app.py doctor` says what else is missing."),
)


@dataclass(slots=True)
class _Episode:
    rule: Rule
    # The alarm is on since then; None: it is off.
    since: datetime | None = None
    # When the limit was last reached.
    last_seen: datetime | None = None
    words: str = ""
    # Whether the channel was last told that the alarm is on.
    posted: bool = False
    # The text on its end, until it is posted.
    ended: str = ""


@dataclass(frozen=True, slots=True)
class AlarmNotice:
    """A message for the operations channel."""

    name: str
    text: str
    on: bool


class Alarms:
    """The state of each alarm and what was posted of it. A notice is due where the two differ."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self._episodes = {rule.name: _Episode(rule) for rule in rules}

    def measured(
        self, values: Mapping[str, float], now: datetime, about: str = ""
    ) -> Mapping[str, bool]:
        """Take measurements and return which alarms are on. Those not measured stay as they are.

        ``about`` is Slack's fault of the installation, for the text of that alarm.
        """
        for name, value in values.items():
            if name in self._episodes:
                _measure(self._episodes[name], value, now, about)
        return {name: episode.since is not None for name, episode in self._episodes.items()}

    def next_notice(self) -> AlarmNotice | None:
        """Return the next notice to post, or None."""
        for name, episode in self._episodes.items():
            if episode.since is not None and not episode.posted:
                return AlarmNotice(name, f"ALARM · {name} · {episode.words}", on=True)
            if episode.ended:
                return AlarmNotice(name, f"OVER · {name} · {episode.ended}", on=False)
        return None

    def mark_posted(self, notice: AlarmNotice) -> None:
        """Note that this notice was posted."""
        episode = self._episodes[notice.name]
        episode.posted = notice.on
        if not notice.on:
            episode.ended = ""


def _measure(episode: _Episode, value: float, now: datetime, about: str) -> None:
    rule = episode.rule
    if value >= rule.limit:
        episode.last_seen = now
        if episode.since is None:
            episode.since, episode.ended = now, ""
            episode.words = rule.words.format(value=value, about=about)
            log.error("alarm.on", alarm=rule.name, value=round(value, 1), limit=rule.limit)
    elif (
        episode.since is not None
        and episode.last_seen is not None
        and now - episode.last_seen >= MIN_CALM_TIME
    ):
        log.warning("alarm.over", alarm=rule.name, began_at=episode.since.isoformat())
        episode.ended = f"It began at {episode.since:%H:%M:%S} and was over at {now:%H:%M:%S} UTC."
        if not episode.posted:  # its begin could not be posted
            episode.ended += f" {episode.words}"
        episode.since = None
