"""Save what was delivered, then acknowledge it; a modal that is filled in wrongly stays open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, StoreError
from bot.slack import payloads
from bot.slack.api.reply import reply
from bot.slack.inbound.secret_forms import SecretFormRunner
from bot.slack.inbound.worker import DeliveryWorker, not_saved
from bot.slack.payloads import Body, Payload, ViewPayload
from bot.slack.views.forms.form import Form, typed
from bot.slack.views.mrkdwn import clip

log = structlog.get_logger(__name__)

MOST = 1500  # characters of a sentence at a field
NOT_READABLE = (AttributeError, BotError, IndexError, KeyError, TypeError, ValueError)


class DeliveryReceiver:
    """Takes deliveries for the desk. Without ``confidants`` a secret form is an unknown one.

    Nothing raises past an acknowledgement: that would lose it (Bolt polls every 10 ms).
    """

    def __init__(
        self,
        client: AsyncWebClient,
        delivery_worker: DeliveryWorker,
        forms: Mapping[str, Form],
        secret_forms: SecretFormRunner | None,
    ) -> None:
        self._client = client
        self._desk = delivery_worker
        self._forms = forms
        self._confidants = secret_forms

    async def save(self, read: Callable[[Body], Payload | None], body: Body, ack: AsyncAck) -> None:
        """Save a delivery and acknowledge it; what cannot be read, or is none, is acknowledged only."""
        try:
            payload = read(body)
        except NOT_READABLE as error:
            return await _not_readable(error, ack)
        if payload is None:
            log.info("slack.no_command", event=body.get("event_id", ""))
            await ack()
            return None
        words = ""
        try:
            await self._desk.accept(payload)
        except StoreError as error:
            log.warning("slack.not_saved", request=payload.key, why=str(error))
            words = not_saved(error)
        except ValueError as error:  # half a surrogate pair, which JSON may hold and UTF-8 may not
            return await _not_readable(error, ack)
        await ack()
        if words:
            await reply(self._client, payload.reply_target, words)
        return None

    async def view(self, body: Body, ack: AsyncAck) -> None:
        """Take the submission of a form, by its callback id."""
        form = self._forms.get(str(body["view"]["callback_id"]))
        if form is None:
            return await self.save(payloads.ViewPayload.from_body, body, ack)
        try:
            wrong = form.errors(body["view"])
        except NOT_READABLE as error:
            return await _not_readable(error, ack)
        if wrong:
            await _wrong(ack, wrong)
        elif form.secret:
            await self._confide(form, body, ack)
        else:
            await self._look_and_save(form, body, ack)
        return None

    async def _look_and_save(self, form: Form, body: Body, ack: AsyncAck) -> None:
        try:
            payload = _read(body, form)
        except NOT_READABLE as error:
            return await _not_readable(error, ack)
        if wrong := await self._desk.wrong(payload):
            return await _wrong(ack, wrong)
        return await self.save(lambda _: payload, body, ack)

    async def _confide(self, form: Form, body: Body, ack: AsyncAck) -> None:
        if self._confidants is None:
            return await self.save(payloads.ViewPayload.from_body, body, ack)
        try:
            payload, values = _read(body, form), typed(body["view"])
        except NOT_READABLE as error:
            return await _not_readable(error, ack)
        await ack()
        self._confidants.take(payload, values)
        return None


def _read(body: Body, form: Form) -> ViewPayload:
    """Read a submission; of a secret form the ids only."""
    asked = form.read(body["view"])
    filled_in = {} if form.secret else {"text": asked.text, "values": asked.values}
    ids = {"channel": asked.channel, "action": asked.action, "value": asked.about}
    return ViewPayload.from_body(body, form.callback_id, **ids, **filled_in)


async def _wrong(ack: AsyncAck, wrong: Mapping[str, str]) -> None:
    """Keep the form open, with a sentence at each of its fields that is wrong."""
    await ack(
        response_action="errors", errors={block: clip(one, MOST) for block, one in wrong.items()}
    )


async def _not_readable(error: Exception, ack: AsyncAck) -> None:
    log.warning(
        "slack.not_readable", error=type(error).__name__
    )  # its message may hold what was typed
    await ack()
