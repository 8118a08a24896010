"""What the tour needs of the page, the switches and the bot's process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

Body = dict[str, Any]


class Page(Protocol):
    """What is needed of ``BrowserServer``."""

    def add_action(self, name: str, handler: Callable[[Body], Awaitable[Body]], /) -> None: ...
    def add_part(self, name: str, make: Callable[[], Any], /) -> None: ...
    def publish(self, name: str, data: Any, /) -> None: ...


class Bot(Protocol):
    """What is needed of ``BotProcess``."""

    @property
    def state(self) -> str: ...
    def kill(self) -> None: ...
    async def start(self) -> None: ...


class Switches(Protocol):
    """The switches of the world pane."""

    on_change: list[Callable[[], None]]

    def is_on(self, switch: str) -> bool: ...
    async def set(self, switch: str, on: bool) -> None: ...
    async def all_off(self) -> None: ...
