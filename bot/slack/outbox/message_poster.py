"""Post or update a message in its channel, or elsewhere where the channel does not take it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InstallationFault, SlackRefused, SlackUnavailable
from bot.ports import Message, MessageKind
from bot.slack.api.channels import CACHE_SECONDS, ChannelCheck
from bot.slack.api.client import call_slack
from bot.slack.api.error_codes import CHANNEL_REFUSALS, describe_refusal
from bot.slack.api.newer_blocks import NewerBlocks
from bot.slack.api.reply import ReplyTargets, reply
from bot.slack.outbox.message_rendering import RenderedMessage, with_label
from bot.slack.payloads import ReplyTarget
from bot.slack.views.changes.channel_fallback import card_redirected, card_waiting
from bot.slack.views.drill import labelled_text
from bot.slack.views.mrkdwn import BlockReply, Blocks, blocks_as_text
from bot.slack.views.table import without_tables
from bot.slack.views.texts import outage

# For each way to reach the requester; other messages of the channel wait meanwhile.
MAX_REPLY_SECONDS = 3.0

# Nobody misses these where they are not posted: the card and the outcome tell it, too.
_NOT_REDIRECTED = (
    MessageKind.TIMELINE,
    MessageKind.NOW,
    MessageKind.DIRECT,
    MessageKind.NOTICE,
)

log = structlog.get_logger(__name__)

Posted = tuple[str, str]
"""Channel and ts of a message."""


class MessagePoster:
    """Posts and updates messages.

    ``ops_channel`` takes what a message's own channel does not take ("" for none);
    ``reply_targets`` tells how the requester is reached then.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        channel_check: ChannelCheck,
        ops_channel: str,
        reply_targets: ReplyTargets,
    ) -> None:
        self._client = client
        self._channel_check = channel_check
        self._ops_channel = ops_channel
        self._reply_targets = reply_targets
        self._newer_blocks = NewerBlocks()

    async def deliver(self, message: Message, view: RenderedMessage) -> Posted:
        """Post or update the message; return channel and ts. Raises SlackUnavailable, SlackRefused.

        What Slack refuses for good is tried without blocks, as a new message, in the operations
        channel and with the requester, in this order. A removed message is deleted: its ts is "".
        One that Slack does not delete is updated.
        """
        if message.removed:
            return await self._remove(message, view)
        if message.kind is not MessageKind.OUTCOME and (
            reason := await self._channel_check.reason_against(
                message.channel, max_age=CACHE_SECONDS
            )
        ):
            return await self._deliver_privately(message, view, reason)
        plain = replace(view, text=blocks_as_text(without_tables(view.blocks)), blocks=[])
        attempts = [partial(self._post, message.channel, one) for one in (view, plain)]
        if message.ts is not None:
            attempts[:0] = [partial(self._update, message, one) for one in (view, plain)]
        try:
            return await self._first_accepted(attempts, message, view)
        except SlackRefused as error:
            if message.kind in _NOT_REDIRECTED:
                raise
            return await self._redirect(message, view, error)

    async def _redirect(
        self, message: Message, view: RenderedMessage, refusal: SlackRefused
    ) -> Posted:
        """Post the message where else it can be read, and tell the requester where that is."""
        redirected = replace(
            view,
            text=blocks_as_text(without_tables(view.redirected_blocks)),
            blocks=[],
            thread_ts=None,
        )
        channels = [one for one in (self._ops_channel, view.fallback_recipient) if one]
        attempts = [partial(self._post, channel, redirected) for channel in channels]
        change, reason = view.change, describe_refusal(refusal)
        try:
            channel, ts = await self._first_accepted(attempts, message, view)
        except SlackRefused:
            if not message.shown:
                await self._notify_requester(message, view, card_redirected(change, reason, ""))
            raise refusal from None
        if channel != message.channel:
            text = card_redirected(change, reason, channel)
            await self._notify_requester(message, view, text, channel)
        return channel, ts

    async def _deliver_privately(
        self, message: Message, view: RenderedMessage, reason: str
    ) -> Posted:
        """Send the requester what the channel must not read, and tell the channel that it is so."""
        not_private = message.kind in (MessageKind.ASSERTED, MessageKind.NOW)
        if not_private or view.fallback_recipient in ("", message.channel):
            raise SlackRefused(outage.NOT_TOLD_THERE.format(reason=reason), code="shared_channel")
        if message.kind is MessageKind.CARD:
            text = outage.TOLD_TO_REQUESTER.format(change=message.change_id, reason=reason)
            notice = replace(view, text=text, blocks=[])
            if message.ts is None:
                await self._post(message.channel, notice)
            else:
                await self._update(message, notice)
        text = blocks_as_text(without_tables(view.redirected_blocks))
        redirected = replace(view, text=text, blocks=[])
        return await self._post(view.fallback_recipient, redirected)

    async def _first_accepted(
        self,
        attempts: Sequence[Callable[[], Awaitable[Posted]]],
        message: Message,
        view: RenderedMessage,
    ) -> Posted:
        """Return the result of the first attempt that Slack accepts.

        Raises the refusal of the last one, or SlackUnavailable where the bot's installation has to
        be mended first.
        """
        refused = SlackRefused(outage.NO_OTHER_PLACE)
        for attempt in attempts:
            try:
                return await attempt()
            except SlackRefused as error:
                log.warning("outbox.refused", key=message.key, code=error.code)
                if isinstance(error, InstallationFault) and error.code not in CHANNEL_REFUSALS:
                    if not message.tries:
                        text = card_waiting(view.change, str(error))
                        await self._notify_requester(message, view, text)
                    raise SlackUnavailable(str(error), code=error.code) from None
                refused = error
        raise refused

    async def _notify_requester(
        self, message: Message, view: RenderedMessage, text: str, channel: str = ""
    ) -> None:
        """Tell the requester what happened to their card; ``channel`` is where it was posted."""
        if message.kind is not MessageKind.CARD:
            return
        change = view.change
        target = self._reply_targets.last(change.requester, change.channel)
        if target is None:
            if channel.startswith("D"):  # the card itself was sent to them
                return
            target = ReplyTarget(message.key, change.requester)
        told = labelled_text(text) if change.drill else text
        await reply(self._client, target, told, seconds=MAX_REPLY_SECONDS)

    async def _remove(self, message: Message, view: RenderedMessage) -> Posted:
        """Delete the message, and tell the requester why. Raises SlackUnavailable."""
        posted = message.channel, ""
        if message.ts:
            try:
                await call_slack(self._client.chat_delete(channel=message.channel, ts=message.ts))
            except SlackRefused as error:
                log.warning("outbox.not_removed", key=message.key, code=error.code)
                if error.code != "message_not_found":
                    posted = await self._emptied(message, view)
        if view.for_requester is not None:
            change = view.change
            last = self._reply_targets.last(change.requester, change.channel)
            target = last or ReplyTarget(message.key, change.requester, change.channel)
            await reply(self._client, target, view.for_requester, seconds=MAX_REPLY_SECONDS)
        return posted

    async def _emptied(self, message: Message, view: RenderedMessage) -> Posted:
        """Update a message that Slack does not delete; one that it does not update stays."""
        with suppress(SlackRefused):
            return await self._update(message, view)
        return message.channel, str(message.ts)

    async def _post(self, channel: str, view: RenderedMessage) -> Posted:
        view = with_label(view)  # the text may be another one than was rendered

        async def post(blocks: Blocks) -> Mapping[str, Any]:
            return await call_slack(
                self._client.chat_postMessage(
                    channel=channel,
                    text=view.text,
                    blocks=blocks or None,
                    thread_ts=view.thread_ts,
                    unfurl_links=False,
                    unfurl_media=False,
                )
            )

        answer = await self._newer_blocks.send(_with_older(view), post)
        # Without a ts the message cannot be updated: its next revision is posted anew.
        return str(answer.get("channel") or channel), str(answer.get("ts") or "")

    async def _update(self, message: Message, view: RenderedMessage) -> Posted:
        view = with_label(view)

        async def update(blocks: Blocks) -> Mapping[str, Any]:
            return await call_slack(
                self._client.chat_update(
                    channel=message.channel, ts=str(message.ts), text=view.text, blocks=blocks
                )
            )

        await self._newer_blocks.send(_with_older(view), update)
        return message.channel, str(message.ts)


def _with_older(view: RenderedMessage) -> BlockReply:
    """Return the blocks, and those for a workspace without tables."""
    return BlockReply(view.text, view.blocks, without_tables(view.blocks))
