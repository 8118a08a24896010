"""Tell one person something, by the first way that is open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import SlackError, SlackUnavailable
from bot.network import proxy_for
from bot.slack.api.client import TIME, call_slack, no_answer
from bot.slack.payloads import ReplyTarget
from bot.slack.views.mrkdwn import BlockReply

MOST_ASKERS = 1000

log = structlog.get_logger(__name__)


class ReplyTargets:
    """The last delivery of each person in each channel that has a response URL, in memory alone: the
    address takes an answer for 30 minutes and needs no token."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], ReplyTarget] = {}

    def note(self, target: ReplyTarget) -> None:
        """Remember who asked, and where."""
        if target.response_url:
            self._kept.pop((target.user, target.channel), None)
            self._kept[target.user, target.channel] = target
            if len(self._kept) > MOST_ASKERS:
                del self._kept[next(iter(self._kept))]

    def last(self, user: str, channel: str) -> ReplyTarget | None:
        """Return what this person sent last from there, or None."""
        return self._kept.get((user, channel))


async def reply(
    client: AsyncWebClient, target: ReplyTarget, told: str | BlockReply, *, seconds: float = TIME
) -> None:
    """Answer a person: by the response URL, else in the channel, else as a direct message.

    Text is escaped already; each way has ``seconds``. Raises nothing: where no way is open, that is
    logged, since nobody can be told. Blocks that no way takes are left out.
    """
    said = BlockReply(told, []) if isinstance(told, str) else told
    for blocks in (said.blocks, []) if said.blocks else ([],):
        for way in _ways(client, target, BlockReply(said.text, blocks), seconds):
            try:
                await way()
            except SlackError as error:
                log.warning(
                    "reply.refused", request=target.request, code=error.code, why=str(error)
                )
            else:
                return
    log.error("reply.lost", request=target.request)


def _ways(
    client: AsyncWebClient, target: ReplyTarget, said: BlockReply, seconds: float
) -> Iterator[Callable[[], Awaitable[object]]]:
    text, blocks, user = said.text, said.blocks or None, target.user
    if target.response_url:
        yield lambda: _by_url(client, target.response_url, said, seconds)
    if target.channel:
        channel, thread = target.channel, target.thread_ts or None
        yield lambda: call_slack(
            client.chat_postEphemeral(
                channel=channel, user=user, text=text, blocks=blocks, thread_ts=thread
            ),
            seconds=seconds,
        )
    yield lambda: call_slack(
        client.chat_postMessage(channel=user, text=text, blocks=blocks), seconds=seconds
    )


async def _by_url(client: AsyncWebClient, url: str, said: BlockReply, seconds: float) -> None:
    # Without handlers: the default one sends again. The shared session knows no timeout of its own.
    hook = AsyncWebhookClient(url, session=client.session, ssl=client.ssl, retry_handlers=[])
    hook.proxy = proxy_for(url)  # the library takes HTTPS_PROXY for every address
    try:
        async with asyncio.timeout(seconds):
            answer = await hook.send(
                text=said.text,
                blocks=said.blocks or None,
                response_type="ephemeral",
                replace_original=False,
            )
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise no_answer(error, "The response URL did not answer") from None
    if answer.status_code != 200:  # used up, or older than 30 minutes
        raise SlackUnavailable(f"The response URL answered {answer.status_code}.")
