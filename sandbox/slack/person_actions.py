"""What a person does in Slack: type a command, click, fill in a modal, mention the bot."""

from __future__ import annotations

from typing import Any

from sandbox.slack import payloads
from sandbox.slack.inputs import State, first_state
from sandbox.slack.model import Delivery, Ephemeral, Message, SandboxError
from sandbox.slack.people.held import STATELESS
from sandbox.slack.people.view_actions import ViewActions, action_of
from sandbox.slack.responses import ResponseUrls
from sandbox.slack.state.retries import repeated


class PersonActions(ViewActions):
    """A workspace with the actions of people. Each returns when the app acknowledged or timed
    out."""

    responses: ResponseUrls

    async def command(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        command: str = "/continuity",
        team_id: str | None = None,
        api_app_id: str | None = None,
        trigger_id: str | None = None,
    ) -> Delivery:
        """Type a slash command. The text arrives as given: write mentions as Slack escapes them."""
        payload = payloads.slash(
            self,
            user,
            channel,
            command=command,
            text=text,
            team_id=team_id,
            api_app_id=api_app_id,
        )
        url = self.responses.new(user, channel)
        return await self._send(
            "command", user, payload, response_url=url, trigger_id=trigger_id, channel=channel
        )

    async def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        *,
        value: str | None = None,
        block_id: str | None = None,
        action_ts: str | None = None,
        team_id: str | None = None,
        api_app_id: str | None = None,
        trigger_id: str | None = None,
    ) -> Delivery:
        """Press a button, or choose ``value`` in a select.

        Without ``value`` the message must have the button now, else SandboxError is raised. With it
        the click may be forged: value, action, channel and message need not exist.
        """
        item = self.message(channel, ts) or self._ephemeral(channel, ts)
        element = self.element(item, action_id, block_id) if item else None
        if element is None and value is None:
            there = sorted(self.buttons(item)) if item else "no such message"
            raise SandboxError(f"no {action_id} in {channel} {ts}: {there}")
        action = {
            **action_of(element or {"type": "button", "block_id": "forged"}, action_id, value),
            "action_ts": action_ts or self.next_ts(),
        }
        action["block_id"] = block_id or action["block_id"]
        payload = payloads.click(
            self,
            user,
            channel,
            ts,
            item=item,
            action=action,
            state=_state(item, action),
            team_id=team_id,
            api_app_id=api_app_id,
        )
        url = self.responses.new(user, channel, item)
        return await self._send(
            "click", user, payload, response_url=url, trigger_id=trigger_id, channel=channel
        )

    async def mention(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None
    ) -> Delivery:
        """Mention the bot in a channel or thread; ``<@BOT>`` is prepended if the text lacks it."""
        address = f"<@{self.bot_user_id}>"
        text = text if address in text else f"{address} {text}"
        message = self.post(channel, user, text, thread_ts=thread_ts)
        return await self.sender.send(Delivery("event", payloads.mention(self, message)))

    async def edit(self, message: Message, text: str, /, **event: Any) -> Delivery:
        """Edit a message that mentions the bot: the app gets the mention again, with the time of
        the edit.

        ``event`` are further fields of the event; None removes one.
        """
        self.update(message, text, None)
        payload = payloads.mention(self, message)
        fields = payload["event"] | event
        payload["event"] = {name: value for name, value in fields.items() if value is not None}
        return await self.sender.send(Delivery("event", payload))

    async def event(self, user: str, channel: str, kind: str, **fields: Any) -> Delivery:
        """Deliver an event of another type, such as `message` or `reaction_added`."""
        ts = self.next_ts()
        event = {"type": kind, "user": user, "channel": channel, "ts": ts, "event_ts": ts, **fields}
        return await self.sender.send(Delivery("event", payloads.event_callback(self, event)))

    async def shortcut(self, user: str, callback_id: str, *, viewing: str = "") -> Delivery:
        """Choose a global shortcut, while the person looks at the channel ``viewing``.

        Raises SandboxError if the app has registered no such shortcut.
        """
        self._check_shortcut(callback_id, "global")
        payload = payloads.shortcut(self, user, callback_id)
        return await self._send("shortcut", user, payload, channel=viewing)

    async def message_shortcut(
        self, user: str, channel: str, ts: str, callback_id: str
    ) -> Delivery:
        """Choose a shortcut in the menu of a message.

        Raises SandboxError if the app has registered no such shortcut, and for what has no such
        menu: what is deleted, what one person alone sees, what the person cannot see.
        """
        self._check_shortcut(callback_id, "message")
        message, place = self.message(channel, ts), self.channels.get(channel)
        if message is None or message.deleted or place is None or user not in place.members:
            raise SandboxError(f"{user} sees no message {ts} in {channel}")
        payload = payloads.message_action(self, user, channel, message, callback_id)
        url = self.responses.new(user, channel)
        return await self._send("shortcut", user, payload, response_url=url, channel=channel)

    def _check_shortcut(self, callback_id: str, kind: str) -> None:
        known = self.shortcuts.get(callback_id)
        if known is None or known.type != kind:
            raise SandboxError(f"the app has no {kind} shortcut {callback_id}: {self.shortcuts}")

    async def redeliver(self, delivery: Delivery) -> Delivery:
        """Deliver the same payload again; an event with its retry number."""
        return await self.sender.send(repeated(delivery, "http_timeout"))

    def _ephemeral(self, channel: str, ts: str) -> Ephemeral | None:
        return next((e for e in self.ephemerals if (e.channel, e.ts) == (channel, ts)), None)


def _state(item: Message | Ephemeral | None, action: dict[str, Any]) -> State:
    """Return what the elements of a message hold after this action."""
    state = first_state(item.blocks, {}) if item else {}
    if action["type"] not in STATELESS:
        kept = {name: action[name] for name in action if name == "type" or "selected" in name}
        state.setdefault(action["block_id"], {})[action["action_id"]] = kept
    return state
