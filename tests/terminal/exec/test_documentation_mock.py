"""A first try at the terminal against a mock of the vendor's documentation: every operation, and what one sees."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result

from bot.continuity.urls import OPERATIONS
from sandbox.continuity import DocumentationMock
from sandbox.continuity.mock import EXAMPLE_USER
from tests.terminal.exec.conftest import ADMIN, APPROVER, SECOND, ExecRunner

JO = EXAMPLE_USER
NOT_VERIFIED = "ACCEPTED BY THE API, NOT VERIFIED · "
NOT_SEEN = "ACCEPTED, NOT YET SEEN"
SAID = ("--approved-by", APPROVER, "--yes")
SECRET = "Correct1Horse"  # made up


@dataclass(frozen=True)
class Case:
    """A command, how it ends, what is told, and what reached the API."""

    command: str
    status: int
    told: tuple[str, ...]
    sent: str
    options: tuple[str, ...] = SAID
    typed: str = ""


CASES = {
    "count users": Case("status 44444", 0, ("Number of users not known.",), "HEAD /44444", ()),
    "list users": Case("users 44444", 0, (JO,), "GET /44444", ()),
    "show user": Case(f"user show 44444 {JO}", 0, ("not told",), f"GET /44444/{JO}", ()),
    "set customer flag": Case(
        "failover on 44444 --reason try",
        0,
        (f"{NOT_VERIFIED}FAILOVER ON", "API id string at string", "It cannot be verified"),
        "PUT /44444/failover",
    ),
    "remove customer flag": Case(
        "access off 44444 --reason try",
        0,
        (f"{NOT_VERIFIED}ACCESS OFF", "Look into the portal."),
        "DELETE /44444/access",
    ),
    "set user flag": Case(
        f"failover on 44444 {JO} --reason try",
        0,
        (f"{NOT_VERIFIED}FAILOVER ON", "this API does not tell the flag of this user."),
        f"PUT /44444/{JO}/failover",
    ),
    "remove user flag": Case(
        f"failover off 44444 {JO} --reason try",
        0,
        (f"{NOT_VERIFIED}FAILOVER OFF",),
        f"DELETE /44444/{JO}/failover",
    ),
    # What a mock does not keep looks like what is not visible yet: a person decides after SETTLE.
    "update user": Case(
        f"user edit 44444 {JO} --reason try",
        4,
        (NOT_SEEN, "NEEDS A PERSON", "not seen within 2 s"),
        f"PUT /44444/{JO}",
        (*SAID, "--set", "displayName=Jo"),
    ),
    "delete user": Case(
        f"user delete 44444 {JO} --reason try",
        4,
        (NOT_SEEN, "NEEDS A PERSON", "still there"),
        f"DELETE /44444/{JO}",
        ("--approved-by", APPROVER),
        f"{JO}\n",
    ),
    "bulk update": Case(
        "import 44444 --reason try", 4, (NOT_SEEN, "NEEDS A PERSON"), "PUT /44444", SAID
    ),
    "bulk delete": Case(
        "purge 44444 --access off --reason try",
        1,
        ("Not counted, so nobody can decide it.",),
        "HEAD /44444",
        ("--approved-by", APPROVER, "--approved-by", SECOND),
    ),
    "request token": Case(
        f"token 44444 {JO} --notify --reason try", 0, ("APPLIED · TOKEN BY MAIL",), f"POST /44444/{JO}/token"
    ),
    "set password": Case(
        f"password {JO}", 0, (), f"PUT /{JO}/password", (), f"token\n{SECRET}\n{SECRET}\n"
    ),
}  # fmt: skip


@pytest.fixture(params=[0, None], ids=["counts 0", "counts nothing"])
def mock(
    runner: ExecRunner,
    loop: asyncio.AbstractEventLoop,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[DocumentationMock]:
    made = DocumentationMock(count=request.param)
    asyncio.run_coroutine_threadsafe(made.start(), loop).result(10)
    runner.slack.down = True
    for name, value in (
        ("CONTINUITY_URL", made.url),
        ("SETTLE", "2"),
        ("ALLOW_PASSWORD_COMMAND", "true"),
    ):
        monkeypatch.setenv(name, value)
    yield made
    asyncio.run_coroutine_threadsafe(made.stop(), loop).result(10)


def given(runner: ExecRunner, case: Case, tmp_path: Path) -> Result:
    options = [*case.options]
    if case.command.startswith("import"):
        rows = tmp_path / "users.csv"
        rows.write_text(f"user;displayName\n{JO};Jo\n")
        options += ["--file", str(rows)]
    if case.command.startswith("purge"):
        options += ["--export", str(tmp_path / "gone.csv")]
    return runner(case.command, *options, typed=case.typed, person=ADMIN)


def test_every_operation_is_tried() -> None:
    assert {*CASES} == {operation.name for operation in OPERATIONS}


@pytest.mark.parametrize("name", CASES)
def test_what_one_sees(
    mock: DocumentationMock,
    runner: ExecRunner,
    tmp_path: Path,
    name: str,
) -> None:
    case = CASES[name]
    result = given(runner, case, tmp_path)
    assert (result.exit_code, [one for one in case.told if one not in result.output]) == (
        case.status,
        [],
    ), result.output
    assert "FAILED ·" not in result.output
    seen = [f"{one.method} {one.path}" for one in mock.requests]
    assert case.sent in seen, seen
    writes = [line for line in seen if line.split()[0] not in ("HEAD", "GET")]
    assert writes == ([case.sent] if case.sent in writes else [])
