"""Where a message goes: to its channel, or, where that does not take it, elsewhere; and who is told of that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InstallationFault, SlackRefused, SlackUnavailable
from bot.ports import Message, MessageKind
from bot.slack.api.channels import KEPT, ChannelCheck
from bot.slack.api.client import call_slack
from bot.slack.api.error_codes import PLACE
from bot.slack.api.reply import ReplyTargets, reply
from bot.slack.outbox.render import RenderedMessage
from bot.slack.payloads import ReplyTarget
from bot.slack.views.changes.redirected import waits, went
from bot.slack.views.mrkdwn import as_text

TELL = 3.0  # seconds for each way to tell the requester; the lane waits

log = structlog.get_logger(__name__)


class MessagePoster:
    """Posts and updates messages.

    ``ops_channel`` is where a message goes that its own channel does not take; ``askers`` tells how the
    requester is reached then.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        places: ChannelCheck,
        ops_channel: str,
        reply_targets: ReplyTargets,
    ) -> None:
        self._client = client
        self._places = places
        self._ops_channel = ops_channel
        self._askers = reply_targets

    async def show(self, message: Message, view: RenderedMessage) -> tuple[str, str]:
        """Post or update the message; return channel and ts. Raises SlackUnavailable, SlackRefused.

        What Slack refuses for good is shown more plainly or elsewhere rather than not at all: without
        blocks, as a new message, in the operations channel, to the requester.
        """
        plain = replace(view, text=as_text(view.blocks), blocks=[])
        if message.kind is not MessageKind.OUTCOME and (
            why_not := await self._places.why_not(message.channel, kept=KEPT)
        ):
            return await self._aside(message, view, why_not)
        home = []
        if message.ts is not None:
            home += [partial(self._update, message, one) for one in (view, plain)]
        home += [partial(self._post, message.channel, one) for one in (view, plain)]
        try:
            return await self._by(home, message, view)
        except SlackRefused as error:
            why = error
        if message.kind is MessageKind.TIMELINE:
            raise why
        abroad = replace(plain, text=as_text(view.elsewhere), thread=None)
        places = [place for place in (self._ops_channel, view.otherwise) if place]
        try:
            found = await self._by(
                [partial(self._post, place, abroad) for place in places], message, view
            )
        except SlackRefused:
            if not message.shown:
                await self._tell(message, view, went(view.change, why, ""))
            raise why from None
        if found[0] != message.channel:
            await self._tell(message, view, went(view.change, why, found[0]), found[0])
        return found

    async def _aside(self, message: Message, view: RenderedMessage, why: str) -> tuple[str, str]:
        """Tell the requester what its channel must not be told, and the channel that it is so."""
        if message.kind is MessageKind.ASSERTED or view.otherwise == message.channel:
            raise SlackRefused(f"Not told there: {why}.", code="shared_channel")
        if message.kind is MessageKind.CARD:
            words = f"{message.change_id} is told to its requester alone from now on: {why}."
            bare = replace(view, text=words, blocks=[])
            if message.ts is None:
                await self._post(message.channel, bare)
            else:
                await self._update(message, bare)
        abroad = replace(view, text=as_text(view.elsewhere), blocks=[])
        return await self._post(view.otherwise, abroad)

    async def _by(
        self,
        ways: Sequence[Callable[[], Awaitable[tuple[str, str]]]],
        message: Message,
        view: RenderedMessage,
    ) -> tuple[str, str]:
        """Go the first way that Slack takes. Raises the refusal of the last one, or SlackUnavailable
        where no way will be taken before the bot's installation is mended."""
        refused = SlackRefused("nothing was tried")
        for way in ways:
            try:
                return await way()
            except SlackRefused as error:
                log.warning("announcer.refused", key=message.key, code=error.code)
                if isinstance(error, InstallationFault) and error.code not in PLACE:
                    if not message.tries:
                        await self._tell(message, view, waits(view.change, error))
                    raise SlackUnavailable(str(error), code=error.code) from None
                refused = error
        raise refused

    async def _tell(
        self, message: Message, view: RenderedMessage, words: str, place: str = ""
    ) -> None:
        """Tell the requester what became of the card, by the response URL where there is one."""
        change = view.change
        if message.kind is not MessageKind.CARD:
            return
        asked = self._askers.last(change.requester, change.channel)
        if asked is None:
            if place.startswith("D"):  # the card itself is what they are sent
                return
            asked = ReplyTarget(message.key, change.requester)
        await reply(self._client, asked, words, seconds=TELL)

    async def _post(self, channel: str, view: RenderedMessage) -> tuple[str, str]:
        answer = await call_slack(
            self._client.chat_postMessage(
                channel=channel,
                text=view.text,
                blocks=view.blocks or None,
                thread_ts=view.thread,
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        # Without a time it is there, and its next revision is posted anew.
        return str(answer.get("channel") or channel), str(answer.get("ts") or "")

    async def _update(self, message: Message, view: RenderedMessage) -> tuple[str, str]:
        await call_slack(
            self._client.chat_update(
                channel=message.channel, ts=str(message.ts), text=view.text, blocks=view.blocks
            )
        )
        return message.channel, str(message.ts)
