"""Every operation of the API is in the client, in Slack, at the terminal, in the sandbox and in the docs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.continuity.client import ContinuityClient
from bot.continuity.urls import OPERATIONS, Operation
from bot.domain.commands import Command
from bot.domain.scope import Flag
from bot.grammar import COMMANDS, parse
from bot.ports import ContinuityApi
from bot.slack.features import FEATURES
from bot.slack.views.modals.flag import FlagFileModal
from bot.terminal.exec.handlers import CHANGES, EXPORTS, PROMPTS, QUERIES
from sandbox.continuity import ContinuitySandbox

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"

# The command that leads to each, as it is typed in Slack and behind `exec`.
BY_COMMAND = {
    "count users": "status 44444",
    "list users": "users 44444",
    "bulk update": "import 44444",
    "bulk delete": "purge 44444",
    "set customer flag": "failover on 44444",
    "remove customer flag": "access off 44444",
    "show user": "user show 44444 jo@example.com",
    "update user": "user edit 44444 jo@example.com",
    "delete user": "user delete 44444 jo@example.com",
    "set user flag": "failover on 44444 jo@example.com",
    "remove user flag": "failover off 44444 jo@example.com",
    "request token": "token 44444 jo@example.com",
    "set password": "password jo@example.com",
}
NAMES = [operation.name for operation in OPERATIONS]
EACH = pytest.mark.parametrize("operation", OPERATIONS, ids=NAMES)


def command(operation: Operation) -> Command:
    return parse(BY_COMMAND[operation.name])


def test_the_list_of_commands_holds_every_operation_once() -> None:
    assert list(BY_COMMAND) == NAMES
    assert len(set(NAMES)) == 13


@EACH
def test_it_is_in_the_port_and_in_the_client(operation: Operation) -> None:
    assert callable(getattr(ContinuityApi, operation.port))
    assert callable(getattr(ContinuityClient, operation.port))


@EACH
def test_slack_answers_its_command(operation: Operation) -> None:
    assert type(command(operation)) in FEATURES.commands


def test_slack_answers_the_commands_that_take_a_file() -> None:
    assert FlagFileModal.callback_id in FEATURES.views


@EACH
def test_the_terminal_takes_its_command(operation: Operation) -> None:
    asked = type(command(operation))
    assert asked in CHANGES | QUERIES | EXPORTS | PROMPTS


@EACH
def test_it_is_documented(operation: Operation) -> None:
    described = yaml.safe_load((DOCS / "continuity-openapi.yaml").read_text(encoding="utf-8"))
    paths: dict[str, Any] = described["paths"]
    for flag in Flag:  # each has a path of its own there: no tool tells `{FLAG}` from `{USER}`
        assert operation.method.lower() in paths[operation.path.replace("{FLAG}", flag.value)]
    assert f"`{operation.method} {operation.path}`" in (DOCS / "continuity-api.md").read_text(
        encoding="utf-8"
    )
    title = next(
        title
        for title in sorted(COMMANDS, key=len, reverse=True)
        if BY_COMMAND[operation.name].startswith(f"{title} ")
    )
    assert f"## `{title}`" in (DOCS / "commands.md").read_text(encoding="utf-8")


BODIES: dict[str, Any] = {
    "bulk update": {"users": [{"user": "user0001@example.com", "displayName": "Jo"}]},
    "update user": {"displayName": "Jo"},
}


@EACH
async def test_the_sandbox_does_it(operation: Operation) -> None:
    async with ContinuitySandbox() as sandbox, httpx.AsyncClient(trust_env=False) as client:
        sandbox.add_customer("44444", users=2)
        named = {"{CUSTOMER}": "44444", "{USER}": "user0001@example.com", "{FLAG}": "access"}
        path = re.sub(r"{\w+}", lambda found: named[found[0]], operation.path)
        body = BODIES.get(operation.name)
        account: Any = ("continuity", "sandbox-password")
        if operation.name == "set password":
            url = f"{sandbox.url.rstrip('/')}/44444/user0001@example.com/token"
            token = (await client.post(url, auth=account)).json()["token"]
            body, account = {"token": token, "password": "Abcdef12"}, None

        answer = await client.request(
            operation.method, f"{sandbox.url.rstrip('/')}{path}", json=body, auth=account
        )

        assert answer.status_code == 200, answer.text
