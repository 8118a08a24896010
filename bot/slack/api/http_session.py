"""The HTTP session for Slack: bodies are not decompressed and are read up to a limit."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp

# Our own bound, far above the largest response of Slack.
MAX_RESPONSE_BYTES = 8 * 1024 * 1024


class _BoundedResponse(aiohttp.ClientResponse):
    """A response whose body has a limit: aiohttp has none."""

    async def read(self) -> bytes:
        """Return the body. Raises aiohttp.ClientPayloadError for one that is too large."""
        if self._body is None:
            content = bytearray()
            async for chunk in self.content.iter_any():
                content += chunk
                if len(content) > MAX_RESPONSE_BYTES:
                    self.close()
                    raise aiohttp.ClientPayloadError("the answer is too large")
            self._body = bytes(content)
        return self._body


def open_session(traces: Sequence[aiohttp.TraceConfig] = ()) -> aiohttp.ClientSession:
    """Return a session, which the caller closes.

    Compression is neither requested nor decoded: a few bytes of gzip may expand to gigabytes.
    """
    return aiohttp.ClientSession(
        auto_decompress=False,
        headers={"Accept-Encoding": "identity"},
        response_class=_BoundedResponse,
        trace_configs=list(traces),
    )
