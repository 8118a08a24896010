"""An httpx transport that uses the proxy that the environment names for an address."""

from __future__ import annotations

import httpx

from bot import network


class ProxyTransport(httpx.AsyncBaseTransport):
    """One transport of httpx for each proxy, and one without; `bot.network` chooses."""

    def __init__(self, limits: httpx.Limits) -> None:
        self._limits = limits
        self._trusted = (
            network.tls_context()
        )  # reading the certificates takes time: not in a request
        self._transports: dict[str | None, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it and return the answer."""
        proxy = network.proxy_for(str(request.url))
        if proxy not in self._transports:
            self._transports[proxy] = httpx.AsyncHTTPTransport(
                verify=self._trusted,
                limits=self._limits,
                proxy=None if proxy is None else self._proxy(proxy),
            )
        return await self._transports[proxy].handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        for transport in self._transports.values():
            await transport.aclose()

    def _proxy(self, address: str) -> httpx.Proxy:
        encrypted = address.startswith("https:")
        return httpx.Proxy(address, ssl_context=self._trusted if encrypted else None)
