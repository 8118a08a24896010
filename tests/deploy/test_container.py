"""The image and compose.yaml. An image is not built here: that needs an engine and the base image."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.settings import Settings
from bot.slack.inbound.http_server import HttpServer
from tests.deploy.conftest import Run
from tests.deploy.files import COMPOSE, DOCKERFILE, ROOT, compose, instructions, seconds

DRAIN = Settings.model_fields["drain"].default
# Reads every module that the image has, as a start and any command may do.
IMPORT_ALL = """
import importlib, pkgutil, bot
for one in pkgutil.walk_packages(bot.__path__, "bot.", onerror=lambda name: None):
    if one.name != "bot.__main__" and not one.name.startswith("bot.terminal.demo."):
        importlib.import_module(one.name)
"""


TEXTS_FOR_USERS = (
    "from bot.service.user_texts.built_in import built_in_texts; assert len(built_in_texts()) > 4"
)


def image_tree(folder: Path) -> Path:
    """Copy what the Dockerfile copies from the repository; nobody may write there."""
    for line in instructions():
        found = re.fullmatch(r"COPY (?!--from)(.+) (\S+)", line)
        for name in found[1].split() if found else ():
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, symlinks=True)
            else:
                shutil.copy(source, folder / name)
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    return folder


def copied() -> set[str]:
    return {
        name
        for line in instructions()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    }


def test_hadolint_finds_nothing(run: Run) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    run(hadolint, "--no-color", DOCKERFILE)


def test_the_image_has_what_the_bot_needs(tmp_path: Path) -> None:
    folder = image_tree(tmp_path)
    for command in (
        ["app.py", "--version"],
        ["app.py", "--help"],
        ["-c", IMPORT_ALL],
        ["-c", TEXTS_FOR_USERS],
    ):
        done = subprocess.run(  # noqa: S603  # this Python
            [sys.executable, "-B", *command],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    assert (folder / "bot/manifest.yml").read_text() == (ROOT / "manifest.yml").read_text()


def test_the_context_of_the_build_is_what_is_copied_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {line[1:] for line in rules if line.startswith("!")} == copied()


def test_the_image_installs_what_is_pinned_alone_and_is_not_root() -> None:
    text = "\n".join(instructions())
    (installs,) = [line for line in instructions() if "pip install" in line]
    assert "--require-hashes --only-binary :all: -r requirements.txt" in installs
    assert re.search(r"^ARG BASE=python:3\.\d+\.\d+-slim-\w+$", text, re.MULTILINE)
    assert [line for line in instructions() if line.startswith("USER")] == ["USER 10001:10001"]
    assert "--uid 10001 --gid 10001" in text
    entry = next(line for line in instructions() if line.startswith("ENTRYPOINT"))
    assert json.loads(entry.removeprefix("ENTRYPOINT ")) == [".venv/bin/python", "app.py"]


async def test_the_health_check_asks_whether_the_process_lives(tmp_path: Path) -> None:
    line = next(line for line in instructions() if line.startswith("HEALTHCHECK"))
    python, *arguments = json.loads(line[line.index(" CMD ") + 5 :])
    assert python == ".venv/bin/python"
    async with HttpServer("", lambda: False) as server:
        assert await ended(arguments, server.port, tmp_path) == 0
    assert await ended(arguments, server.port, tmp_path) != 0


async def test_compose_waits_until_a_replica_takes_commands(tmp_path: Path) -> None:
    kind, python, *arguments = compose()["services"]["bot-1"]["healthcheck"]["test"]
    assert (kind, python) == ("CMD", ".venv/bin/python")
    ready = False
    async with HttpServer("", lambda: ready) as server:
        arguments[-1] = arguments[-1].replace("3000", str(server.port))
        assert await ended(arguments, server.port, tmp_path) != 0
        ready = True
        assert await ended(arguments, server.port, tmp_path) == 0


async def ended(arguments: list[str], port: int, folder: Path) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=folder,
        env={"PORT": str(port), "HTTP_PROXY": "http://127.0.0.1:9"},
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


def test_docker_compose_understands_the_file(run: Run) -> None:
    text = run(
        *("docker-compose", "--file", COMPOSE, "config"),
        CONTINUITY_VERSION="1.0",
        CONTINUITY_USERNAME="continuity",
    )
    services = yaml.safe_load(text)["services"]
    assert set(services) == {"postgresql", "migrate", "bot-1", "bot-2", "sandbox"}
    assert [name for name, one in services.items() if one.get("profiles")] == ["sandbox"]
    assert services["bot-1"] == services["bot-2"]
    run("docker-compose", "--file", COMPOSE, "config", status=1)


@pytest.mark.parametrize("name", ["postgresql", "migrate", "bot-1", "bot-2", "sandbox"])
def test_each_container_has_no_rights_and_a_read_only_file_system(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in service
    assert "privileged" not in service
    for secret in service.get("secrets", []):
        assert secret in compose()["secrets"]
    for key, value in service["environment"].items():
        if value.startswith("/run/secrets/"):
            assert key.endswith("_FILE")
            assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_a_migration_is_over_before_a_bot_starts_and_follows_a_healthy_database() -> None:
    services = compose()["services"]
    for name in ("bot-1", "bot-2"):
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"}
        }
        assert seconds(services[name]["stop_grace_period"]) > DRAIN + 4
    assert services["migrate"]["depends_on"] == {"postgresql": {"condition": "service_healthy"}}
    assert services["migrate"]["command"] == ["migrate"]
    assert "healthcheck" in services["postgresql"]


def test_postgresql_is_reached_by_bots_and_migration_alone_and_reaches_nobody() -> None:
    assert compose()["networks"]["database"]["internal"] is True
    assert compose()["services"]["postgresql"]["networks"] == ["database"]
    assert compose()["services"]["migrate"]["networks"] == ["database"]


def test_every_image_has_a_version() -> None:
    for service in compose()["services"].values():
        assert re.search(r":(\d+\.\d+|\$\{CONTINUITY_VERSION:\?)", service["image"])


def test_secrets_of_compose_are_not_committed() -> None:
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    for secret in compose()["secrets"].values():
        assert secret["file"].startswith("${SECRETS:-./secrets}/")
