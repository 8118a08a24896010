"""Replies to one person, by the first way that Slack accepts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import SlackError, SlackRefused, SlackUnavailable
from bot.network import proxy_for
from bot.slack.api.client import MAX_CALL_SECONDS, call_slack, no_answer
from bot.slack.api.newer_blocks import INVALID_BLOCKS, NewerBlocks
from bot.slack.payloads import ReplyTarget
from bot.slack.views.mrkdwn import BlockReply, Blocks

MAX_REPLY_TARGETS = 1000

log = structlog.get_logger(__name__)


class ReplyTargets:
    """The last reply target of each person in each channel that has a response URL or a thread.

    In memory only: the URL takes replies for 30 minutes and needs no token.
    """

    def __init__(self) -> None:
        self._targets: dict[tuple[str, str], ReplyTarget] = {}

    def note(self, target: ReplyTarget) -> None:
        """Save the target if it has a response URL or a thread."""
        if target.response_url or target.thread_ts:
            self._targets.pop((target.user, target.channel), None)
            self._targets[target.user, target.channel] = target
            if len(self._targets) > MAX_REPLY_TARGETS:
                del self._targets[next(iter(self._targets))]

    def last(self, user: str, channel: str) -> ReplyTarget | None:
        """Return the last target of this person in this channel, or None."""
        return self._targets.get((user, channel))


async def reply(
    client: AsyncWebClient,
    target: ReplyTarget,
    content: str | BlockReply,
    *,
    seconds: float = MAX_CALL_SECONDS,
    newer_blocks: NewerBlocks | None = None,
) -> None:
    """Reply to a person: by the response URL, else in the channel, else as a direct message.

    Text is escaped already; each attempt has ``seconds``. Blocks that are refused everywhere are
    left out. ``newer_blocks`` remembers which kinds the workspace refuses. Raises nothing: where no
    attempt succeeds, that is logged.
    """
    newer_blocks = newer_blocks or NewerBlocks()
    full = BlockReply(content, []) if isinstance(content, str) else content
    for form in (full, BlockReply(full.text, [])) if full.blocks else (full,):
        for attempt in _attempts(client, target, full.text, seconds):
            try:
                await newer_blocks.send(form, attempt)
            except SlackError as error:
                log.warning(
                    "reply.refused", request=target.request, code=error.code, why=str(error)
                )
            else:
                return
    log.error("reply.lost", request=target.request)


def _attempts(
    client: AsyncWebClient, target: ReplyTarget, text: str, seconds: float
) -> Iterator[Callable[[Blocks], Awaitable[object]]]:
    user = target.user
    if target.response_url:
        yield lambda blocks: _by_url(client, target.response_url, text, blocks, seconds)
    if target.channel:
        channel, thread = target.channel, target.thread_ts or None
        yield lambda blocks: call_slack(
            client.chat_postEphemeral(
                channel=channel, user=user, text=text, blocks=blocks or None, thread_ts=thread
            ),
            seconds=seconds,
        )
    yield lambda blocks: call_slack(
        client.chat_postMessage(channel=user, text=text, blocks=blocks or None), seconds=seconds
    )


async def _by_url(
    client: AsyncWebClient, url: str, text: str, blocks: Blocks, seconds: float
) -> None:
    # Without handlers: the default one sends again. The shared session has no timeout of its own.
    hook = AsyncWebhookClient(url, session=client.session, ssl=client.ssl, retry_handlers=[])
    hook.proxy = proxy_for(url)  # the library takes HTTPS_PROXY for every address
    try:
        async with asyncio.timeout(seconds):
            answer = await hook.send(
                text=text,
                blocks=blocks or None,
                response_type="ephemeral",
                replace_original=False,
            )
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise no_answer(error, "The response URL did not answer") from None
    if answer.status_code == 400 and INVALID_BLOCKS in (answer.body or ""):  # text or JSON
        raise SlackRefused("The response URL does not take these blocks.", code=INVALID_BLOCKS)
    if answer.status_code != 200:  # used up, or older than 30 minutes
        raise SlackUnavailable(f"The response URL answered {answer.status_code}.")
