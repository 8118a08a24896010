"""The Bolt app: save, acknowledge, and nothing else."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import payloads
from bot.slack.inbound.form_registry import FORMS
from bot.slack.inbound.receiver import DeliveryReceiver
from bot.slack.inbound.secret_forms import SecretFormRunner
from bot.slack.inbound.worker import DeliveryWorker
from bot.slack.views.forms.form import Form

ANY_ACTION = ANY_VIEW = re.compile(".+", re.DOTALL)


def build_app(
    client: AsyncWebClient,
    delivery_worker: DeliveryWorker,
    me: Mapping[str, Any],
    secret_forms: SecretFormRunner | None = None,
    forms: Mapping[str, Form] = FORMS,
) -> AsyncApp:
    """Return the app with its four listeners. ``me`` is the answer of `auth.test` at the start, ``forms``
    are the modals that it takes; without ``confidants`` it takes no secret one.

    The signature is verified before Bolt sees a request, and the authorisation is known already: an
    `auth.test` in front of the first listener could eat the three seconds.
    """
    known = AuthorizeResult(
        enterprise_id=me.get("enterprise_id"),
        team_id=me["team_id"],
        bot_user_id=me["user_id"],
        bot_id=me.get("bot_id"),
        bot_token=client.token,
    )

    async def authorize(**_: Any) -> AuthorizeResult:
        return known

    # Bolt warns at every start that a token in the environment is not used twice.
    quiet = logging.getLogger("slack_bolt.quiet")
    quiet.setLevel(logging.ERROR)
    app = AsyncApp(
        logger=quiet,
        client=client,
        authorize=authorize,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        raise_error_for_unhandled_request=False,
    )

    receiver = DeliveryReceiver(client, delivery_worker, forms, secret_forms)

    @app.command("/continuity")
    async def on_command(ack: AsyncAck, body: dict[str, Any]) -> None:
        await receiver.save(payloads.CommandPayload.from_body, body, ack)

    @app.action(ANY_ACTION)
    async def on_click(ack: AsyncAck, body: dict[str, Any]) -> None:
        await receiver.save(payloads.ActionPayload.from_body, body, ack)

    @app.view(ANY_VIEW)
    async def on_view(ack: AsyncAck, body: dict[str, Any]) -> None:
        await receiver.view(body, ack)

    @app.event("app_mention")
    async def on_mention(ack: AsyncAck, body: dict[str, Any]) -> None:
        def read(told: Mapping[str, Any]) -> payloads.MentionPayload | None:
            return (
                payloads.MentionPayload.from_body(told) if payloads.is_typed_now(told, me) else None
            )

        await receiver.save(read, body, ack)

    return app
