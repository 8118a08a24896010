"""Bare Bolt: an app whose only listener acknowledges, behind the bot's own HTTP server.

``python -m bench.workers.bare_bolt`` prints its port and serves until standard input ends.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.inbound.http_server import HttpServer

TOKEN = "xoxb-bare"  # noqa: S105  # made up: it calls nobody


def build() -> AsyncApp:
    """Return the app, set up as the bot sets it up: no second verification of the signature, no
    `auth.test` and no logging."""
    known = AuthorizeResult(
        enterprise_id=None, team_id="T0HOME", bot_user_id="U0BOT", bot_id="B0BARE", bot_token=TOKEN
    )

    async def authorize(**_: Any) -> AuthorizeResult:
        return known

    quiet = logging.getLogger("bare_bolt")
    quiet.setLevel(logging.ERROR)
    app = AsyncApp(
        logger=quiet,
        client=AsyncWebClient(token=TOKEN),
        authorize=authorize,
        request_verification_enabled=False,
        ssl_check_enabled=False,
    )

    @app.command("/continuity")
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    return app


async def main() -> None:
    """Serve until standard input ends; the port is printed first."""
    async with HttpServer(os.environ["SLACK_SIGNING_SECRET"], lambda: True) as server:
        server.app = build()
        print(server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
