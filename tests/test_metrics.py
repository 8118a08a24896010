"""What `/metrics` tells: a registry for each bot, and few labels."""

from __future__ import annotations

import httpx

from bot.metrics import RATE_LIMITED, Metrics
from bot.slack.inbound.http_server import HttpServer
from tests.fixtures.metric_samples import number, samples


def test_two_bots_in_one_process_count_for_themselves() -> None:
    one, other = Metrics(), Metrics()
    one.command("failover", "answered")
    assert number(one, "continuity_commands_total", command="failover", result="answered") == 1
    assert number(other, "continuity_commands_total", command="failover", result="answered") == 0


def test_a_call_that_was_answered_with_429_counts_as_a_call_and_as_one() -> None:
    metrics = Metrics()
    metrics.called("count", RATE_LIMITED, 0.25)
    metrics.called("count", "ok", 0.5)
    metrics.rate_limited("slack")
    assert number(metrics, "continuity_rate_limited_total", service="api") == 1
    assert number(metrics, "continuity_rate_limited_total", service="slack") == 1
    assert number(metrics, "continuity_api_calls_total", operation="count", outcome="ok") == 1
    assert number(metrics, "continuity_api_call_seconds_sum", operation="count") == 0.75


def test_what_was_not_measured_is_not_told_as_fresh() -> None:
    metrics = Metrics()
    metrics.measured({"outbox_age": 0.0})
    told = {name: value for (name, _), value in samples(metrics).items()}
    assert told["continuity_outbox_age_seconds"] == 0
    assert str(told["continuity_envelope_age_seconds"]) == "nan"


async def test_a_scrape_reads_what_is_there() -> None:
    metrics = Metrics()
    metrics.open_changes("executing", 3)
    metrics.alarm("outbox_age", on=True)
    async with (
        HttpServer("", lambda: False, metrics) as server,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        answer = await http.get(f"http://127.0.0.1:{server.port}/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert number(answer.text, "continuity_open_changes", state="executing") == 3
    assert number(answer.text, "continuity_alarm", alarm="outbox_age") == 1


def test_what_is_told_of_the_replica_is_that_of_the_scrape() -> None:
    metrics, now = (
        Metrics(),
        {"replica_leader": 0.0, "leader_epoch": 0.0, "lease_seconds_left": 7.5},
    )
    metrics.replica(lambda: now)
    assert number(metrics, "continuity_replica_leader") == 0
    now |= {"replica_leader": 1.0, "leader_epoch": 3.0}
    assert number(metrics, "continuity_replica_leader") == 1
    assert number(metrics, "continuity_leader_epoch") == 3
    assert number(metrics, "continuity_lease_seconds_left") == 7.5
