"""The systemd unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings
from tests.deploy.conftest import Run
from tests.deploy.files import DEPLOY, ROOT, UNIT, unit

INSTALLED = "/opt/continuity"
PYTHON = f"{INSTALLED}/.venv/bin/python"


def installed(folder: Path) -> Path:
    """Return the unit with its drop-in, as it would be installed there."""
    python = folder / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.touch(mode=0o755)
    file = folder / UNIT.name
    file.write_text(UNIT.read_text().replace(INSTALLED, str(folder)))
    drop_in = folder / f"{UNIT.name}.d"
    drop_in.mkdir()
    (drop_in / "postgresql.conf").write_text((UNIT.parent / "postgresql.conf").read_text())
    return file


def test_systemd_takes_each_line_of_it(run: Run, tmp_path: Path) -> None:
    assert run("systemd-analyze", "verify", installed(tmp_path)) == ""


def test_its_exposure_is_below_two(run: Run, tmp_path: Path) -> None:
    run(*("systemd-analyze", "security", "--offline=true", "--threshold=19", installed(tmp_path)))


def test_it_starts_the_bot_again_and_waits_for_its_end() -> None:
    assert unit()["ExecStart"] == [f"{PYTHON} {INSTALLED}/app.py run"]
    assert unit()["Restart"] == ["always"]
    assert int(unit()["TimeoutStopSec"][0]) > Settings.model_fields["drain"].default + 4


@pytest.mark.parametrize("file", [UNIT, UNIT.parent / "postgresql.conf"], ids=lambda one: one.name)
def test_each_credential_is_handed_on_as_a_file(file: Path) -> None:
    found = unit(file)
    loaded = {line.split(":")[0]: line.split(":")[1] for line in found["LoadCredential"]}
    set_to = dict(line.split("=") for line in found["Environment"] if "%d" in line)
    assert set_to == {f"{name.upper()}_FILE": f"%d/{name}" for name in loaded}
    assert all(path == f"/etc/continuity/credentials/{name}" for name, path in loaded.items())


def test_the_command_beside_it_runs_as_the_unit_does() -> None:
    text = (DEPLOY / "systemd/continuity-command").read_text()
    told = unit()
    assert f"--uid={told['User'][0]} --gid={told['Group'][0]}" in text
    assert f"--working-directory={told['WorkingDirectory'][0]}" in text
    assert f"EnvironmentFile={told['EnvironmentFile'][0]}" in text
    assert told["ExecStart"][0].removesuffix("run") + '"$@"' in text


def test_its_documentation_is_there() -> None:
    (path,) = [
        line.removeprefix(f"Documentation=file://{INSTALLED}/")
        for line in UNIT.read_text().splitlines()
        if line.startswith("Documentation=")
    ]
    assert (ROOT / path).is_file()


def test_the_command_hands_on_each_credential(run: Run, tmp_path: Path) -> None:
    """What it asks of systemd-run; no systemd carries it out here."""
    credentials, programs = tmp_path / "credentials", tmp_path / "bin"
    credentials.mkdir()
    programs.mkdir()
    for name in ("database", "slack_bot_token"):
        (credentials / name).touch()
    recorder = programs / "systemd-run"
    recorder.write_text('#!/bin/bash\nprintf "%s\\n" "$@"\n')
    recorder.chmod(0o755)
    command = tmp_path / "continuity-command"
    text = (UNIT.parent / "continuity-command").read_text()
    command.write_text(text.replace("/etc/continuity/credentials", str(credentials)))

    asked = run("bash", command, "role", "list", PATH=f"{programs}:/usr/bin:/bin").splitlines()

    (service,) = [one.removeprefix("--unit=") for one in asked if one.startswith("--unit=")]
    for name in ("database", "slack_bot_token"):
        assert f"--property=LoadCredential={name}:{credentials}/{name}" in asked
        assert f"--setenv={name.upper()}_FILE=/run/credentials/{service}/{name}" in asked
    assert asked[-4:] == [PYTHON, f"{INSTALLED}/app.py", "role", "list"]
