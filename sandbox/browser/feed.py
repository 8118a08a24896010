"""What the page shows of the simulated services: parts of the snapshot, and an event for each change.

Nothing is asked for again and again: the services call listeners.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.browser import shapes
from sandbox.browser.notifications import Notifications
from sandbox.slack import Delivery, Ephemeral, Message, Person, SlackSandbox, View
from sandbox.slack.model import Refused

MAX_MESSAGES = 2000
MAX_VIEWS = 200
MAX_RECORDS = 500
"""Of the snapshot, the latest; deliveries and refused calls are records."""

Publish = Callable[[str, Callable[[], Any]], None]
"""Sends an event of a name; its data is made when it is needed."""


class Feed:
    """The simulated Slack on the page.

    ``phones`` are the ids of the people with a phone there; for ``notify_all`` see Notifications.
    """

    def __init__(self, slack: SlackSandbox, publish: Publish) -> None:
        self.phones: set[str] = set()
        self.notify_all: set[str] = set()
        self._notifications = Notifications(slack, self.phones, self.notify_all)
        self._slack = slack
        self._publish = publish
        self._changed: dict[tuple[str, str], Callable[[], Any]] = {}
        self._channels: set[str] = set()

    def start(self) -> None:
        """Listen to the services. Everybody has direct messages with the app from now on."""
        for person in list(self._slack.people.values()):
            if not person.is_bot:
                self._slack.direct_channel(person.id)
        self._channels = set(self._slack.channels)
        self._slack.on_change.append(self._on_change)
        self._slack.on_delivery.append(self._on_delivery)
        self._slack.on_refused.append(self._on_refused)
        self._slack.on_presence.append(self._on_presence)

    def stop(self) -> None:
        """Listen no longer."""
        self._slack.on_change.remove(self._on_change)
        self._slack.on_delivery.remove(self._on_delivery)
        self._slack.on_refused.remove(self._on_refused)
        self._slack.on_presence.remove(self._on_presence)

    def parts(self) -> dict[str, Callable[[], Any]]:
        """Return the parts of the snapshot by name."""
        return {
            "app": self._app,
            "people": self._people,
            "channels": self._channel_list,
            "usergroups": self._usergroups,
            "messages": self._messages,
            "views": self._views,
            "homes": lambda: [shapes.view_json(one) for one in self._slack.homes.values()],
            "deliveries": self._deliveries,
            "refused": self._refused,
            "notifications": self._notifications.part,
        }

    def _on_change(self, kind: str, item: Message | Ephemeral | View) -> None:
        if isinstance(item, View):
            self._view(item)
            return
        if item.channel not in self._channels and item.channel in self._slack.channels:
            self._channels = set(self._slack.channels)
            self._soon("channels", "", self._channel_list)
        self._soon("message", shapes.key_of(item), lambda: self._message(item))
        if kind == "posted" and isinstance(item, Message):
            for one in self._notifications.of(item):
                self._soon("notification", str(one["number"]), partial(dict, one))

    def _on_delivery(self, delivery: Delivery) -> None:
        self._soon("delivery", str(delivery.number), lambda: shapes.delivery_json(delivery))
        view = self._slack.views.get(delivery.payload.get("view", {}).get("id", ""))
        if view is not None:  # it may show an error now
            self._view(view)

    def _on_refused(self, refused: Refused) -> None:
        self._soon("refused", str(refused.number), lambda: shapes.refused_json(refused))

    def _on_presence(self, _: Person) -> None:
        self._soon("people", "", self._people)

    def _view(self, view: View) -> None:
        name = "home" if view.type == "home" else "view"
        self._soon(name, view.id, lambda: shapes.view_json(view))

    def _soon(self, name: str, key: str, make: Callable[[], Any]) -> None:
        """Send an event when the service has finished its step: then the state is whole, and what
        changed twice is sent once."""
        if not self._changed:
            asyncio.get_running_loop().call_soon(self._flush)
        self._changed[name, key] = make

    def _flush(self) -> None:
        changed, self._changed = self._changed, {}
        for (name, _), make in changed.items():
            self._publish(name, make)

    # parts

    def _app(self) -> dict[str, Any]:
        bot = self._slack.people[self._slack.bot_user_id]
        return {
            "id": self._slack.app_id,
            "user_id": bot.id,
            "name": bot.real_name or bot.name,
            "command": f"/{bot.name}",
            "read_only": self._slack.messages_tab_read_only,
            "home_tab": self._slack.home_tab,
            "shortcuts": [one._asdict() for one in self._slack.shortcuts.values()],
        }

    def _people(self) -> list[dict[str, Any]]:
        people = {person.id: person for person in self._slack.people.values()}
        return [shapes.person_json(self._slack, one, self.phones) for one in people.values()]

    def _channel_list(self) -> list[dict[str, Any]]:
        name = self._app()["name"]
        return [shapes.channel_json(one, name) for one in self._slack.channels.values()]

    def _usergroups(self) -> list[dict[str, Any]]:
        groups = self._slack.usergroups.values()
        return [shapes.usergroup_json(group) for group in groups if not group.disabled]

    def _messages(self) -> list[dict[str, Any]]:
        latest: list[Message | Ephemeral] = [
            *self._slack.messages[-MAX_MESSAGES:],
            *self._slack.ephemerals[-MAX_MESSAGES:],
        ]
        latest.sort(key=lambda item: item.ts)
        return [self._message(item) for item in latest[-MAX_MESSAGES:]]

    def _message(self, item: Message | Ephemeral) -> dict[str, Any]:
        return shapes.message_json(item, self._slack.bot_user_id)

    def _views(self) -> list[dict[str, Any]]:
        return [shapes.view_json(view) for view in list(self._slack.views.values())[-MAX_VIEWS:]]

    def _deliveries(self) -> list[dict[str, Any]]:
        return [shapes.delivery_json(one) for one in self._slack.deliveries[-MAX_RECORDS:]]

    def _refused(self) -> list[dict[str, Any]]:
        return [shapes.refused_json(one) for one in self._slack.refused[-MAX_RECORDS:]]
