"""Samples of `/metrics`, parsed as Prometheus parses them."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import Metrics


def number(metrics: Metrics | str, name: str, **labels: str) -> float:
    """Return the value of one sample, 0 where there is none yet."""
    return samples(metrics).get((name, frozenset(labels.items())), 0.0)


def samples(metrics: Metrics | str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return every sample by its name and labels."""
    text = metrics if isinstance(metrics, str) else metrics.render().decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
