"""The metrics of `/metrics`. No label holds a customer, a person or free text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

# The outcome of a call that was answered with 429.
RATE_LIMITED = "RateLimited"

# Slack times out after 3 s, and acknowledgements took up to 55 ms under load: buckets around both.
_ACK_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
# From counts of a few milliseconds to the longest write, 60 s.
_CALL_SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
# Gauges in seconds, set by the watchdog.
_AGES = {
    "loop_lag": "The longest lag of the event loop since the last look",
    "envelope_age": "Since the last envelope or greeting on the socket",
    "socket_silence": "Since the last sign of life on the socket, pongs included",
    "outbox_age": "Since the oldest message that waits for Slack fell behind",
    "executing_age": "Since the oldest executing change was claimed",
    "page_age": "Since the oldest page that waits for a pager was asked for",
    "deadline_age": "Since the oldest deadline that is not done fell due",
    "review_age": "Since the oldest change whose review is owed was proposed",
    "api_silence": "Since the looks at the continuity API found no answer",
}
# Of the replica itself, looked up at each scrape.
_REPLICA = {
    "replica_leader": "1 while this replica leads, else 0",
    "leader_epoch": "The epoch in which this replica leads, or 0; it grows with each new leader",
    "lease_seconds_left": "To the end of this replica's lease",
}


class Metrics:
    """Counters and histograms are updated by events, gauges by the watchdog.

    Ages are in seconds: 0 where nothing waits, NaN before the first measurement.
    """

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        ProcessCollector(registry=own)

        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(f"continuity_{name}", meaning, labels, registry=own)

        self._commands = counter(
            "commands", "Commands and clicks, by what became of them", "command", "result"
        )
        self._refusals = counter("refusals", "Refusals in the audit trail, by kind", "kind")
        self._calls = counter(
            "api_calls",
            "Calls of the continuity API; every try of a read counts",
            *("operation", "outcome"),
        )
        self._call_seconds = Histogram(
            "continuity_api_call_seconds",
            "From a call of the continuity API to its end",
            ["operation"],
            buckets=_CALL_SECONDS,
            registry=own,
        )
        self._looks = counter(
            "api_looks", "Looks at the continuity API, by what they found", "result"
        )
        self._acks = Histogram(
            "continuity_acknowledgement_seconds",
            "From the arrival of a delivery of Slack to its acknowledgement",
            buckets=_ACK_SECONDS,
            registry=own,
        )
        self._rate_limited = counter("rate_limited", "Answers 429, by who gave them", "service")
        for service in ("api", "slack"):
            self._rate_limited.labels(service)
        self._pages = counter(
            "pages", "Pages sent to a pager, by what became of them", "pager", "result"
        )
        self._reconnections = counter(
            "socket_reconnections",
            "Sockets opened because the one before was dead and the library did not come back",
        )
        self._open_changes = Gauge(
            "continuity_open_changes", "Changes that are not finished", ["state"], registry=own
        )
        self._reviews_owed = Gauge(
            "continuity_reviews_owed",
            "Changes that were decided in an emergency and are not reviewed",
            registry=own,
        )
        self._alarms = Gauge(
            "continuity_alarm", "1 while the alarm is on, else 0", ["alarm"], registry=own
        )
        self._replica = {
            name: Gauge(f"continuity_{name}", meaning, registry=own)
            for name, meaning in _REPLICA.items()
        }
        self._ages = {name: _age(name, meaning, own) for name, meaning in _AGES.items()}

    def render(self) -> bytes:
        """Return all metrics in Prometheus' text format. Does not read the database."""
        return generate_latest(self._registry)

    def command(self, command: str, result: str) -> None:
        """Count a command or click; ``result`` is `answered`, `refused` or `failed`."""
        self._commands.labels(command, result).inc()

    def refusal(self, kind: str) -> None:
        """Count a refusal."""
        self._refusals.labels(kind).inc()

    def called(self, operation: str, outcome: str, seconds: float) -> None:
        """Count a call of the continuity API."""
        self._calls.labels(operation, outcome).inc()
        self._call_seconds.labels(operation).observe(seconds)
        if outcome == RATE_LIMITED:
            self.rate_limited("api")

    def looked(self, result: str) -> None:
        """Count a look at the continuity API; ``result`` is `ok` or an ``ApiFault``."""
        self._looks.labels(result).inc()

    def rate_limited(self, service: str) -> None:
        """Count a 429 of `api` or `slack`."""
        self._rate_limited.labels(service).inc()

    def paged(self, pager: str, result: str) -> None:
        """Count a page that was sent; ``result`` is `taken`, `unavailable` or `refused`."""
        self._pages.labels(pager, result).inc()

    def reconnected(self) -> None:
        """Count a reconnection of the socket by the bot."""
        self._reconnections.inc()

    def acknowledged(self, seconds: float) -> None:
        """Count an acknowledgement."""
        self._acks.observe(seconds)

    def measured(self, ages: Mapping[str, float]) -> None:
        """Set gauges, in seconds."""
        for name, seconds in ages.items():
            self._ages[name].set(seconds)

    def open_changes(self, state: str, number: int) -> None:
        """Set how many changes are in an open state."""
        self._open_changes.labels(state).set(number)

    def reviews_owed(self, number: int) -> None:
        """Set how many changes wait for a review."""
        self._reviews_owed.set(number)

    def replica(self, values: Callable[[], Mapping[str, float]]) -> None:
        """Have the gauges of the replica looked up in ``values``, by their names, at each scrape."""
        for name, gauge in self._replica.items():
            gauge.set_function(partial(_looked_up, values, name))

    def alarm(self, name: str, *, on: bool) -> None:
        """Set whether an alarm is on."""
        self._alarms.labels(name).set(on)


def _looked_up(values: Callable[[], Mapping[str, float]], name: str) -> float:
    return values()[name]


def _age(name: str, meaning: str, registry: CollectorRegistry) -> Gauge:
    gauge = Gauge(f"continuity_{name}_seconds", meaning, registry=registry)
    gauge.set(float("nan"))
    return gauge
