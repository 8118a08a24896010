"""Web API methods that post and change messages."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.directory_methods import Answer, Payload, visible_channel
from bot.sandbox.slack.limits import UPDATED_TEXT, check_message, decoded, parsed_blocks
from bot.sandbox.slack.model import Channel, Message, Person, Refusal
from bot.sandbox.slack.workspace import Workspace


def post_message(workspace: Workspace, payload: Payload) -> Answer:
    """`chat.postMessage`: into a channel, a thread, or to a person directly.

    A person's id as the channel needs no scope but `chat:write`; the answer names the D… channel, and
    every later call takes that one alone (docs.slack.dev/reference/methods/chat.update, "channel").
    """
    channel = _open_channel(workspace, payload)
    text, blocks = str(payload.get("text") or ""), parsed_blocks(payload.get("blocks"))
    check_message(text, blocks)
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
        message.text if text is None else text, message.blocks if blocks is None else blocks
    )
    message.metadata = _metadata(payload) or message.metadata
    workspace.update(message, text, blocks)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(workspace, message),
    }


def post_ephemeral(workspace: Workspace, payload: Payload) -> Answer:
    """`chat.postEphemeral`: to one member of a channel."""
    channel = _open_channel(workspace, payload)
    user = str(payload.get("user", ""))
    if user not in channel.members:
        raise Refusal("user_not_in_channel")
    text, blocks = str(payload.get("text") or ""), parsed_blocks(payload.get("blocks"))
    check_message(text, blocks)
    thread_ts = payload.get("thread_ts") or None
    via = "chat.postEphemeral"
    ephemeral = workspace.whisper(channel.id, user, text, blocks, via=via, thread_ts=thread_ts)
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
    """Return a message as Slack tells it."""
    told: Answer = {
        "type": "message",
        "user": message.user,
        "team": workspace.team_id,
        "ts": message.ts,
        "text": message.text,
        "blocks": message.blocks,
    }
    if message.user == workspace.bot_user_id:
        told |= {"bot_id": workspace.bot_id, "app_id": workspace.app_id}
    if message.thread_ts:
        told["thread_ts"] = message.thread_ts
    if message.edited:
        told["edited"] = {"user": message.user, "ts": f"{message.history[-1].time:.6f}"}
    if message.metadata:
        told["metadata"] = message.metadata
    return told


def _open_channel(workspace: Workspace, payload: Payload) -> Channel:
    wanted = str(payload.get("channel", ""))
    person = workspace.people.get(wanted)
    if person is not None:
        return _direct_channel(workspace, person)
    channel = visible_channel(workspace, wanted)
    if channel.is_archived:
        raise Refusal("is_archived")
    if workspace.bot_user_id not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def _direct_channel(workspace: Workspace, person: Person) -> Channel:
    if person.is_bot:
        raise Refusal("cannot_dm_bot")
    if person.deleted:
        raise Refusal("channel_not_found")  # assumed: the method's page does not say
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
