"""A window of the browser, as the tests need it: reads the events and does actions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

import aiohttp

DEADLINE_SECONDS = 30.0


class Window:
    """Connects to a page's address; ``snapshot`` is what it got first, ``events`` what followed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.origin = url[: url.index("/", len("http://"))]
        self.snapshot: dict[str, Any] = {}
        self.events: list[tuple[str, Any]] = []
        self.ended = asyncio.Event()
        self._read: asyncio.Task[None] | None = None
        self._new = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession()
        self._read = asyncio.create_task(self._read_events())
        await self.until(lambda: self.snapshot)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._read is not None:
            self._read.cancel()
            await asyncio.gather(self._read, return_exceptions=True)
        await self.session.close()

    async def until(self, predicate: Callable[[], Any]) -> Any:
        """Return the first true result; evaluated again at every event."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not (result := predicate()):
                self._new.clear()
                await self._new.wait()
        return result

    async def event(self, name: str, wanted: Callable[[Any], Any] = lambda _: True) -> Any:
        """Return the data of the first event of this name that is wanted."""

        def found() -> Any:
            return [data for one, data in self.events if one == name and wanted(data)]

        return (await self.until(found))[0]

    async def do(self, name: str, **body: Any) -> dict[str, Any]:
        """Do an action and return the answer, or the sentence of its error as `error`."""
        headers = {"Origin": self.origin}
        post = self.session.post(f"{self.url}do/{name}", json=body, headers=headers)
        async with post as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == 200
            return answer

    async def _read_events(self) -> None:
        timeout = aiohttp.ClientTimeout(total=None)
        async with self.session.get(f"{self.url}events", timeout=timeout) as response:
            name = ""
            async for raw in _lines(response):
                if raw.startswith("event: "):
                    name = raw.removeprefix("event: ")
                elif raw.startswith("data: "):
                    self._take(name, json.loads(raw.removeprefix("data: ")))
        self.ended.set()
        self._new.set()

    def _take(self, name: str, data: Any) -> None:
        if name == "snapshot":
            self.snapshot = data
        else:
            self.events.append((name, data))
        self._new.set()


async def _lines(response: aiohttp.ClientResponse) -> Any:
    """Yield the lines, however long they are."""
    rest = b""
    async for chunk in response.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode()
