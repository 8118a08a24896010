"""A window of the page without a browser: its events, and actions as the page sends them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

MAX_SECONDS = 60.0  # that anything may take, beside whatever else this machine does


class PageClient:
    """Connected to the page at ``url``. ``events`` are name and data, as they came."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.events: list[tuple[str, Any]] = []
        self._session = session
        self._came = asyncio.Event()
        self._closed = False

    async def act(self, name: str, **body: Any) -> dict[str, Any]:
        """Do an action; return the answer, whatever it is."""
        origin = self.url.rsplit("/", 2)[0]
        async with self._session.post(
            f"{self.url}do/{name}", json=body, headers={"Origin": origin}
        ) as answer:
            found: dict[str, Any] = await answer.json()
            assert answer.status == 200
            return found

    async def do(self, name: str, **body: Any) -> dict[str, Any]:
        """Do an action that has to work."""
        answer = await self.act(name, **body)
        assert answer["ok"], answer
        return answer

    async def refused(self, name: str, **body: Any) -> str:
        """Do an action that has to be refused; return the sentence."""
        answer = await self.act(name, **body)
        assert not answer["ok"]
        return str(answer["error"])

    async def until(self, name: str, fits: Callable[[Any], bool], *, after: int = 0) -> Any:
        """Return the data of the first event of a name that fits, from event number ``after`` on.

        The snapshot counts as an event of each of its parts that is one object.
        """
        async with asyncio.timeout(MAX_SECONDS):
            while True:
                self._came.clear()
                for event, data in self.events[after:]:
                    if event == name and fits(data):
                        return data
                assert not self._closed, f"the stream ended; last events: {self.events[-5:]}"
                await self._came.wait()

    async def message(self, *words: str, after: int = 0) -> dict[str, Any]:
        """Return the first message of a channel, or edit of one, with all of these words in text or
        blocks. Direct messages are left out: they say the same as cards."""

        def fits(message: dict[str, Any]) -> bool:
            if message["channel"].startswith("D"):
                return False
            shown = f"{message['text']} {json.dumps(message['blocks'], ensure_ascii=False)}"
            return all(word in shown for word in words)

        found: dict[str, Any] = await self.until("message", fits, after=after)
        return found

    async def bot(self, state: str, *, after: int = 0) -> dict[str, Any]:
        """Return the bot's status once it has this state."""
        found: dict[str, Any] = await self.until(
            "bot", lambda status: status["state"] == state, after=after
        )
        return found

    async def read(self) -> None:
        """Take the events until the stream ends."""
        async with self._session.get(
            f"{self.url}events", timeout=aiohttp.ClientTimeout()
        ) as stream:
            name = ""
            async for raw in stream.content:
                line = raw.decode().rstrip("\n")
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self._take(name, json.loads(line.removeprefix("data: ")))

    def _take(self, name: str, data: Any) -> None:
        parts = data.items() if name == "snapshot" else ()
        self.events += [(name, data), *((part, d) for part, d in parts if isinstance(d, dict))]
        self._came.set()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[PageClient]:
    """Open a window of the page."""
    async with aiohttp.ClientSession(read_bufsize=2**24) as session:
        client = PageClient(url, session)
        reading = asyncio.create_task(client.read())
        try:
            await client.until("snapshot", lambda _: True)
            yield client
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
