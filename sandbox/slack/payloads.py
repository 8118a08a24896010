"""The payloads that Slack sends when a person acts (slack-rules.md, "Payloads")."""

from __future__ import annotations

from typing import Any

from sandbox.slack.methods.chat import message_json
from sandbox.slack.modals import view_json
from sandbox.slack.model import Ephemeral, Message, View
from sandbox.slack.workspace import Workspace

VERIFICATION_TOKEN = "sandbox-verification-token"
"""Slack's old shared secret, still part of every payload; it must not be logged."""

_Json = dict[str, Any]


def slash(
    workspace: Workspace,
    user: str,
    channel: str,
    *,
    command: str,
    text: str,
    team_id: str | None,
    api_app_id: str | None,
) -> _Json:
    """A slash command, without its trigger and response URL."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team_id or workspace.team_id,
        "team_domain": "home",
        "channel_id": channel,
        "channel_name": _channel_name(workspace, channel),
        "user_id": user,
        "user_name": _person_name(workspace, user),
        "command": command,
        "text": text,
        "api_app_id": api_app_id or workspace.app_id,
        "is_enterprise_install": "false",
        **_enterprise_fields(workspace),
    }


def click(
    workspace: Workspace,
    user: str,
    channel: str,
    ts: str,
    *,
    item: Message | Ephemeral | None,
    action: _Json,
    state: _Json,
    team_id: str | None,
    api_app_id: str | None,
) -> _Json:
    """A click in a message, without its trigger and response URL. A forged one may have no
    message."""
    place = workspace.channels.get(channel)
    payload = {
        "type": "block_actions",
        **_actor(workspace, user, team_id, api_app_id),
        "container": {
            "type": "message",
            "message_ts": ts,
            "channel_id": channel,
            "is_ephemeral": isinstance(item, Ephemeral),
        },
        "channel": {"id": channel, "name": place.name if place else channel.lower()},
        "state": {"values": state},
        "actions": [action],
    }
    if item is not None and item.thread_ts:
        payload["container"]["thread_ts"] = item.thread_ts
    if isinstance(item, Message):
        payload["message"] = message_json(workspace, item)
    return payload


def view_click(workspace: Workspace, user: str, view: View, action: _Json) -> _Json:
    """A click in a modal or Home tab, without its trigger; there is no response URL."""
    return {
        "type": "block_actions",
        **_actor(workspace, user, None, None),
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(workspace, view, view.values),
        "actions": [action],
    }


def home_opened(workspace: Workspace, user: str, tab: str) -> _Json:
    """An `app_home_opened` event for the tab `home` or `messages`; that of the Home tab has the
    view that is published, if any (docs.slack.dev/reference/events/app_home_opened)."""
    event: _Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": workspace.direct_channel(user).id,
        "event_ts": workspace.next_ts(),
        "tab": tab,
    }
    if tab == "home" and user in workspace.homes:
        event["view"] = view_json(workspace, workspace.homes[user])
    return event_callback(workspace, event)


def submission(workspace: Workspace, user: str, view: View, values: _Json) -> _Json:
    """A submitted modal, without its trigger."""
    return {
        "type": "view_submission",
        **_actor(workspace, user, None, None),
        "view": view_json(workspace, view, values),
        "response_urls": [],
    }


def closed(workspace: Workspace, user: str, view: View, *, is_cleared: bool) -> _Json:
    """A modal that the person closed; ``is_cleared`` if all of its stack are."""
    return {
        "type": "view_closed",
        **_actor(workspace, user, None, None),
        "view": view_json(workspace, view),
        "is_cleared": is_cleared,
    }


def suggestion(
    workspace: Workspace, user: str, view: View, block_id: str, action_id: str, text: str
) -> _Json:
    """What a person typed in an external select. There is no trigger, and the view comes without
    what its other elements hold: slackapi/bolt-js#1146."""
    return {
        "type": "block_suggestion",
        **_actor(workspace, user, None, None),
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(workspace, view),
        "block_id": block_id,
        "action_id": action_id,
        "value": text,
    }


def message_action(
    workspace: Workspace, user: str, channel: str, message: Message, callback_id: str
) -> _Json:
    """A shortcut that was chosen at a message, without its trigger and response URL."""
    shown = message_json(workspace, message)
    if workspace.thread(channel, message.ts):
        shown["thread_ts"] = message.ts
    return {
        "type": "message_action",
        **_actor(workspace, user, None, None),
        "callback_id": callback_id,
        "action_ts": workspace.next_ts(),
        "message_ts": message.ts,
        "message": shown,
        "channel": {"id": channel, "name": _channel_name(workspace, channel)},
    }


def shortcut(workspace: Workspace, user: str, callback_id: str) -> _Json:
    """A global shortcut that was chosen from Slack's menu, without its trigger."""
    return {
        "type": "shortcut",
        **_actor(workspace, user, None, None),
        "callback_id": callback_id,
        "action_ts": workspace.next_ts(),
    }


def mention(workspace: Workspace, message: Message) -> _Json:
    """An `app_mention` event for a message."""
    event: _Json = {
        "type": "app_mention",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "channel": message.channel,
        "event_ts": f"{message.history[-1].time:.6f}" if message.edited else message.ts,
        "team": workspace.team_id,
    }
    if message.thread_ts:
        event["thread_ts"] = message.thread_ts
    if message.edited:
        event["edited"] = {"user": message.user, "ts": event["event_ts"]}
    return event_callback(workspace, event)


def event_callback(workspace: Workspace, event: _Json) -> _Json:
    """The payload around an event of any type."""
    place = workspace.channels.get(event["channel"])
    authorization = {
        "enterprise_id": workspace.enterprise_id or None,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{workspace.next_number()}",
        "event_time": int(workspace.clock()),
        "authorizations": [authorization],
        "is_ext_shared_channel": bool(place and place.is_ext_shared),
    }


def _actor(workspace: Workspace, user: str, team_id: str | None, api_app_id: str | None) -> _Json:
    person = workspace.people.get(user)
    name = _person_name(workspace, user)
    own_team = person.team_id if person else workspace.team_id
    return {
        "user": {"id": user, "username": name, "name": name, "team_id": team_id or own_team},
        "team": {"id": team_id or workspace.team_id, "domain": "home"},
        "api_app_id": api_app_id or workspace.app_id,
        "token": VERIFICATION_TOKEN,
        "enterprise": _enterprise(workspace),
        "is_enterprise_install": False,
    }


def _enterprise(workspace: Workspace) -> _Json | None:
    return {"id": workspace.enterprise_id, "name": "Group"} if workspace.enterprise_id else None


def _enterprise_fields(workspace: Workspace) -> _Json:
    if not workspace.enterprise_id:
        return {}
    return {"enterprise_id": workspace.enterprise_id, "enterprise_name": "Group"}


def _person_name(workspace: Workspace, user: str) -> str:
    person = workspace.people.get(user)
    return person.name if person else user.lower()


def _channel_name(workspace: Workspace, channel: str) -> str:
    """Return the channel's name as a slash command has it: that of a private one is hidden."""
    place = workspace.channels.get(channel)
    if place is None:
        return channel.lower()
    if place.is_im:
        return "directmessage"
    return "privategroup" if place.is_private else place.name
