"""Upload of files in bounded memory, and download of files up to a size."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InvalidInput, SlackRefused, SlackUnavailable
from bot.network import proxy_for
from bot.slack.api.client import call_slack, no_answer, required
from bot.slack.api.http_session import open_session

Chunks = AsyncIterator[bytes] | Path | IO[bytes]

# For the bytes of one file, either way.
MAX_TRANSFER_SECONDS = 300.0
# Read and sent at a time.
CHUNK_BYTES = 256 * 1024
_SLACK_DOMAINS = ("slack.com", "slack-gov.com")

log = structlog.get_logger(__name__)


async def upload(
    client: AsyncWebClient,
    *,
    channel: str,
    name: str,
    title: str,
    chunks: Chunks,
    comment: str = "",
    thread_ts: str | None = None,
    seconds: float = MAX_TRANSFER_SECONDS,
) -> str:
    """Upload a file, share it in a channel or with a person (``U…``), and return its id.

    ``comment`` is escaped already; ``seconds`` is the time for the bytes. Raises InvalidInput for
    an empty file, OSError where the temporary file cannot be written, SlackUnavailable,
    SlackRefused.

    The file is shared once: where the answer is lost, `files.info` tells whether it is there. After
    SlackUnavailable of that last step the file may still appear.
    """
    file_id = await send(client, name=name, chunks=chunks, seconds=seconds)
    await share(client, {file_id: title}, channel, comment, thread_ts)
    return file_id


async def send(
    client: AsyncWebClient, *, name: str, chunks: Chunks, seconds: float = MAX_TRANSFER_SECONDS
) -> str:
    """Send the bytes of a file, which nobody sees until it is shared; return its id.

    Raises as ``upload``.
    """
    # The SDK's files_upload_v2 holds the whole file in memory.
    async with _spooled(chunks) as file:
        length = await asyncio.to_thread(file.seek, 0, os.SEEK_END)
        if not length:
            raise InvalidInput("The file is empty: there is nothing to upload.")
        answer = await call_slack(client.files_getUploadURLExternal(filename=name, length=length))
        file_id = required(answer, "file_id")
        await _send(client, required(answer, "upload_url"), file, length, seconds)
    return file_id


async def download(
    client: AsyncWebClient, file_id: str, *, max_bytes: int, seconds: float = MAX_TRANSFER_SECONDS
) -> bytes:
    """Return the content of an attached file of at most ``max_bytes``.

    The token is sent to Slack's hosts and the host of the Web API only; no redirect is followed.
    Raises InvalidInput for a larger file, SlackUnavailable (also for an incomplete one),
    SlackRefused.
    """
    info: dict[str, Any] = (await call_slack(client.files_info(file=file_id))).get("file") or {}
    size = info.get("size")
    url = str(info.get("url_private_download") or info.get("url_private") or "")
    if not isinstance(size, int) or not _trusted(client, url):
        raise SlackRefused("Slack does not hand out this file.", code="file_not_available")
    if size > max_bytes:
        raise _too_large(max_bytes)
    async with _session(client, seconds) as session:
        headers = {"Authorization": f"Bearer {client.token}", "Accept-Encoding": "identity"}
        async with session.get(
            url, headers=headers, allow_redirects=False, **_network(client, url)
        ) as response:
            _check(response, "hand out the file")
            _check_is_file(response)
            content = await _read(response, max_bytes)
    if len(content) != size:
        raise SlackUnavailable("Slack handed out a part of the file only.")
    return content


@contextlib.asynccontextmanager
async def _spooled(chunks: Chunks) -> AsyncIterator[IO[bytes]]:
    """Yield the content as a seekable file; a temporary one has mode 0600 and no name."""
    if isinstance(chunks, Path):
        file: IO[bytes] = await asyncio.to_thread(chunks.open, "rb")
    elif isinstance(chunks, AsyncIterator):
        file = await asyncio.to_thread(tempfile.TemporaryFile)
    else:
        yield chunks
        return
    with file:
        if isinstance(chunks, AsyncIterator):
            await _fill(file, chunks)
        yield file


async def _fill(file: IO[bytes], chunks: AsyncIterator[bytes]) -> None:
    buffer = bytearray()
    async for chunk in chunks:
        buffer += chunk
        if len(buffer) >= CHUNK_BYTES:
            await asyncio.to_thread(file.write, buffer)
            buffer = bytearray()
    await asyncio.to_thread(file.write, buffer)
    await asyncio.to_thread(file.flush)


async def _send(
    client: AsyncWebClient, url: str, file: IO[bytes], length: int, seconds: float
) -> None:
    """Send the bytes to the address that Slack gave, without the token."""
    if not _trusted(client, url):
        raise SlackRefused("Slack named a strange place for the file.", code="strange_upload_url")

    async def chunks() -> AsyncIterator[bytes]:
        await asyncio.to_thread(file.seek, 0)
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk

    headers = {"Content-Length": str(length), "Content-Type": "application/octet-stream"}
    async with (
        _session(client, seconds) as session,
        session.post(
            url, data=chunks(), headers=headers, allow_redirects=False, **_network(client, url)
        ) as response,
    ):
        _check(response, "take the file")


async def share(
    client: AsyncWebClient,
    titles: Mapping[str, str],
    channel: str,
    comment: str = "",
    thread_ts: str | None = None,
) -> None:
    """Share files that were sent in one message; ``titles`` are by the id of the file. Raises as ``upload``."""
    # Only `channels` accepts a person (docs.slack.dev, files.completeUploadExternal).
    person = channel.startswith(("U", "W"))
    try:
        await call_slack(
            client.files_completeUploadExternal(
                files=[{"id": file_id, "title": title} for file_id, title in titles.items()],
                channel_id=None if person else channel,
                channels=[channel] if person else None,
                initial_comment=comment or None,
                thread_ts=thread_ts,
            )
        )
    except SlackUnavailable as error:
        first = next(iter(titles))
        if error.retry_after is not None or not await _is_shared(client, first):
            raise
        log.info("file.shared_after_all", file=first)


async def _is_shared(client: AsyncWebClient, file_id: str) -> bool:
    try:
        file = (await call_slack(client.files_info(file=file_id))).get("file") or {}
    except (SlackUnavailable, SlackRefused):
        return False
    return any(file.get(key) for key in ("channels", "groups", "ims"))


def _trusted(client: AsyncWebClient, url: str) -> bool:
    """Return whether a URL is on a host of Slack, or on the host and port of the Web API."""
    target, api = urlsplit(url), urlsplit(client.base_url)
    if (target.scheme, target.netloc) == (api.scheme, api.netloc):
        return True
    host = target.hostname or ""
    is_slack = any(host == domain or host.endswith(f".{domain}") for domain in _SLACK_DOMAINS)
    return target.scheme == "https" and is_slack


@contextlib.asynccontextmanager
async def _session(client: AsyncWebClient, seconds: float) -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a session; errors of the network within ``seconds`` are raised as SlackUnavailable."""
    try:
        async with asyncio.timeout(seconds), contextlib.AsyncExitStack() as stack:
            if client.session is None:
                yield await stack.enter_async_context(open_session())
            else:
                yield client.session
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise no_answer(error, "Slack did not answer") from None


def _network(client: AsyncWebClient, url: str) -> dict[str, Any]:
    return {"proxy": proxy_for(url), "ssl": client.ssl or True}


def _check(response: aiohttp.ClientResponse, what: str) -> None:
    status = response.status
    if status == 200:
        return
    if status in (408, 429) or status >= 500:
        raise SlackUnavailable(f"Slack did not {what} now ({status}).")
    raise SlackRefused(f"Slack did not {what} ({status}).", code=f"http_{status}")


def _check_is_file(response: aiohttp.ClientResponse) -> None:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise SlackRefused(
            "Slack sent the file compressed, which was not asked for.", code="packed"
        )
    if response.content_type == "text/html":  # a page to log in
        raise SlackRefused("Slack answered with a page, not with the file.", code="page")


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        content += chunk
        if len(content) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(content)


def _too_large(max_bytes: int) -> InvalidInput:
    return InvalidInput(f"The file is larger than {max_bytes:,} bytes. Send a smaller one.")
