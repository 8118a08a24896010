"""The HTTP session towards Slack: answers come as they are, and are read up to a limit."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp

LARGEST_ANSWER = 8 * 1024 * 1024  # bytes of one answer: our own bound, far above Slack's largest


class _Bounded(aiohttp.ClientResponse):
    """An answer that is read in whole: aiohttp alone would read without an end."""

    async def read(self) -> bytes:
        """Return the body. Raises aiohttp.ClientPayloadError for one that is too large."""
        if self._body is None:
            content = bytearray()
            async for piece in self.content.iter_any():
                content += piece
                if len(content) > LARGEST_ANSWER:
                    self.close()
                    raise aiohttp.ClientPayloadError("the answer is too large")
            self._body = bytes(content)
        return self._body


def open_session(traces: Sequence[aiohttp.TraceConfig] = ()) -> aiohttp.ClientSession:
    """Return a session; whoever asks for it closes it.

    No encoding is asked for and none is decoded: a few bytes in gzip may stand for gigabytes.
    """
    return aiohttp.ClientSession(
        auto_decompress=False,
        headers={"Accept-Encoding": "identity"},
        response_class=_Bounded,
        trace_configs=list(traces),
    )
