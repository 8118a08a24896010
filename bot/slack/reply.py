"""Tell one person something, by the first way that is open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import SlackError, SlackUnavailable
from bot.slack.payloads import Inbound
from bot.slack.web import TIME, ask

log = structlog.get_logger(__name__)


async def reply(
    client: AsyncWebClient, inbound: Inbound, text: str, *, seconds: float = TIME
) -> None:
    """Answer who sent ``inbound``: by its response URL, else in the channel, else as a direct message.

    ``text`` is escaped already; each way has ``seconds``. Raises nothing: where no way is open, that
    is logged, since nobody can be told.
    """
    ways: list[Callable[[], Awaitable[object]]] = []
    if inbound.response_url:
        ways.append(lambda: _by_url(client, inbound.response_url, text, seconds))
    if inbound.channel:
        thread = inbound.thread_ts or None
        ways.append(
            lambda: ask(
                client.chat_postEphemeral(
                    channel=inbound.channel, user=inbound.user, text=text, thread_ts=thread
                ),
                seconds=seconds,
            )
        )
    ways.append(
        lambda: ask(client.chat_postMessage(channel=inbound.user, text=text), seconds=seconds)
    )
    for way in ways:
        try:
            await way()
        except SlackError as error:
            log.warning("reply.refused", request=inbound.key, code=error.code, why=str(error))
        else:
            return
    log.error("reply.lost", request=inbound.key)


async def _by_url(client: AsyncWebClient, url: str, text: str, seconds: float) -> None:
    # Without handlers: the default one sends again. The shared session knows no timeout of its own.
    hook = AsyncWebhookClient(url, session=client.session, retry_handlers=[])
    try:
        async with asyncio.timeout(seconds):
            answer = await hook.send(text=text, response_type="ephemeral", replace_original=False)
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError):
        raise SlackUnavailable("The response URL did not answer.") from None
    if answer.status_code != 200:  # used up, or older than 30 minutes
        raise SlackUnavailable(f"The response URL answered {answer.status_code}.")
