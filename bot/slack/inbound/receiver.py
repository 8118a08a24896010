"""Save what was delivered, then acknowledge it; a modal that is filled in wrongly stays open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, StoreError
from bot.slack.api.reply import reply
from bot.slack.features.base.errors import error_reply
from bot.slack.inbound.delivery_worker import DeliveryWorker
from bot.slack.limits import MAX_OPTIONS
from bot.slack.payload_origin import Body
from bot.slack.payloads import Payload, SuggestionPayload, ViewPayload
from bot.slack.views.modals.inputs import option
from bot.slack.views.modals.modal import Modal, typed
from bot.slack.views.mrkdwn import clip

MAX_FIELD_ERROR_CHARS = 1500
NOT_READABLE = (AttributeError, BotError, IndexError, KeyError, TypeError, ValueError)

log = structlog.get_logger(__name__)


class DeliveryReceiver:
    """What the listeners of Bolt do.

    They raise nothing after an acknowledgement: that would lose it, since Bolt polls every 10 ms.
    """

    def __init__(self, client: AsyncWebClient, worker: DeliveryWorker) -> None:
        self._client = client
        self._worker = worker

    async def save(self, read: Callable[[Body], Payload | None], body: Body, ack: AsyncAck) -> None:
        """Save a delivery and acknowledge it; what cannot be read is acknowledged only."""
        try:
            payload = read(body)
        except NOT_READABLE as error:
            return await _not_readable(error, ack)
        if payload is None:
            log.info("slack.no_command", event_id=body.get("event_id", ""))
            await ack()
            return None
        try:
            await self._worker.accept(payload)
        except StoreError as error:
            log.warning("slack.not_saved", request=payload.key, why=str(error))
            await ack()
            return await reply(self._client, payload.reply_target, error_reply(error).words)
        except ValueError as error:  # half a surrogate pair, which JSON may hold and UTF-8 may not
            return await _not_readable(error, ack)
        await ack()
        return None

    async def submit(self, modal: type[Modal], body: Body, ack: AsyncAck) -> None:
        """Take the submission of a modal. A secret one is carried out and not saved."""
        try:
            view = body["view"]
            errors: Mapping[str, str] = modal.errors(view)
            payload = None if errors else _read(modal, body)
            values = typed(view)
        except NOT_READABLE as error:
            return await _not_readable(error, ack)
        if payload is None:
            return await _keep_open(ack, errors)
        if modal.secret:
            await ack()
            return self._worker.accept_secret(payload, values)
        if errors := await self._worker.check(payload):
            return await _keep_open(ack, errors)
        return await self.save(lambda _: payload, body, ack)

    async def suggest(self, body: Body, ack: AsyncAck) -> None:
        """Answer with the options for what is typed into a select. Nothing is saved."""
        try:
            payload = SuggestionPayload.from_body(body)
        except NOT_READABLE as error:
            return await _not_readable(error, ack)
        found = [*(await self._worker.suggest(payload)).items()][:MAX_OPTIONS]
        await ack(options=[option(value, label) for value, label in found])
        return None


def _read(modal: type[Modal], body: Body) -> ViewPayload:
    """Read a submission; of a secret modal the ids only."""
    asked = modal.parse(body["view"])
    content = {} if modal.secret else {"text": asked.text, "values": asked.values}
    ids = {"action": asked.action, "value": asked.about, "channel": asked.channel}
    return ViewPayload.from_body(body, modal.callback_id, **ids, **content)


async def _keep_open(ack: AsyncAck, errors: Mapping[str, str]) -> None:
    """Keep the modal open, with a sentence at each of its fields that is wrong."""
    shown = {block: clip(one, MAX_FIELD_ERROR_CHARS) for block, one in errors.items()}
    await ack(response_action="errors", errors=shown)


async def _not_readable(error: Exception, ack: AsyncAck) -> None:
    # Its message may hold what was typed.
    log.warning("slack.not_readable", error=type(error).__name__)
    await ack()
