"""The state of a simulated workspace: its members, messages, modals, files and deliveries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Literal, Self, TypeVar

from sandbox.slack.model import (
    Ephemeral,
    File,
    Message,
    Person,
    SandboxError,
    Shortcut,
    View,
)
from sandbox.slack.state.messages import Messages

T = TypeVar("T")
MANIFEST_SCOPES = (
    "app_mentions:read,channels:read,chat:write,commands,files:read,files:write,groups:read,"
    "usergroups:read,users:read"
)
"""The scopes of an app installed from manifest.yml."""
MANIFEST_SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut(
        "continuity_change",
        "global",
        "Continuity change",
        "Propose a change in Email Continuity with a form",
    ),
    Shortcut(
        "continuity_change_message",
        "message",
        "Continuity change",
        "Propose a change with this message as the reason",
    ),
    Shortcut(
        "report_add",
        "message",
        "Add to the report",
        "Add this message to the report on the incident",
    ),
    Shortcut(
        "report_remove",
        "message",
        "Remove from the report",
        "Take this message out of the report on the incident again",
    ),
)
"""Its shortcuts, in their order there."""
PRESENCES = ("active", "away")


class Workspace(Messages):
    """One workspace with one app in it.

    ``clock`` returns UNIX seconds. ``scopes`` is what the bot is granted, comma separated. Without
    ``messages_tab`` the app cannot write to a person directly; ``messages_tab_read_only`` as in
    manifest.yml: people cannot write to the app. ``home_tab`` and ``events`` (to which the app
    subscribes) are those of manifest.yml too, and ``shortcuts``, by callback id. ``withheld`` names fields that a method leaves out of
    its answer, by method: `{"bots.info": ("bot.app_id",)}`. With an ``enterprise_id`` it is a
    workspace of an Enterprise Grid; with ``org_install`` the app is installed for all of them.
    ``homes`` are the published Home tabs, by person. ``on_presence`` are called with each person
    whose presence was set. Without ``newer_blocks`` it refuses the kinds
    of blocks that were added in 2026.
    """

    def __init__(
        self,
        *,
        team_id: str = "T0HOME",
        app_id: str = "A0CONTINUITY",
        bot_user_id: str = "U0BOT",
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(team_id, bot_user_id, clock)
        self.app_id = app_id
        self.bot_id = "B0CONTINUITY"
        self.scopes = MANIFEST_SCOPES
        self.messages_tab = True
        self.messages_tab_read_only = True
        self.home_tab = True
        self.newer_blocks = True
        self.events = {"app_mention", "app_home_opened"}
        self.shortcuts = {one.callback_id: one for one in MANIFEST_SHORTCUTS}
        self.enterprise_id = ""
        self.org_install = False
        self.withheld: dict[str, tuple[str, ...]] = {}
        self.base_url = "http://127.0.0.1/"
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.on_presence: list[Callable[[Person], None]] = []
        self.add_person(bot_user_id, "continuity", is_bot=True, real_name="Continuity")

    def set_presence(self, user_id: str, presence: str) -> None:
        """Set a person `active` or `away`. Raises SandboxError for another word or person."""
        person = self.people.get(user_id)
        if person is None or presence not in PRESENCES:
            raise SandboxError(f"{user_id} cannot be {presence!r}: one of {', '.join(PRESENCES)}")
        person.presence = presence
        for listener in self.on_presence:
            listener(person)
        self.wake()

    async def wait_for(
        self,
        predicate: Callable[[Self], T | Literal[False] | None],
        timeout: float = 30.0,  # noqa: ASYNC109 - asyncio.timeout would lose the message
    ) -> T:
        """Return the first true result of ``predicate``, evaluated again at every change of state.

        Raises TimeoutError after ``timeout`` seconds, with the last messages.
        """
        try:
            async with asyncio.timeout(timeout):
                while not (result := predicate(self)):
                    await self._changed.wait()
        except TimeoutError:
            last: list[Message | Ephemeral] = [*self.messages[-5:], *self.ephemerals[-5:]]
            lines = "".join(f"\n  {item.channel} {item.user}: {item.text!r}" for item in last)
            sentence = f"not so after {timeout} s; refused: {self.refused[-3:]}; last said:{lines}"
            raise TimeoutError(sentence) from None
        return result
