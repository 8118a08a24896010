"""The app manifest asks for what the code uses, and for nothing more."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import aiohttp
import pytest
import yaml
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.features import FEATURES
from sandbox.slack import SlackSandbox

ROOT = Path(__file__).resolve().parent.parent

# The scopes that a bot token needs for each Web API method, from "Scopes" on the method's page,
# docs.slack.dev/reference/methods/<method>.
METHOD_SCOPES: dict[str, frozenset[str]] = {
    "apps.connections.open": frozenset(),  # the app-level token's connections:write
    "auth.test": frozenset(),
    "blocks.validate": frozenset(),
    "bots.info": frozenset({"users:read"}),
    "chat.delete": frozenset({"chat:write"}),
    "chat.getPermalink": frozenset(),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),  # to a user id, too: im:write is for opening
    "chat.update": frozenset({"chat:write"}),
    "conversations.info": frozenset(
        {"channels:read", "groups:read"}
    ),  # an incident is never in a DM
    "conversations.members": frozenset({"channels:read", "groups:read"}),
    "conversations.open": frozenset({"im:write"}),
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.delete": frozenset({"files:write"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "files.info": frozenset({"files:read"}),
    "usergroups.list": frozenset({"usergroups:read"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
    "users.getPresence": frozenset({"users:read"}),
    "users.info": frozenset({"users:read"}),
    "views.open": frozenset(),
    "views.publish": frozenset(),
    "views.update": frozenset(),
}
# The same for events, from docs.slack.dev/reference/events/<event>.
EVENT_SCOPES: dict[str, frozenset[str]] = {
    "app_home_opened": frozenset(),
    "app_mention": frozenset({"app_mentions:read"}),
}
COMMANDS_SCOPE = "commands"

# What Slack's schema of a manifest allows, of the parts that this one has: the longest text, or None
# for a boolean. A list stands for one or more of its element.
SCHEMA: dict[str, Any] = {
    "_metadata": {"major_version": 2},
    "display_information": {"name": 35, "description": 140},
    "features": {
        "app_home": {
            "home_tab_enabled": None,
            "messages_tab_enabled": None,
            "messages_tab_read_only_enabled": None,
        },
        "bot_user": {"display_name": 80, "always_online": None},
        "slash_commands": [
            {"command": 32, "description": 2000, "usage_hint": 1000, "should_escape": None}
        ],
        "shortcuts": [{"name": 24, "type": 7, "callback_id": 255, "description": 150}],
    },
    "oauth_config": {"scopes": {"bot": [50]}},
    "settings": {
        "event_subscriptions": {"bot_events": [50]},
        "interactivity": {"is_enabled": None},
        "org_deploy_enabled": None,
        "socket_mode_enabled": None,
        "token_rotation_enabled": None,
    },
}


class Module(NamedTuple):
    """A module of the bot: the tree of its source, and what its names stand for."""

    tree: ast.Module
    names: ModuleType


def modules() -> Iterator[Module]:
    """Every module that may speak to Slack."""
    paths = [ROOT / "bot/bootstrap.py", *sorted((ROOT / "bot/terminal/doctor").rglob("*.py"))]
    for path in [*paths, *sorted((ROOT / "bot/slack").rglob("*.py"))]:
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        yield Module(ast.parse(path.read_text(encoding="utf-8")), importlib.import_module(dotted))


def methods_of_the_client() -> dict[str, str]:
    """The Web API method behind each function of the SDK's client, read from the SDK itself."""
    found = {}
    for name, function in inspect.getmembers(AsyncWebClient, inspect.isfunction):
        called = re.findall(r"api_call\(\s*\"([\w.]+)\"", inspect.getsource(function))
        if len(called) == 1:
            found[name] = called[0]
    return found


def methods_used() -> frozenset[str]:
    """The Web API methods that the bot's code mentions, called or handed on."""
    client = methods_of_the_client()
    nodes = [node for module in modules() for node in ast.walk(module.tree)]
    mentioned = [
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node) != "super().api_call"
    ]
    named = [
        str(node.args[0].value)
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "api_call"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert mentioned.count("api_call") == len(named), "the name of a method cannot be read here"
    return frozenset(client[name] for name in {*mentioned} & client.keys()).union(named)


# What the manifest names one by one; buttons and modals are switched on as a whole.
NAMED = {"command", "event"}


def listeners() -> dict[str, list[str]]:
    """What the bot's code registers at Bolt: the kind of listener, and what each listens to."""
    kinds = {
        name
        for name, function in inspect.getmembers(AsyncApp, inspect.isfunction)
        if "matchers" in inspect.signature(function).parameters
    }
    found: dict[str, list[str]] = {}
    for module in modules():
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "app"
                and node.func.attr in kinds
            ):
                kind, value = node.func.attr, ast.unparse(node.args[0])
                if kind in NAMED:
                    value = str(meant(node.args[0], module.names))
                found.setdefault(kind, []).append(value)
    return found


def meant(node: ast.expr, names: object) -> object:
    """What an argument stands for: a constant, or the name of one."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Attribute):
        return getattr(meant(node.value, names), node.attr)
    assert isinstance(node, ast.Name), f"cannot tell what {ast.unparse(node)} is"
    return getattr(names, node.id)


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def faults(value: object, allowed: Any, at: str = "manifest") -> Iterator[str]:
    """What of a part of the manifest is missing, unknown, of another type, or too long."""
    if isinstance(allowed, dict):
        there = value if isinstance(value, dict) else {}
        yield from (f"{at}.{key} is not known" for key in there.keys() - allowed.keys())
        for key, part in allowed.items():
            yield from faults(there.get(key), part, f"{at}.{key}")
    elif isinstance(allowed, list):
        items = value if isinstance(value, list) else []
        if not items or len(items) != len({repr(item) for item in items}):
            yield f"{at} needs one or more, each once"
        for number, item in enumerate(items):
            yield from faults(item, allowed[0], f"{at}.{number}")
    elif allowed is None:
        if not isinstance(value, bool):
            yield f"{at} is true or false"
    elif at.endswith("major_version"):
        if value != allowed:
            yield f"{at} is {allowed}"
    elif not isinstance(value, str) or not 1 <= len(value) <= allowed:
        yield f"{at} is a text of 1 to {allowed} characters"


def test_it_has_the_form_that_slack_expects(manifest: dict[str, Any]) -> None:
    assert list(faults(manifest, SCHEMA)) == []
    assert re.fullmatch(r"/[a-z]+", manifest["features"]["slash_commands"][0]["command"])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"extra": 1}, "manifest.extra is not known"),
        ({"_metadata": {"major_version": 1}}, "manifest._metadata.major_version is 2"),
        (
            {"display_information": {"name": "x" * 36, "description": "y"}},
            "manifest.display_information.name is a text of 1 to 35 characters",
        ),
        (
            {"oauth_config": {"scopes": {"bot": ["commands", "commands"]}}},
            "manifest.oauth_config.scopes.bot needs one or more, each once",
        ),
    ],
)
def test_another_form_is_seen(manifest: dict[str, Any], change: dict[str, Any], fault: str) -> None:
    assert list(faults(manifest | change, SCHEMA)) == [fault]


def test_the_code_is_read_as_it_is_written() -> None:
    """Were nothing found in the code, nothing would be compared below."""
    assert {"auth.test", "chat.postMessage", "chat.update", "users.info"} <= methods_used()
    assert {"command", "event", "action"} <= listeners().keys()


def test_each_method_used_has_its_scopes_in_the_table() -> None:
    assert methods_used() <= METHOD_SCOPES.keys()
    assert set(listeners()["event"]) <= EVENT_SCOPES.keys()


def test_bot_scopes_are_exactly_those_of_methods_command_and_events(
    manifest: dict[str, Any],
) -> None:
    needed = {COMMANDS_SCOPE}
    needed |= {scope for method in methods_used() for scope in METHOD_SCOPES[method]}
    needed |= {scope for event in listeners()["event"] for scope in EVENT_SCOPES[event]}
    assert sorted(manifest["oauth_config"]["scopes"]["bot"]) == sorted(needed)


def test_the_commands_are_those_that_are_listened_to_and_mentions_arrive_as_ids(
    manifest: dict[str, Any],
) -> None:
    commands = manifest["features"]["slash_commands"]
    assert sorted(command["command"] for command in commands) == sorted(listeners()["command"])
    assert all(command["should_escape"] for command in commands)


def test_the_shortcuts_are_those_that_features_declare(manifest: dict[str, Any]) -> None:
    shortcuts = manifest["features"]["shortcuts"]
    assert sorted(one["callback_id"] for one in shortcuts) == sorted(FEATURES.shortcuts)
    assert {one["type"] for one in shortcuts} == {"global", "message"}
    assert len(shortcuts) <= 5 + 5, "Slack takes five global and five message shortcuts"


def test_the_events_are_those_that_are_listened_to(manifest: dict[str, Any]) -> None:
    subscribed = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(subscribed) == sorted(listeners()["event"])
    assert "message" not in listeners(), "message events are subscribed to under other names"


def test_buttons_and_modals_are_on_where_they_are_listened_to(manifest: dict[str, Any]) -> None:
    used = bool({"action", "view", "options", "shortcut"} & listeners().keys())
    assert manifest["settings"]["interactivity"] == {"is_enabled": used}
    assert ("shortcuts" in manifest["features"]) == ("shortcut" in listeners())


def test_the_app_can_write_to_a_person_who_cannot_write_back(manifest: dict[str, Any]) -> None:
    """Without the Messages tab, `chat.postMessage` to a person is refused: messages_tab_disabled."""
    home = manifest["features"]["app_home"]
    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is True, "nobody listens to what is typed there"
    assert home["home_tab_enabled"] is ("views.publish" in methods_used())


def test_the_app_does_not_look_online_while_it_is_down(manifest: dict[str, Any]) -> None:
    """Slack draws what is always online as such; who sets a presence needs `users:write`."""
    assert manifest["features"]["bot_user"]["always_online"] is False


def test_tokens_are_of_one_workspace_and_do_not_rotate(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["settings"]["org_deploy_enabled"] is False
    assert manifest["settings"]["token_rotation_enabled"] is False


def test_the_simulated_workspace_grants_what_the_manifest_asks_for_and_no_more(
    manifest: dict[str, Any],
) -> None:
    """So every scenario fails where the bot needs a scope that an installed app would not have."""
    granted = SlackSandbox().scopes.split(",")
    assert sorted(granted) == sorted(manifest["oauth_config"]["scopes"]["bot"])


def test_the_docs_say_what_each_scope_is_for(manifest: dict[str, Any]) -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    table = text.partition("| scope | for |")[2].partition("\n\n")[0]
    told = [
        name
        for row in table.splitlines()[2:]
        for name in re.findall(r"`([a-z_:]+)`", row[: row.index("|", 1)])
    ]
    assert sorted(told) == sorted(manifest["oauth_config"]["scopes"]["bot"])


async def error_of(slack: SlackSandbox, method: str) -> str:
    """What the simulated Slack says to a call with arguments for every method."""
    arguments = {"channel": "C0INCIDENT", "user": "U0NOBODY", "bot": "B0NONE", "users": "U0NOBODY"}
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with aiohttp.ClientSession() as session:
        post = session.post(f"{slack.api_url}{method}", json=arguments, headers=headers)
        async with post as response:
            told = await response.json()
    return str(told.get("error", ""))


@pytest.mark.parametrize("method", sorted(methods_used()))
async def test_the_simulated_slack_has_each_method_used_behind_its_scopes(method: str) -> None:
    async with SlackSandbox() as slack:
        slack.add_channel("C0INCIDENT", "incident")
        assert await error_of(slack, method) not in {"unknown_method", "missing_scope"}
        slack.scopes = ""
        refused = await error_of(slack, method) == "missing_scope"
    assert refused == bool(METHOD_SCOPES[method])
