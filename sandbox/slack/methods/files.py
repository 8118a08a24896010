"""Web API methods of files: upload in three steps, look up, delete
(docs.slack.dev/reference/methods)."""

from __future__ import annotations

import re
from typing import Any

from sandbox.slack.blocks.json_field import decoded
from sandbox.slack.methods.chat import file_json, open_channel
from sandbox.slack.methods.directory import Answer, Payload
from sandbox.slack.model import File, Refusal
from sandbox.slack.workspace import Workspace

_PLACE = re.compile(r"[CGDZ][A-Z0-9]+")


def get_upload_url(workspace: Workspace, payload: Payload) -> Answer:
    """`files.getUploadURLExternal`: the first step. An empty file is a missing argument."""
    name, length = str(payload.get("filename") or ""), str(payload.get("length") or "")
    if not name or not length or length == "0":
        raise Refusal("missing_argument")
    if not length.isdecimal():
        raise Refusal("invalid_arguments", "[ERROR] must be an integer [json-pointer:/length]")
    file = add_file(workspace, name, workspace.bot_user_id, int(length))
    return {"upload_url": f"{workspace.base_url}upload/v1/{file.id}", "file_id": file.id}


def complete_upload(workspace: Workspace, payload: Payload) -> Answer:
    """`files.completeUploadExternal`: the last step, once for each file. Shared as the bot's
    message.

    ``channel_id`` takes no person (slackapi/bolt-js#2115); ``channels`` does.
    """
    files = [_uploaded(workspace, entry) for entry in _entries(payload.get("files"))]
    channels = _places(payload)
    places = {open_channel(workspace, {"channel": one}).id for one in channels}
    if payload.get("thread_ts") and len(places) != 1:
        raise Refusal("invalid_arguments", "[ERROR] only one channel with thread_ts")
    text, thread_ts = str(payload.get("initial_comment") or ""), payload.get("thread_ts") or None
    for file, title in files:
        file.title = title
    for place in sorted(places):
        shared = [file for file, _ in files]
        message = workspace.post(
            place, workspace.bot_user_id, text, thread_ts=thread_ts, files=shared
        )
        for file in shared:
            file.shares[place] = message.ts
    for file, _ in files:
        file.state = "complete"
    return {"files": [{"id": file.id, "title": file.title or file.name} for file, _ in files]}


def info(workspace: Workspace, payload: Payload) -> Answer:
    """`files.info`: a file that was completed."""
    return {"file": file_json(workspace, _complete(workspace, payload)), "comments": []}


def delete(workspace: Workspace, payload: Payload) -> Answer:
    """`files.delete`: the bot's own file; the message that shared it stays."""
    file = _complete(workspace, payload)
    if file.user != workspace.bot_user_id:
        raise Refusal("cant_delete_file")
    file.state, file.content = "deleted", b""
    for channel, ts in file.shares.items():
        if message := workspace.message(channel, ts):
            workspace.changed("updated", message)
    return {}


def add_file(workspace: Workspace, name: str, user: str, size: int) -> File:
    """Add a file whose content is not uploaded yet."""
    file = File(f"F0{workspace.next_number():06d}", name, user, size)
    workspace.files[file.id] = file
    return file


def _complete(workspace: Workspace, payload: Payload) -> File:
    file = workspace.files.get(str(payload.get("file")))
    if file is None or file.state in {"promised", "uploaded"}:
        raise Refusal("file_not_found")
    if file.state == "deleted":
        raise Refusal("file_deleted")
    return file


def _entries(value: Any) -> list[dict[str, Any]]:
    entries = decoded(value)
    if (
        not isinstance(entries, list)
        or not entries
        or not all(isinstance(e, dict) for e in entries)
    ):
        raise Refusal("invalid_arguments", "[ERROR] must provide an array [json-pointer:/files]")
    return entries


def _uploaded(workspace: Workspace, entry: dict[str, Any]) -> tuple[File, str]:
    file = workspace.files.get(str(entry.get("id")))
    if file is None or file.state != "uploaded":
        raise Refusal("file_not_found")
    return file, str(entry.get("title") or "")


def _places(payload: Payload) -> list[str]:
    channel = str(payload.get("channel_id") or "")
    if channel and not _PLACE.fullmatch(channel):
        pattern = "^[CGDZ][A-Z0-9]{8,}$"
        sentence = f"[ERROR] input must match regex pattern: {pattern} [json-pointer:/channel_id]"
        raise Refusal("invalid_arguments", sentence)
    many = [one for one in str(payload.get("channels") or "").split(",") if one]
    if len(many) > 100:
        raise Refusal("channels_limit_exceeded")
    return [channel, *many] if channel else many
