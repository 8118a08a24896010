"""What a person does on the page, handed to the simulated Slack."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

from sandbox.browser.body import (
    ActionError,
    Body,
    Handler,
    element_of,
    options_of,
    text_of,
    values_of,
)
from sandbox.browser.dates import zone_named
from sandbox.browser.typed_text import markup
from sandbox.clock import SandboxClock
from sandbox.slack import Channel, Ephemeral, Message, Person, SandboxError, SlackSandbox

MAX_TEXT = 12_000
"""Characters; Slack's composer sends no more."""
MAX_SKIP_SECONDS = 31 * 24 * 3600.0
HOME_ZONE = zone_named("Europe/Berlin")
MONDAY_HOUR = 8
READ_ONLY = "Sending messages to this app has been turned off."
NO_THREADS = "{command} is not supported in threads. Sorry!"
NO_COMMAND = (
    "{command} is not a valid command. In Slack, all messages that start with the “/” character are "
    "interpreted as commands. If you are trying to send a message and not run a command, try "
    "preceding the “/” with an empty space."
)


class Actions:
    """Checks what a person of the workspace can do, and does it as that person.

    Each action returns when it is handed over; what follows is seen in the workspace.
    """

    def __init__(self, slack: SlackSandbox, clock: SandboxClock) -> None:
        self._slack = slack
        self._clock = clock
        self._running: set[asyncio.Task[Any]] = set()

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by the name of their action."""
        return {
            "send": self._send,
            "click": self._click,
            "submit": self._submit,
            "close_view": self._close_view,
            "view_click": self._view_click,
            "suggest": self._suggest,
            "shortcut": self._shortcut,
            "message_shortcut": self._message_shortcut,
            "open_home": self._open_home,
            "presence": self._presence,
            "redeliver": self._redeliver,
            "skip": self._skip,
        }

    async def stop(self) -> None:
        """Give up what still waits for the app's acknowledgement."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _hand_over(self, action: Coroutine[Any, Any, Any]) -> Body:
        """Start an action. Raises SandboxError for what a person cannot do."""
        task = asyncio.create_task(action)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        # It runs up to its first wait, which is for the app; until then it may be refused.
        await asyncio.sleep(0)
        if task.done():
            task.result()
        return {}

    async def _send(self, body: Body) -> Body:
        person, text = self._person(body), text_of(body, "text").rstrip()
        channel = self._channel_of(body, person)
        thread_ts = text_of(body, "thread_ts") if body.get("thread_ts") else None
        if not text.strip():
            raise ActionError("Type a message first.")
        if len(text) > MAX_TEXT:
            raise ActionError(f"A message has at most {MAX_TEXT:,} characters.")
        if channel.is_archived:
            raise ActionError(f"#{channel.name} is archived.")
        if channel.is_im and self._slack.messages_tab_read_only:
            raise ActionError(READ_ONLY)
        if text.startswith("/"):
            return await self._command(person, channel, text, in_thread=thread_ts is not None)
        if thread_ts and self._slack.message(channel.id, thread_ts) is None:
            raise ActionError("This thread is no longer there.")
        sent = markup(self._slack, person.id, text.strip(), in_command=False)
        bot = self._slack.bot_user_id
        if f"<@{bot}>" in sent and bot in channel.members:
            action = self._slack.mention(person.id, channel.id, sent, thread_ts=thread_ts)
            return await self._hand_over(action)
        self._slack.post(channel.id, person.id, sent, thread_ts=thread_ts)
        return {}

    async def _command(
        self, person: Person, channel: Channel, text: str, *, in_thread: bool
    ) -> Body:
        command, *rest = text.split(maxsplit=1)
        own = f"/{self._slack.people[self._slack.bot_user_id].name}"
        # People of another company do not have the commands of this workspace's apps.
        if command != own or person.is_stranger:
            raise ActionError(NO_COMMAND.format(command=command))
        if in_thread:
            raise ActionError(NO_THREADS.format(command=command))
        sent = markup(self._slack, person.id, "".join(rest), in_command=True)
        return await self._hand_over(
            self._slack.command(person.id, channel.id, sent, command=command)
        )

    async def _click(self, body: Body) -> Body:
        person = self._person(body)
        channel = self._channel_of(body, person)
        item = self._item(channel, text_of(body, "ts"), person)
        block_id, action_id, value = element_of(body)
        if item is None or self._slack.element(item, action_id, block_id) is None:
            raise ActionError("This button is no longer there.")
        action = self._slack.click(
            person.id, channel.id, item.ts, action_id, block_id=block_id, value=value
        )
        return await self._hand_over(action)

    async def _submit(self, body: Body) -> Body:
        person, view_id = self._person(body), text_of(body, "view_id")
        action = self._slack.submit(person.id, view_id, values_of(body.get("values")))
        return await self._hand_over(action)

    async def _view_click(self, body: Body) -> Body:
        person, view_id = self._person(body), text_of(body, "view_id")
        values = values_of(body.get("values", {}))
        action = self._slack.view_click(person.id, view_id, *element_of(body), values=values)
        return await self._hand_over(action)

    async def _suggest(self, body: Body) -> Body:
        """Return the app's options for what is typed, once it has answered."""
        person, view_id = self._person(body), text_of(body, "view_id")
        block_id, action_id, typed = *element_of(body)[:2], text_of(body, "value")
        delivery = await self._slack.suggest(person.id, view_id, block_id, action_id, typed)
        return options_of(delivery)

    async def _shortcut(self, body: Body) -> Body:
        person, channel = self._own(body), text_of(body, "channel")
        action = self._slack.shortcut(person.id, text_of(body, "callback_id"), viewing=channel)
        return await self._hand_over(action)

    async def _message_shortcut(self, body: Body) -> Body:
        person = self._own(body)
        channel, ts, callback_id = (
            text_of(body, name) for name in ("channel", "ts", "callback_id")
        )
        action = self._slack.message_shortcut(person.id, channel, ts, callback_id)
        return await self._hand_over(action)

    async def _open_home(self, body: Body) -> Body:
        person, tab = self._person(body), text_of(body, "tab")
        return await self._hand_over(self._slack.open_home(person.id, tab))

    async def _presence(self, body: Body) -> Body:
        self._slack.set_presence(self._person(body).id, text_of(body, "presence"))
        return {}

    async def _close_view(self, body: Body) -> Body:
        person, view_id = self._person(body), text_of(body, "view_id")
        return await self._hand_over(self._slack.close_view(person.id, view_id))

    async def _redeliver(self, body: Body) -> Body:
        number = body.get("number")
        past = (one for one in self._slack.deliveries if one.number == number)
        delivery = next(past, None)
        if delivery is None:
            raise ActionError("There is no such delivery.")
        return await self._hand_over(self._slack.redeliver(delivery))

    async def _skip(self, body: Body) -> Body:
        if body.get("to") == "monday":
            now = self._clock()
            self._clock.skip(next_monday(now) - now)
            return {}
        seconds = body.get("seconds")
        if not isinstance(seconds, int | float) or not 0 < seconds <= MAX_SKIP_SECONDS:
            raise ActionError("The clock is set forward only, by at most 31 days.")
        self._clock.skip(seconds)
        return {}

    def _person(self, body: Body) -> Person:
        person = self._slack.people.get(text_of(body, "person"))
        if person is None or person.is_bot or person.deleted:
            raise ActionError("There is no such person in the workspace.")
        return person

    def _own(self, body: Body) -> Person:
        """Return a person of this workspace: those of another company have none of its shortcuts."""
        person = self._person(body)
        if person.is_stranger:
            raise ActionError("People of another company do not have the shortcuts of this app.")
        return person

    def _channel_of(self, body: Body, person: Person) -> Channel:
        channel = self._slack.channels.get(text_of(body, "channel"))
        if channel is None or person.id not in channel.members:
            raise ActionError(f"{person.real_name or person.name} is not in this channel.")
        return channel

    def _item(self, channel: Channel, ts: str, person: Person) -> Message | Ephemeral | None:
        """Return a message that this person sees."""
        message = self._slack.message(channel.id, ts)
        if message is not None:
            return message
        mine = (one for one in self._slack.ephemerals if one.user == person.id)
        return next((one for one in mine if (one.channel, one.ts) == (channel.id, ts)), None)


def sentence(error: ActionError | SandboxError) -> str:
    """Return what an action's error says, as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")


def next_monday(now: float) -> float:
    """Return the next Monday, 08:00 in Berlin, that is later than ``now`` (UNIX seconds)."""
    today = datetime.fromtimestamp(now, HOME_ZONE)
    morning = today.replace(hour=MONDAY_HOUR, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=-morning.weekday() % 7)
    if monday.timestamp() <= now:
        monday += timedelta(days=7)
    return monday.timestamp()
