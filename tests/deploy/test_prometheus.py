"""Alert rules and dashboard: they ask for metrics that the bot has, and lead to a heading of the docs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import Metrics
from bot.service.monitoring.alarms import RULES
from tests.deploy.conftest import Run
from tests.deploy.files import DEPLOY, ROOT
from tests.docs.test_links import anchors

ALERTS = DEPLOY / "prometheus/alerts.yaml"
TESTS = DEPLOY / "prometheus/alerts_test.yaml"
NAME = re.compile(r"\b(?:continuity|process)_[a-z_]+\b(?!=)")
# Alarms that Prometheus tells by another measurement.
MEASURED = {"loop_lag", "socket_silence", "outbox_age", "executing_age"}


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    dashboard = json.loads((DEPLOY / "grafana/dashboard.json").read_text())
    return [one for one in dashboard["panels"] if one["type"] != "row"]


def queries() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def names_of_the_bot() -> set[str]:
    """Return the names of all samples: each metric is used once, since one without a sample has no name."""
    metrics = Metrics()
    metrics.command("failover", "answered")
    metrics.refusal("rule")
    metrics.called("count", "ok", 0.1)
    metrics.looked("ok")
    metrics.acknowledged(0.1)
    metrics.open_changes("executing", 0)
    metrics.alarm("loop_lag", on=False)
    families = text_string_to_metric_families(metrics.render().decode())
    return {sample.name for family in families for sample in family.samples}


def test_promtool_takes_the_rules(run: Run) -> None:
    run("promtool", "check", "rules", "--lint-fatal", ALERTS)


def test_each_alert_fires_in_its_test_and_none_while_all_is_well(run: Run) -> None:
    run("promtool", "test", "rules", TESTS)
    calm, *firing = yaml.safe_load(TESTS.read_text())["tests"]
    names = [rule["alert"] for rule in alerts()]
    assert [one["alertname"] for one in calm["alert_rule_test"]] == names
    fired = [one["alert_rule_test"][0] for one in firing]
    assert [one["alertname"] for one in fired] == names
    assert all(len(one["exp_alerts"]) == 1 for one in fired)


def test_promtool_takes_each_query_of_the_dashboard(run: Run, tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": query.replace("$__rate_interval", "5m")}
        for number, query in enumerate(queries())
    ]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    run("promtool", "check", "rules", file)


def test_each_metric_of_rules_and_dashboard_is_one_of_the_bot() -> None:
    known = names_of_the_bot()
    for text in [*(rule["expr"] for rule in alerts()), *queries()]:
        asked = set(NAME.findall(text))
        assert asked or "up{" in text
        assert asked <= known, text


def test_the_dashboard_shows_every_metric_of_the_bot() -> None:
    shown = set(NAME.findall(" ".join(queries())))
    names = {name for name in names_of_the_bot() if not name.endswith("_created")}
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}
    ours = {name for name in families if name.startswith("continuity_")}
    assert ours == {re.sub(r"_bucket$", "", name) for name in shown if name.startswith("cont")}


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_each_alarm_of_the_bot_is_an_alert() -> None:
    text = " ".join(rule["expr"] for rule in alerts())
    for rule in RULES:
        if rule.name in MEASURED:
            assert re.search(rf"continuity_{rule.name}_seconds\)? >= {rule.limit:g}\b", text)
        else:
            assert re.search(rf'continuity_alarm{{alarm=~?"[^"]*\b{rule.name}\b', text), rule.name


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_how_bad_it_is_what_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"].endswith(".")
    page, _, heading = rule["annotations"]["runbook"].partition("#")
    alarms = re.findall(r'alarm=~"([^"]*)"', rule["expr"])
    named = alarms[0].split("|") if "{{" in heading else [heading]
    assert set(named) <= anchors(ROOT / page)
