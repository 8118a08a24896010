"""The app manifest asks for what the code uses, and for nothing more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent

# Scopes a bot token needs for each Web API method the bot calls (Slack's page of the method).
METHOD_SCOPES: dict[str, frozenset[str]] = {
    "auth.test": frozenset(),
    "bots.info": frozenset({"users:read"}),
    "users.info": frozenset({"users:read"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
    "conversations.info": frozenset({"channels:read", "groups:read"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "views.open": frozenset(),
}
COMMAND_SCOPES = {"/continuity": "commands"}
EVENT_SCOPES = {"app_mention": "app_mentions:read"}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_it_is_a_manifest_of_version_2_with_these_parts_only(manifest: dict[str, Any]) -> None:
    assert manifest["_metadata"] == {"major_version": 2}
    assert set(manifest) == {
        "_metadata",
        "display_information",
        "features",
        "oauth_config",
        "settings",
    }
    assert manifest["display_information"]["name"] == "Continuity"
    assert manifest["features"]["bot_user"]["display_name"] == "Continuity"


def test_bot_scopes_are_exactly_those_of_methods_command_and_events(
    manifest: dict[str, Any],
) -> None:
    needed = frozenset().union(*METHOD_SCOPES.values())
    needed |= set(COMMAND_SCOPES.values()) | set(EVENT_SCOPES.values())
    scopes = manifest["oauth_config"]["scopes"]
    assert set(scopes) == {"bot"}
    assert sorted(scopes["bot"]) == sorted(needed)


def test_the_one_command_escapes_mentions_so_that_ids_arrive(manifest: dict[str, Any]) -> None:
    commands = manifest["features"]["slash_commands"]
    assert [command["command"] for command in commands] == list(COMMAND_SCOPES)
    assert commands[0]["should_escape"] is True
    assert commands[0]["usage_hint"]
    assert "url" not in commands[0]


def test_settings_are_socket_mode_with_buttons_and_one_event(manifest: dict[str, Any]) -> None:
    assert manifest["settings"] == {
        "event_subscriptions": {"bot_events": list(EVENT_SCOPES)},
        "interactivity": {"is_enabled": True},
        "org_deploy_enabled": False,
        "socket_mode_enabled": True,
        "token_rotation_enabled": False,
    }
