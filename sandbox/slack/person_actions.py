"""What a person does in Slack: type a command, click, fill in a modal, mention the bot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.slack import payloads
from sandbox.slack.delivery import DeliverySender
from sandbox.slack.inputs import Values, chosen, filled
from sandbox.slack.methods.chat import file_json
from sandbox.slack.methods.files import add_file
from sandbox.slack.modals import Modals
from sandbox.slack.model import Delivery, Ephemeral, Message, SandboxError, View
from sandbox.slack.responses import ResponseUrls
from sandbox.slack.workspace import Workspace


class PersonActions(Workspace):
    """A workspace with the actions of people. Each returns when the app acknowledged or timed
    out."""

    modals: Modals
    sender: DeliverySender
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
        return await self._send("command", user, payload, response_url=url, trigger_id=trigger_id)

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
        element = self.buttons(item).get(action_id) if item else None
        if element is None and value is None:
            there = sorted(self.buttons(item)) if item else "no such message"
            raise SandboxError(f"no {action_id} in {channel} {ts}: {there}")
        action = {
            **_action(element or {"type": "button", "block_id": "forged"}, action_id, value),
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
            team_id=team_id,
            api_app_id=api_app_id,
        )
        url = self.responses.new(user, channel, item)
        return await self._send("click", user, payload, response_url=url, trigger_id=trigger_id)

    async def submit(
        self, user: str, view: View | str, values: Values, *, forged: bool = False
    ) -> Delivery:
        """Fill in and submit a modal, given as a view or its id.

        ``values`` are by block id: a text, choices separated by commas, or files as ``[(name,
        bytes)]``. Raises SandboxError if Slack would not let the person submit (not their view, not
        open, a required input empty), unless ``forged``.
        """
        view_id = view if isinstance(view, str) else view.id
        view = self.views[view_id] if forged else self._open_view(user, view_id)
        state = filled(view, values, lambda *file: self._attach(user, *file), forged=forged)
        payload = payloads.submission(self, user, view, state)
        return await self._send("view_submission", user, payload)

    async def close_view(self, user: str, view_id: str) -> Delivery:
        """Close a modal. The app is notified only if the view has ``notify_on_close``."""
        view = self._open_view(user, view_id)
        self.modals.close(view)
        payload = payloads.closed(self, user, view)
        if not view.view.get("notify_on_close"):
            return Delivery("view_closed", payload)
        return await self._send("view_closed", user, payload, trigger=False)

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

    async def shortcut(self, user: str, callback_id: str) -> Delivery:
        """Choose a shortcut of the app."""
        return await self._send("shortcut", user, payloads.shortcut(self, user, callback_id))

    async def redeliver(self, delivery: Delivery) -> Delivery:
        """Deliver the same payload again; an event with its retry number."""
        again = replace(
            delivery,
            status=0,
            body=None,
            ack_seconds=0.0,
            timed_out=False,
            attempt=delivery.attempt + 1,
        )
        return await self.sender.send(again)

    async def _send(
        self,
        kind: str,
        user: str,
        payload: dict[str, Any],
        *,
        response_url: str = "",
        trigger_id: str | None = None,
        trigger: bool = True,
    ) -> Delivery:
        if trigger:
            payload["trigger_id"] = self.modals.new_trigger(user, trigger_id)
        if response_url:
            payload["response_url"] = response_url
        delivery = Delivery(
            kind,
            payload,
            trigger_id=str(payload.get("trigger_id", "")),
            response_url=response_url,
        )
        return await self.sender.send(delivery)

    def _attach(self, user: str, name: str, content: bytes) -> dict[str, Any]:
        """Upload a file that is shared nowhere; the app may read it."""
        file = add_file(self, name, user, len(content))
        file.content, file.state = content, "complete"
        return file_json(self, file)

    def _open_view(self, user: str, view_id: str) -> View:
        view = self.views.get(view_id)
        if view is None or view.user != user or view.state != "open":
            raise SandboxError(f"{user} has no open view {view_id}")
        return view

    def _ephemeral(self, channel: str, ts: str) -> Ephemeral | None:
        return next((e for e in self.ephemerals if (e.channel, e.ts) == (channel, ts)), None)


def _action(element: dict[str, Any], action_id: str, value: str | None) -> dict[str, Any]:
    """Return one item of a click's ``actions``: the element with the chosen value."""
    kept = {"text", "style", "confirm"}
    fields = {key: part for key, part in element.items() if key in kept}
    if value is not None:
        fields |= chosen(element, value)
    elif element["type"] == "button":
        fields |= {"type": "button"} | ({"value": element["value"]} if "value" in element else {})
    else:
        raise SandboxError(f"{action_id} is a {element['type']}: say which value is chosen")
    return {"action_id": action_id, "block_id": element["block_id"], **fields}
