"""Each setting and command in `deploy/` is one of the bot."""

from __future__ import annotations

import re

import yaml

from bot.settings import Settings
from bot.terminal.cli import main
from tests.deploy.files import DEPLOY, KUBERNETES, compose, instructions, manifest, pods, unit

NAMES = {name.upper() for name in Settings.model_fields}
# Of the platform or of Python, not of the bot.
OTHERS = {"HOME", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def in_systemd() -> set[str]:
    lines = unit()["Environment"] + unit(DEPLOY / "systemd/postgresql.conf")["Environment"]
    named = {pair.split("=")[0] for line in lines for pair in line.split()}
    example = (DEPLOY / "systemd/continuity.env").read_text()
    return named | set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))


def in_kubernetes() -> set[str]:
    named = {one["name"] for pod in pods() for one in pod["containers"][0]["env"]}
    return named | set(
        re.findall(r"^([A-Z_]+)=", (KUBERNETES / "settings.env").read_text(), re.MULTILINE)
    )


def in_compose() -> set[str]:
    services = compose()["services"]
    return {key for name in ("migrate", "bot-1", "bot-2") for key in services[name]["environment"]}


def in_image() -> set[str]:
    (line,) = [line for line in instructions() if line.startswith("ENV ")]
    return set(re.findall(r"(\w+)=", line))


def test_each_setting_is_one_of_the_bot() -> None:
    places = [in_systemd(), in_kubernetes(), in_compose(), in_image()]
    assert all(len(found) >= 4 for found in places)
    for found in places:
        assert {name.removesuffix("_FILE") for name in found - OTHERS} <= NAMES


def test_no_secret_stands_in_the_environment() -> None:
    secret = {
        name.upper()
        for name, field in Settings.model_fields.items()
        if "Secret" in str(field.annotation)
    } | {"DATABASE"}
    assert len(secret) == 7
    # continuity.env names DATABASE for SQLite, where it is a path.
    for found in (in_systemd() - {"DATABASE"}, in_kubernetes(), in_compose(), in_image()):
        assert not secret & found


def test_each_command_is_one_of_the_bot() -> None:
    job = manifest("Job")["spec"]["template"]["spec"]["containers"][0]["args"]
    (default,) = [line for line in instructions() if line.startswith("CMD ")]
    commands = [job, compose()["services"]["migrate"]["command"], yaml.safe_load(default[4:])]
    assert {name for (name,) in commands} == {"migrate", "run"}
    assert {name for (name,) in commands} <= set(main.commands)
