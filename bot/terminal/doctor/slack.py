"""Check the Slack tokens: identity, scopes, the address of a socket, and the clock."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ConfigurationError, SlackError, SlackUnavailable
from bot.settings import Settings
from bot.settings_check import is_safe, token_lines
from bot.slack.api.client import call_slack, client_for
from bot.slack.api.http_session import open_session
from bot.slack.api.identity import app_id_of, check_identity
from bot.terminal.doctor.finding import Finding, cure_of, fails, ok, warns

MANIFEST = Path(__file__).resolve().parents[2] / "manifest.yml"
WARN_SECONDS, FAIL_SECONDS = 30.0, 150.0  # of clock difference; signatures are valid for 300 s
_NO_ANSWER = "Check SLACK_API_URL, the way there (proxy, firewall, DNS), and status.slack.com."
_BOT_SCOPES = re.compile(
    r"^oauth_config:\n  scopes:\n    bot:\n((?:      - [a-z_:.]+\n)+)", re.MULTILINE
)


def scopes_wanted(manifest: str) -> frozenset[str]:
    """Return the bot scopes of our manifest, parsed without a YAML library.

    A test compares the result with that of a YAML library. Raises ValueError if the form is
    another.
    """
    found = _BOT_SCOPES.search(manifest)
    if found is None:
        raise ValueError("the manifest has another form")
    return frozenset(line.removeprefix("      - ") for line in found[1].splitlines())


@dataclass(slots=True)
class SlackAnswers:
    """From the headers of answers: the token's scopes, and how far our clock is ahead of
    Slack's."""

    scopes: str | None = None
    ahead: float | None = None  # seconds

    async def call(self, call: Awaitable[Any]) -> dict[str, Any]:
        """Await a call and return its answer. Raises SlackUnavailable or SlackRefused."""
        headers: dict[str, str] = {}
        try:
            return await call_slack(call, headers=headers)
        finally:
            self.scopes = headers.get("x-oauth-scopes")
            # There is no date, or one that cannot be compared.
            with suppress(ValueError, TypeError, OverflowError, IndexError):
                theirs = parsedate_to_datetime(headers.get("date", ""))
                self.ahead = (datetime.now(UTC) - theirs).total_seconds()


async def check(settings: Settings) -> Sequence[Finding]:
    """Call `auth.test`, and request a socket's address without connecting to it."""
    if not is_safe(settings.slack_api_url):
        return [warns("slack", "not asked: SLACK_API_URL is not safe to send a token to.")]
    if token_lines(settings):
        return [warns("slack", "not asked: a token is in the wrong setting.")]
    heard = SlackAnswers()
    token = settings.slack_bot_token.get_secret_value()
    async with open_session() as session:
        client = client_for(token, settings.slack_api_url, session)
        found = await _identity(client, heard) if token else []
        found += await _way_in(client, settings, heard)
    return [*found, _clock(heard.ahead)]


async def _identity(client: AsyncWebClient, heard: SlackAnswers) -> list[Finding]:
    try:
        me = await heard.call(client.auth_test())
    except SlackUnavailable as error:
        return [fails("bot token", f"{error} {cure_of(error, _NO_ANSWER)}")]
    except SlackError as error:
        return [fails("bot token", str(error))]
    try:
        check_identity(me)
    except ConfigurationError as error:
        return [fails("bot token", str(error))]
    return [
        ok("bot token", f"accepted, the bot is {me.get('user')} ({me.get('user_id')})"),
        ok("workspace", f"{me.get('team')} ({me.get('team_id')})"),
        *await _app(client, me),
        _scopes(heard.scopes),
    ]


async def _app(client: AsyncWebClient, me: dict[str, Any]) -> list[Finding]:
    try:
        app_id = app_id_of(
            await call_slack(client.bots_info(bot=me["bot_id"], team_id=me["team_id"]))
        )
    except SlackError as error:
        # A missing scope is reported with all the others.
        return [] if error.code == "missing_scope" else [fails("app", str(error))]
    except ConfigurationError as error:
        return [fails("app", str(error))]
    return [ok("app", app_id)]


def _scopes(header: str | None) -> Finding:
    if header is None:
        return warns("scopes", "Slack did not tell them (no x-oauth-scopes).")
    try:
        wanted = scopes_wanted(MANIFEST.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return warns("scopes", "not compared: manifest.yml cannot be read.")
    granted = {scope.strip() for scope in header.split(",")} - {""}
    cure = "Put manifest.yml into the app's settings in Slack and install the app again."
    if missing := sorted(wanted - granted):
        return fails("scopes", f"without {', '.join(missing)}. {cure}")
    if more := sorted(granted - wanted):
        return warns("scopes", f"with {', '.join(more)}, which the bot does not need. {cure}")
    return ok("scopes", f"the {len(wanted)} of manifest.yml")


async def _way_in(client: AsyncWebClient, settings: Settings, heard: SlackAnswers) -> list[Finding]:
    if not settings.socket_mode:
        is_set = bool(settings.slack_signing_secret.get_secret_value())
        return [ok("signing secret", "set (HTTP mode)")] if is_set else []
    token = settings.slack_app_token.get_secret_value()
    try:
        await heard.call(client.apps_connections_open(app_token=token))
    except SlackUnavailable as error:
        return [fails("socket", f"{error} {cure_of(error, _NO_ANSWER)}")]
    except SlackError as error:
        return [fails("socket", str(error))]
    return [ok("socket", "Slack gives an address to connect to")]


def _clock(ahead: float | None) -> Finding:
    if ahead is None:
        return warns("clock", "not compared: Slack told no time.")
    text = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} Slack's"
    if abs(ahead) > FAIL_SECONDS:
        return fails(
            "clock", f"{text}; beyond 300 s every request of Slack is refused. Set it (NTP)."
        )
    if abs(ahead) > WARN_SECONDS:
        return warns("clock", f"{text}. Set it (NTP).")
    return ok("clock", text)
