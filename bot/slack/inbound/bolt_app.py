"""The Bolt app: a listener for each declared id, which saves and acknowledges, nothing else."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.features import FEATURES
from bot.slack.features.base.feature import Feature
from bot.slack.inbound.delivery_worker import DeliveryWorker
from bot.slack.inbound.receiver import DeliveryReceiver
from bot.slack.payload_origin import Body, is_typed_now
from bot.slack.payloads import (
    ActionPayload,
    CommandPayload,
    HomePayload,
    MentionPayload,
    ShortcutPayload,
    ViewPayload,
)
from bot.slack.views.modals.modal import Modal

ANY_ID = re.compile(".+", re.DOTALL)

Listener = Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]


def build_app(
    client: AsyncWebClient,
    worker: DeliveryWorker,
    me: Mapping[str, Any],
    features: Feature = FEATURES,
) -> AsyncApp:
    """Return the app. ``me`` is the answer of `auth.test` at the start.

    The worker carries out what is saved, by the handlers that the same features declare. An id that
    none declares has a listener, too: it is saved, refused and recorded.
    """
    app = _bare_app(client, me)
    receiver = DeliveryReceiver(client, worker)
    _listen_to_text(app, receiver, me)
    _listen_to_actions(app, receiver, features)
    _listen_to_views(app, receiver, features)
    _listen_to_shortcuts(app, receiver, features)
    return app


def _listen_to_text(app: AsyncApp, receiver: DeliveryReceiver, me: Mapping[str, Any]) -> None:
    @app.command("/continuity")
    async def on_command(ack: AsyncAck, body: dict[str, Any]) -> None:
        await receiver.save(CommandPayload.from_body, body, ack)

    @app.event("app_mention")
    async def on_mention(ack: AsyncAck, body: dict[str, Any]) -> None:
        def read(mention: Body) -> MentionPayload | None:
            return MentionPayload.from_body(mention) if is_typed_now(mention, me) else None

        await receiver.save(read, body, ack)

    @app.event("app_home_opened")
    async def on_home(ack: AsyncAck, body: dict[str, Any]) -> None:
        await receiver.save(HomePayload.from_body, body, ack)


def _listen_to_actions(app: AsyncApp, receiver: DeliveryReceiver, features: Feature) -> None:
    async def on_action(ack: AsyncAck, body: dict[str, Any]) -> None:
        await receiver.save(lambda click: _read_click(click, features), body, ack)

    for action_id in features.actions:
        app.action(action_id)(on_action)
    app.action(ANY_ID)(on_action)


def _listen_to_views(app: AsyncApp, receiver: DeliveryReceiver, features: Feature) -> None:
    for callback_id, modal in features.modals.items():
        app.view(callback_id)(_on_view(receiver, modal))

    @app.view(ANY_ID)
    async def on_unknown_view(ack: AsyncAck, body: dict[str, Any]) -> None:
        await receiver.save(ViewPayload.from_body, body, ack)


def _listen_to_shortcuts(app: AsyncApp, receiver: DeliveryReceiver, features: Feature) -> None:
    async def on_shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        await receiver.save(ShortcutPayload.from_body, body, ack)

    for callback_id in features.shortcuts:
        app.shortcut(callback_id)(on_shortcut)
    app.shortcut(ANY_ID)(on_shortcut)

    @app.options(ANY_ID)
    async def on_options(ack: AsyncAck, body: dict[str, Any]) -> None:
        await receiver.suggest(body, ack)


def _read_click(body: Body, features: Feature) -> ActionPayload:
    """Read a click; one in a modal with what is filled in there, unless that is secret."""
    view = body.get("view") or {}
    modal = features.modals.get(str(view.get("callback_id")))
    if modal is None or modal.secret:
        return ActionPayload.from_body(body)
    asked = modal.parse(view)
    content = {"about": asked.about, "channel": asked.channel, "values": asked.values}
    return ActionPayload.from_body(body, form=modal.callback_id, view_id=view["id"], **content)


def _on_view(receiver: DeliveryReceiver, modal: type[Modal]) -> Listener:
    async def on_view(ack: AsyncAck, body: dict[str, Any]) -> None:
        await receiver.submit(modal, body, ack)

    return on_view


def _bare_app(client: AsyncWebClient, me: Mapping[str, Any]) -> AsyncApp:
    """Return an app without listeners.

    The signature is verified before Bolt sees a request, and the authorisation is known already: an
    `auth.test` in front of the first listener could take the three seconds.
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
    return AsyncApp(
        logger=quiet,
        client=client,
        authorize=authorize,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        raise_error_for_unhandled_request=False,
    )
