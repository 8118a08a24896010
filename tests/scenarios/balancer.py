"""What stands before several bots in HTTP mode: it hands each request of Slack to one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

# Headers of one connection, which are not handed on (RFC 9110, 7.6.1).
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class Balancer:
    """Hands requests to `ways`, base URLs, in turn, or to the one that is ``chosen``.

    What takes no connection, or answers 503, is left out: it has taken nothing over. Whatever fails otherwise is answered
    with 502, as nobody knows what became of it. With ``to_all`` each gets every request, and the first answers it.
    """

    def __init__(self) -> None:
        self.ways: Sequence[str] = ()
        self.chosen: str | None = None
        self.to_all = False
        self.url = ""
        self._turn = 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._hand_on)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True), auto_decompress=False
        )
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = "http://127.0.0.1:{1}".format(*self._runner.addresses[0])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def _hand_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.to_all:
            return (await asyncio.gather(*(self._try(url, request, body) for url in self.ways)))[0]
        answer = web.Response(status=503)
        for url in self._order():
            answer = await self._try(url, request, body)
            if answer.status != 503:
                break
        return answer

    async def _try(self, url: str, request: web.Request, body: bytes) -> web.Response:
        try:
            async with self._session.request(
                request.method,
                url + request.raw_path,
                data=body,
                headers=_end_to_end(request.headers),
                allow_redirects=False,
            ) as answer:
                content = await answer.read()
                headers = _end_to_end(answer.headers)
                return web.Response(status=answer.status, headers=headers, body=content)
        except aiohttp.ClientConnectorError:
            return web.Response(status=503)
        except aiohttp.ClientError:
            return web.Response(status=502)

    def _order(self) -> Sequence[str]:
        if self.chosen is not None:
            return [self.chosen]
        self._turn += 1
        first = self._turn % max(len(self.ways), 1)
        return [*self.ways[first:], *self.ways[:first]]


def _end_to_end(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
