"""The Bolt app: save, acknowledge, and nothing else."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import StoreError
from bot.slack import payloads
from bot.slack.desk import Desk, not_saved
from bot.slack.payloads import Inbound
from bot.slack.reply import reply
from bot.slack.views import modals

log = structlog.get_logger(__name__)

ANY_ACTION = re.compile(".+", re.DOTALL)
Read = Callable[[Mapping[str, Any]], Inbound]


def build_app(client: AsyncWebClient, desk: Desk, me: Mapping[str, Any]) -> AsyncApp:
    """Return the app with its four listeners. ``me`` is the answer of `auth.test` at the start.

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

    async def save(read: Read, body: Mapping[str, Any], ack: AsyncAck) -> None:
        # Raising here would lose the acknowledgement (Bolt polls every 10 ms).
        try:
            inbound = read(body)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            log.warning("slack.not_readable", error=type(error).__name__)
            await ack()
            return
        words = ""
        try:
            await desk.accept(inbound)
        except StoreError as error:
            log.warning("slack.not_saved", request=inbound.key, why=str(error))
            words = not_saved(error)
        await ack()
        if words:
            await reply(client, inbound, words)

    @app.command("/continuity")
    async def on_command(ack: AsyncAck, body: dict[str, Any]) -> None:
        await save(payloads.from_command, body, ack)

    @app.action(ANY_ACTION)
    async def on_click(ack: AsyncAck, body: dict[str, Any]) -> None:
        await save(payloads.from_click, body, ack)

    @app.view(modals.CALLBACK)
    async def on_view(ack: AsyncAck, body: dict[str, Any]) -> None:
        missing = modals.errors(body)
        if missing:
            await ack(response_action="errors", errors=missing)
        else:
            await save(payloads.from_view, body, ack)

    @app.event("app_mention")
    async def on_mention(ack: AsyncAck, body: dict[str, Any]) -> None:
        await save(payloads.from_mention, body, ack)

    return app
