"""The Kubernetes manifests, against the schemas of Kubernetes. No cluster took them here."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import yaml
from kubernetes_validate import validate  # type: ignore[import-untyped]  # it has no types

from bot.metrics import Metrics
from bot.settings import Settings
from bot.slack.inbound.http_server import HttpServer
from tests.deploy.conftest import Run
from tests.deploy.files import KUBERNETES, instructions, manifest, manifests, pods

OBJECTS, PODS = list(manifests()), list(pods())
IDS = [f"{file}-{one['kind']}" for file, one in OBJECTS]


@pytest.mark.parametrize("version", ["1.29", "1.37"])
@pytest.mark.parametrize(("file", "one"), OBJECTS, ids=IDS)
def test_the_schema_takes_it(file: str, one: dict[str, Any], version: str) -> None:
    assert validate(one, version, strict=True).startswith(version)


@pytest.mark.parametrize("folder", [KUBERNETES, KUBERNETES / "migrate"], ids=lambda one: one.name)
def test_each_file_is_in_its_kustomization(folder: Any) -> None:
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    there = {one.name for one in folder.glob("*.yaml")} - {"kustomization.yaml", "namespace.yaml"}
    assert set(listed) == there


@pytest.mark.parametrize("folder", [KUBERNETES, KUBERNETES / "migrate"], ids=lambda one: one.name)
def test_kustomize_builds_it(folder: Any, run: Run) -> None:
    built = list(yaml.safe_load_all(run("kubectl", "kustomize", folder)))
    assert all(one["metadata"]["namespace"] == "continuity" for one in built)
    for one in built:
        validate(one, "1.37", strict=True)


@pytest.mark.parametrize("pod", PODS, ids=["bot", "migrate"])
def test_a_pod_is_as_restricted_as_the_namespace_demands(pod: dict[str, Any]) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards, restricted."""
    labels = manifest("Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    context, (container,) = pod["securityContext"], pod["containers"]
    assert context["runAsNonRoot"] is True
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert f"USER {context['runAsUser']}:{context['runAsGroup']}" in instructions()
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert {next(iter(set(one) - {"name"})) for one in pod["volumes"]} == {"secret", "emptyDir"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("pod", PODS, ids=["bot", "migrate"])
def test_secrets_are_files_that_the_bot_accepts(pod: dict[str, Any]) -> None:
    """Files of root on a read-only mount, which nobody else may write: `bot/private_files.py`."""
    (container,) = pod["containers"]
    mount = next(one for one in container["volumeMounts"] if one["name"] == "secrets")
    assert mount["readOnly"] is True
    volume = next(one for one in pod["volumes"] if one["name"] == "secrets")
    assert volume["secret"]["defaultMode"] == 0o444
    for variable in container["env"]:
        assert variable["name"].endswith("_FILE")
        assert variable["value"] == f"{mount['mountPath']}/{variable['name'][:-5].lower()}"


async def test_each_probe_asks_a_page_that_the_bot_has() -> None:
    (container,) = manifest("Deployment")["spec"]["template"]["spec"]["containers"]
    probes = [container[f"{kind}Probe"]["httpGet"] for kind in ("liveness", "readiness", "startup")]
    assert [one["path"] for one in probes] == ["/healthz", "/readyz", "/healthz"]
    assert {one["port"] for one in probes} == {container["ports"][0]["name"]}
    assert f"EXPOSE {container['ports'][0]['containerPort']}" in instructions()
    async with (
        HttpServer("", lambda: True, Metrics()) as server,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        for one in probes:
            answer = await http.get(f"http://127.0.0.1:{server.port}{one['path']}")
            assert answer.status_code == 200


def test_an_update_takes_no_replica_away_before_another_is_ready() -> None:
    spec = manifest("Deployment")["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    grace = spec["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace > Settings.model_fields["drain"].default + 4
    assert manifest("PodDisruptionBudget")["spec"]["minAvailable"] == 1


def test_selectors_find_the_bot() -> None:
    labels = manifest("Deployment")["spec"]["template"]["metadata"]["labels"]
    policies = [one for _, one in OBJECTS if one["kind"] == "NetworkPolicy"]
    chosen = [manifest("Service")["spec"]["selector"]] + [
        one["spec"][key]["matchLabels"]
        for key, one in [
            ("selector", manifest("Deployment")),
            ("selector", manifest("PodDisruptionBudget")),
            *(("podSelector", one) for one in policies),
        ]
    ]
    assert len(chosen) == 5
    assert all(one.items() <= labels.items() for one in chosen)


def test_the_network_is_closed_but_for_what_is_named() -> None:
    policies = [one["spec"] for _, one in OBJECTS if one["kind"] == "NetworkPolicy"]
    assert all(one["policyTypes"] == ["Ingress", "Egress"] for one in policies)
    ports = [rule["ports"] for one in policies for rule in one.get("egress", [])]
    assert sorted({port["port"] for rule in ports for port in rule}) == [53, 443, 5432]
    (ingress,) = [rule for one in policies for rule in one.get("ingress", [])]
    assert [port["port"] for port in ingress["ports"]] == ["http"]
    # Those of every pod of ours, the migration's too: no way to the internet.
    everybody = next(one for one in policies if len(one["podSelector"]["matchLabels"]) == 1)
    assert all("to" in rule for rule in everybody["egress"])
