"""Check settings: what is missing, wrong, or must not be used together."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from bot import network, slack_tokens
from bot.credentials import ANY
from bot.errors import ConfigurationError
from bot.settings import Settings

MIN_WEBHOOK_SECRET_CHARS = 16
_ROUTING_KEY = re.compile(r"[A-Za-z0-9]{32}")


def check_complete(settings: Settings) -> None:
    """Raise ConfigurationError with a line for each setting that the bot lacks."""
    lines = complaints(settings)
    if lines:
        raise ConfigurationError("\n".join(lines))


def complaints(settings: Settings) -> list[str]:
    """Return a line for each setting that the bot lacks or must not have."""
    lines = []
    if not settings.slack_bot_token.get_secret_value():
        lines.append("SLACK_BOT_TOKEN is missing: the xoxb- token of the installed app.")
    if not settings.socket_mode and not settings.slack_signing_secret.get_secret_value():
        lines.append("SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is missing.")
    lines += token_lines(settings)
    lines += _api_lines(settings)
    lines += pager_lines(settings)
    if os.environ.get("SLACK_CLIENT_ID") or os.environ.get("SLACK_CLIENT_SECRET"):
        # Bolt turns OAuth on by these two and drops the bot token.
        lines.append("SLACK_CLIENT_ID and SLACK_CLIENT_SECRET must not be set: unset them.")
    return lines


def token_lines(settings: Settings) -> list[str]:
    """Return a line for each setting that contains another token than it should."""
    names = ("slack_bot_token", "slack_app_token", "slack_signing_secret")
    return slack_tokens.complaints(
        {name.upper(): getattr(settings, name).get_secret_value() for name in names}
    )


def pager_lines(settings: Settings) -> list[str]:
    """Return a line for each setting of a pager that cannot be used."""
    lines = []
    key = settings.pagerduty_routing_key.get_secret_value()
    if key and not _ROUTING_KEY.fullmatch(key):
        lines.append(
            "PAGERDUTY_ROUTING_KEY must have 32 letters and digits: the key of an integration "
            "“Events API v2” of the service."
        )
    secret = settings.pager_webhook_secret.get_secret_value()
    if settings.pager_webhook_url and len(secret) < MIN_WEBHOOK_SECRET_CHARS:
        lines.append(
            f"PAGER_WEBHOOK_SECRET must have at least {MIN_WEBHOOK_SECRET_CHARS} characters: what "
            "PAGER_WEBHOOK_URL gets is signed with it."
        )
    if secret and not settings.pager_webhook_url:
        lines.append("PAGER_WEBHOOK_URL is missing: PAGER_WEBHOOK_SECRET is for it.")
    urls = {"PAGERDUTY_URL": settings.pagerduty_url} if key else {}
    if settings.pager_webhook_url:
        urls["PAGER_WEBHOOK_URL"] = settings.pager_webhook_url
    return lines + _address_lines(urls)


def check_terminal(settings: Settings) -> None:
    """Raise ConfigurationError, one line for each setting that `exec` misses, which asks little of
    Slack."""
    if lines := [*token_lines(settings), *_api_lines(settings)]:
        raise ConfigurationError("\n".join(lines))


def _api_lines(settings: Settings) -> list[str]:
    lines = []
    password = settings.continuity_password.get_secret_value()
    if settings.continuity_username or password or settings.continuity_credentials is None:
        if not settings.continuity_username:
            lines.append("CONTINUITY_USERNAME is missing: the user of the continuity API.")
        if not password:
            lines.append("CONTINUITY_PASSWORD is missing: the password of the continuity API.")
    lines += _credentials_lines(settings)
    urls = {"CONTINUITY_URL": settings.continuity_url, "SLACK_API_URL": settings.slack_api_url}
    return lines + _address_lines(urls) + network.complaints()


def _address_lines(urls: Mapping[str, str]) -> list[str]:
    lines = []
    for name, url in urls.items():
        if not network.is_address(url):
            lines.append(f"{name} must be an http or https address without account or query.")
        elif not is_safe(url):
            lines.append(f"{name} must start with https:// (http:// on this machine only).")
    return lines


def _credentials_lines(settings: Settings) -> list[str]:
    try:
        found = settings.customer_accounts
    except ConfigurationError as error:
        return str(error).splitlines()
    lines = [
        f"CONTINUITY_CREDENTIALS: [{number}] url: must start with https:// (http:// on this machine only)."
        for number, account in found.items()
        if account.url != settings.continuity_url and not (account.drill or is_safe(account.url))
    ]
    if settings.continuity_username and ANY in found:
        lines.append(
            'CONTINUITY_USERNAME and ["*"] in CONTINUITY_CREDENTIALS are two accounts for all other '
            "customers: keep one."
        )
    return lines


def is_safe(url: str) -> bool:
    """Whether a password or token may be sent there: over https, or to this machine."""
    if not network.is_address(url):
        return False
    parts = urlsplit(url)
    return parts.scheme == "https" or network.is_loopback(parts.hostname or "")
