"""The values of the simulated services as JSON of the page."""

from __future__ import annotations

from typing import Any

from sandbox.slack.methods.chat import mimetype
from sandbox.slack.model import (
    Cause,
    Channel,
    Delivery,
    Ephemeral,
    File,
    Message,
    Person,
    Refused,
    Revision,
    Usergroup,
    View,
)
from sandbox.slack.workspace import Workspace

MAX_REVISIONS = 50
"""Of one message, the latest: a progress line is updated hundreds of times."""

SLACKBOT = "USLACKBOT"
"""Who says what Slack itself says."""

_Json = dict[str, Any]


def key_of(item: Message | Ephemeral) -> str:
    """Return the key of a message on the page."""
    return f"{item.channel}:{item.ts}"


def person_json(workspace: Workspace, person: Person, phones: set[str]) -> _Json:
    """Return a person; ``phones`` are the ids of those with a phone on the page."""
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name or person.name,
        "title": person.title,
        "is_bot": person.is_bot,
        "is_restricted": person.is_restricted or person.is_ultra_restricted,
        "is_stranger": person.is_stranger or person.team_id != workspace.team_id,
        "team_id": person.team_id,
        "tz": person.tz,
        "phone": person.id in phones,
        "presence": person.presence,
    }


def channel_json(channel: Channel, app_name: str) -> _Json:
    """Return a channel; direct messages are named for the app."""
    kind = "im" if channel.is_im else "private" if channel.is_private else "channel"
    return {
        "id": channel.id,
        "name": app_name if channel.is_im else channel.name,
        "kind": kind,
        "members": sorted(channel.members),
        "is_ext_shared": channel.is_ext_shared,
        "is_archived": channel.is_archived,
        "topic": channel.topic,
    }


def usergroup_json(group: Usergroup) -> _Json:
    """Return a user group."""
    return {"id": group.id, "handle": group.handle, "users": list(group.users)}


def message_json(item: Message | Ephemeral, bot: str) -> _Json:
    """Return a message, or what one person alone sees; ``bot`` is the id of the app's user."""
    shared: _Json = {
        "key": key_of(item),
        "channel": item.channel,
        "ts": item.ts,
        "text": item.text,
        "blocks": item.blocks,
        "thread_ts": item.thread_ts,
        "deleted": item.deleted,
        "cause": _cause_json(item.cause),
    }
    if isinstance(item, Ephemeral):
        only = [_revision_json(Revision(float(item.ts), item.text, item.blocks, item.cause))]
        return shared | {
            "user": SLACKBOT if item.via == "slack" else bot,
            "edited": False,
            "revisions": only,
            "files": [],
            "only_for": item.user,
            "via": item.via,
        }
    return shared | {
        "user": item.user,
        "edited": item.edited,
        "revisions": [_revision_json(one) for one in item.history[-MAX_REVISIONS:]],
        "files": [file_json(file) for file in item.files],
        "only_for": None,
        "via": "",
    }


def _revision_json(revision: Revision) -> _Json:
    return {
        "time": revision.time,
        "text": revision.text,
        "blocks": revision.blocks,
        "cause": _cause_json(revision.cause),
    }


def _cause_json(cause: Cause | None) -> _Json | None:
    return None if cause is None else cause._asdict()


def file_json(file: File) -> _Json:
    """Return a file without its content."""
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "size": file.size,
        "mimetype": mimetype(file.name),
        "state": file.state,
        "user": file.user,
    }


def view_json(view: View) -> _Json:
    """Return a modal or a Home tab."""
    offered: _Json = {}
    for (block_id, action_id), options in view.offered.items():
        offered.setdefault(block_id, {})[action_id] = options
    return {
        "id": view.id,
        "user": view.user,
        "type": view.type,
        "view": view.view,
        "state": view.state,
        "errors": view.errors,
        "root_id": view.root_id,
        "previous_id": view.previous_id,
        "hash": view.hash,
        "offered": offered,
        "channel": view.channel,
    }


def delivery_json(delivery: Delivery) -> _Json:
    """Return what was sent to the app: pending, or with its answer."""
    return {
        "number": delivery.number,
        "kind": delivery.kind,
        "user": delivery.user,
        "channel": delivery.channel,
        "transport": delivery.transport,
        "status": delivery.status,
        "ack_seconds": delivery.ack_seconds,
        "timed_out": delivery.timed_out,
        "problem": delivery.problem,
        "attempt": delivery.attempt,
        "at": delivery.at,
        "payload": delivery.payload,
        "pending": delivery.pending,
    }


def refused_json(refused: Refused) -> _Json:
    """Return what the app sent and Slack refused."""
    return {
        "number": refused.number,
        "method": refused.method,
        "error": refused.error,
        "messages": refused.messages,
        "at": refused.at,
        "arguments": refused.arguments,
    }
