"""What the files of `deploy/` say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = DEPLOY / "Dockerfile"
COMPOSE = DEPLOY / "compose.yaml"
UNIT = DEPLOY / "systemd/continuity.service"
KUBERNETES = DEPLOY / "kubernetes"


def compose() -> dict[str, Any]:
    """Return compose.yaml; nothing is filled in for its variables."""
    return dict(yaml.safe_load(COMPOSE.read_text()))


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each Kubernetes object with the name of its file; kustomizations are left out."""
    for file in sorted(KUBERNETES.rglob("*.yaml")):
        if file.name != "kustomization.yaml":
            for one in yaml.safe_load_all(file.read_text()):
                yield str(file.relative_to(KUBERNETES)), one


def manifest(kind: str) -> dict[str, Any]:
    """Return the only object of a kind."""
    (found,) = [one for _, one in manifests() if one["kind"] == kind]
    return found


def pods() -> Iterator[dict[str, Any]]:
    """Yield the pod of each Deployment and Job."""
    for _, one in manifests():
        if one["kind"] in {"Deployment", "Job"}:
            yield one["spec"]["template"]["spec"]


def unit(file: Path = UNIT) -> dict[str, list[str]]:
    """Return each key of the section [Service] with its values."""
    values: dict[str, list[str]] = {}
    section = file.read_text().partition("[Service]")[2].partition("[Install]")[0]
    for line in section.splitlines():
        if line and not line.startswith("#"):
            key, _, value = line.partition("=")
            values.setdefault(key, []).append(value)
    return values


def instructions() -> list[str]:
    """Return the instructions of the Dockerfile, each in one line."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE)
    return [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line]


def seconds(text: str) -> int:
    """Return a number of seconds: 40s or 40."""
    return int(text.removesuffix("s"))
