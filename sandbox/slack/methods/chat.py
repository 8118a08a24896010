"""Web API methods that post and change messages."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from sandbox.slack.blocks.json_field import decoded
from sandbox.slack.blocks.limits import UPDATED_TEXT, check_message, parsed_blocks
from sandbox.slack.methods.directory import Answer, Payload, visible_channel
from sandbox.slack.model import Channel, File, Message, Person, Refusal
from sandbox.slack.workspace import Workspace

_OF_THREADS = {
    "cannot_reply_to_message",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
}


def post_message(workspace: Workspace, payload: Payload) -> Answer:
    """`chat.postMessage`: into a channel, a thread, or to a person directly.

    A person's id as the channel needs no scope but `chat:write`; the answer names the D… channel,
    and every later call takes that one alone (docs.slack.dev/reference/methods/chat.update,
    "channel"). A deactivated person's conversation stays open and takes messages that nobody reads
    (slackapi/python-slack-sdk#1156); who never had one is `channel_not_found`, which the method's
    page gives for a person to whom the app may not write. Without the Messages tab both ids are
    `messages_tab_disabled`.
    """
    channel = open_channel(workspace, payload)
    text, blocks = str(payload.get("text") or ""), parsed_blocks(payload.get("blocks"))
    check_message(text, blocks, newer=workspace.newer_blocks)
    message = workspace.post(
        channel.id,
        workspace.bot_user_id,
        text,
        blocks,
        thread_ts=payload.get("thread_ts") or None,
        metadata=_metadata(payload),
    )
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": message_json(workspace, message),
    }


def update(workspace: Workspace, payload: Payload) -> Answer:
    """`chat.update`: the bot's own message. Blocks that are not given stay."""
    channel = visible_channel(workspace, payload.get("channel"))
    message = _message(workspace, channel, payload.get("ts"))
    if message.user != workspace.bot_user_id:
        raise Refusal("cant_update_message")
    if channel.is_archived:
        raise Refusal("is_archived")
    text = None if payload.get("text") is None else str(payload["text"])
    blocks = None if payload.get("blocks") is None else parsed_blocks(payload["blocks"])
    if text is None and not blocks:
        raise Refusal("no_text")
    if text is not None and len(text) > UPDATED_TEXT:
        raise Refusal("msg_too_long")
    check_message(
        message.text if text is None else text,
        message.blocks if blocks is None else blocks,
        newer=workspace.newer_blocks,
    )
    message.metadata = _metadata(payload) or message.metadata
    workspace.update(message, text, blocks)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(workspace, message),
    }


def delete(workspace: Workspace, payload: Payload) -> Answer:
    """`chat.delete`: the bot's own message."""
    channel = visible_channel(workspace, payload.get("channel"))
    message = _message(workspace, channel, payload.get("ts"))
    if message.user != workspace.bot_user_id:
        raise Refusal("cant_delete_message")
    workspace.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(workspace: Workspace, payload: Payload) -> Answer:
    """`chat.postEphemeral`: to one member of a channel."""
    channel = open_channel(workspace, payload)
    user = str(payload.get("user", ""))
    if user not in channel.members:
        raise Refusal("user_not_in_channel")
    text, blocks = str(payload.get("text") or ""), parsed_blocks(payload.get("blocks"))
    check_message(text, blocks, newer=workspace.newer_blocks)
    thread_ts = payload.get("thread_ts") or None
    via = "chat.postEphemeral"
    ephemeral = workspace.post_ephemeral(
        channel.id, user, text, blocks, via=via, thread_ts=thread_ts
    )
    return {"message_ts": ephemeral.ts}


def get_permalink(workspace: Workspace, payload: Payload) -> Answer:
    """`chat.getPermalink`: where a message can be read."""
    channel = visible_channel(workspace, payload.get("channel"))
    message = _message(workspace, channel, payload.get("message_ts"))
    link = f"{workspace.base_url}archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def message_json(workspace: Workspace, message: Message) -> Answer:
    """Return a message as the Web API answers it."""
    answer: Answer = {
        "type": "message",
        "user": message.user,
        "team": workspace.team_id,
        "ts": message.ts,
        "text": message.text,
        "blocks": message.blocks,
    }
    if message.user == workspace.bot_user_id:
        answer |= {"bot_id": workspace.bot_id, "app_id": workspace.app_id}
    if message.thread_ts:
        answer["thread_ts"] = message.thread_ts
    if message.edited:
        answer["edited"] = {"user": message.user, "ts": f"{message.history[-1].time:.6f}"}
    if message.files:
        answer["files"] = [file_json(workspace, file) for file in message.files]
    if message.metadata:
        answer["metadata"] = message.metadata
    return answer


def file_json(workspace: Workspace, file: File) -> Answer:
    """Return a file as the Web API answers it."""
    if file.state == "deleted":
        return {"id": file.id, "mode": "tombstone"}
    kind = PurePosixPath(file.name).suffix[1:].lower()
    address = f"{workspace.base_url}files-pri/{workspace.team_id}-{file.id}"
    name = quote(file.name, safe="")
    shares = [(workspace.channels[channel], ts) for channel, ts in file.shares.items()]
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": mimetype(file.name),
        "filetype": kind,
        "user": file.user,
        "size": len(file.content),
        "mode": "hosted",
        "is_external": False,
        "is_public": any(not channel.is_private for channel, _ in shares),
        "url_private": f"{address}/{name}",
        "url_private_download": f"{address}/download/{name}",
        "channels": [channel.id for channel, _ in shares if not channel.is_private],
        "groups": [channel.id for channel, _ in shares if channel.is_private and not channel.is_im],
        "ims": [channel.id for channel, _ in shares if channel.is_im],
        "shares": {
            kind: {
                channel.id: [{"ts": ts}] for channel, ts in shares if channel.is_private == private
            }
            for kind, private in (("public", False), ("private", True))
        },
    }


def mimetype(name: str) -> str:
    """Return the type of a file, from its name."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def open_channel(workspace: Workspace, payload: Payload) -> Channel:
    """Return where the bot can post: a channel, or the direct messages with a person. Raises
    Refusal."""
    wanted = str(payload.get("channel", ""))
    person = workspace.people.get(wanted)
    if person is not None:
        return _direct_channel(workspace, person)
    channel = visible_channel(workspace, wanted)
    if channel.is_archived:
        raise Refusal("is_archived")
    if workspace.bot_user_id not in channel.members:
        raise Refusal("not_in_channel")
    if channel.is_im and not workspace.messages_tab:
        raise Refusal("messages_tab_disabled")
    if channel.refuses and _concerns(channel.refuses, in_thread=bool(payload.get("thread_ts"))):
        raise Refusal(channel.refuses)
    return channel


def _concerns(code: str, *, in_thread: bool) -> bool:
    if code == "restricted_action_thread_only_channel":
        return not in_thread
    return in_thread or code not in _OF_THREADS


def _direct_channel(workspace: Workspace, person: Person) -> Channel:
    if person.is_bot:
        raise Refusal("cannot_dm_bot")
    if person.deleted and not workspace.has_direct_channel(person.id):
        raise Refusal("channel_not_found")
    if not workspace.messages_tab:
        raise Refusal("messages_tab_disabled")
    return workspace.direct_channel(person.id)


def _message(workspace: Workspace, channel: Channel, ts: Any) -> Message:
    message = workspace.message(channel.id, str(ts))
    if message is None or message.deleted:
        raise Refusal("message_not_found")
    return message


def _metadata(payload: Payload) -> dict[str, Any] | None:
    given = payload.get("metadata")
    if not given:
        return None
    metadata = decoded(given)
    if not isinstance(metadata, dict) or metadata.keys() != {"event_type", "event_payload"}:
        raise Refusal("invalid_metadata_format")
    return metadata
