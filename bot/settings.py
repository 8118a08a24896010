"""Settings from the environment or `.env`, frozen; what is missing is told in one line each."""

from __future__ import annotations

import os
import unicodedata
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import network, slack_tokens
from bot.continuity import accounts
from bot.errors import ConfigurationError
from bot.private_files import open_to_others


class Settings(BaseSettings):
    """Every setting of the bot; the names are those of the environment, in lower case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = "https://slack.com/api/"
    slack_pace: float = Field(1.0, gt=0, allow_inf_nan=False)
    continuity_url: str = "https://api.retarus.com/email/continuity/v2/"
    continuity_username: str = ""
    continuity_password: SecretStr = SecretStr("")
    continuity_credentials: Path | None = None
    continuity_group_encoding: Literal["repeat", "comma"] = "repeat"
    database: Path = Path("continuity.db")
    host: str = "127.0.0.1"
    port: int = Field(3000, ge=0, le=65535)
    ops_channel: str = ""
    quiet_period: float = Field(60.0, ge=0, le=86_400, allow_inf_nan=False)
    # An opposite change waits so long, and an approved one must start within half an hour.
    settle: float = Field(600.0, gt=0, le=1500)
    allow_password_command: bool = False
    drain: float = Field(25.0, ge=0, le=86_400, allow_inf_nan=False)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "console"

    @field_validator("*", mode="before")
    @classmethod
    def _readable(cls, value: object) -> object:
        """Refuse what no file, address or header can hold."""
        if isinstance(value, str) and any(
            unicodedata.category(one) in ("Cc", "Cs") for one in value
        ):
            raise ValueError("it holds a control character, or bytes that are not UTF-8")
        return value

    @property
    def socket_mode(self) -> bool:
        """Socket Mode when an app token is set, else HTTP."""
        return bool(self.slack_app_token.get_secret_value())

    @cached_property
    def customer_accounts(self) -> accounts.Accounts:
        """The accounts of CONTINUITY_CREDENTIALS, read once. Raises ConfigurationError."""
        file = self.continuity_credentials
        return {} if file is None else accounts.read(file, self.continuity_url)


def load() -> Settings:
    """Read the settings. Raises ConfigurationError, a line for each that cannot be read."""
    settings, unreadable = load_readable()
    if unreadable:
        raise ConfigurationError("\n".join(unreadable))
    return settings


def load_readable() -> tuple[Settings, list[str]]:
    """Read the settings; one that cannot be read has its default, and a line that says so.

    A `.env` that cannot be read is left out as a whole.
    """
    file, lines = _file_of_settings()
    try:
        return Settings(_env_file=file), lines
    except ValidationError as error:
        problems = error.errors(include_input=False)
    names = [str(problem["loc"][0]) for problem in problems]
    lines += [
        f"{name.upper()}: {problem['msg']}" for name, problem in zip(names, problems, strict=True)
    ]
    defaults = {name: Settings.model_fields[name].default for name in names}
    return Settings(_env_file=file, **defaults), lines


def _file_of_settings() -> tuple[Path | None, list[str]]:
    """Return the `.env` of this folder, None where it is not there or not to be used, and what is wrong."""
    file = Path(".env")
    try:
        file.read_text(encoding="utf-8")
        opened = open_to_others(file)
    except FileNotFoundError:
        return None, []
    except OSError as error:
        return None, [f"{file} cannot be read: {error.strerror}."]
    except UnicodeDecodeError:
        return None, [f"{file} is not UTF-8."]
    return file, [f"{file} {opened}: chmod 600 {file}"] if opened else []


def check_complete(settings: Settings) -> None:
    """Raise ConfigurationError, one line for each setting that the running bot misses."""
    lines = complaints(settings)
    if lines:
        raise ConfigurationError("\n".join(lines))


def complaints(settings: Settings) -> list[str]:
    """Return a line for each setting that the running bot misses, or that it must not have."""
    lines = []
    if not settings.slack_bot_token.get_secret_value():
        lines.append("SLACK_BOT_TOKEN is missing: the xoxb- token of the installed app.")
    if not settings.socket_mode and not settings.slack_signing_secret.get_secret_value():
        lines.append("SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is missing.")
    lines += token_lines(settings)
    lines += _api_lines(settings)
    if os.environ.get("SLACK_CLIENT_ID") or os.environ.get("SLACK_CLIENT_SECRET"):
        # Bolt turns OAuth on by these two and drops the bot token.
        lines.append("SLACK_CLIENT_ID and SLACK_CLIENT_SECRET must not be set: unset them.")
    return lines


def token_lines(settings: Settings) -> list[str]:
    """Return a line for each setting that holds another token than it should."""
    names = ("slack_bot_token", "slack_app_token", "slack_signing_secret")
    return slack_tokens.complaints(
        {name.upper(): getattr(settings, name).get_secret_value() for name in names}
    )


def check_terminal(settings: Settings) -> None:
    """Raise ConfigurationError, one line for each setting that `exec` misses, which asks little of Slack."""
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
    for name, url in (
        ("CONTINUITY_URL", settings.continuity_url),
        ("SLACK_API_URL", settings.slack_api_url),
    ):
        if not network.is_address(url):
            lines.append(f"{name} must be an http or https address without account or query.")
        elif not is_safe(url):
            lines.append(f"{name} must start with https:// (http:// on this machine only).")
    return lines + network.complaints()


def _credentials_lines(settings: Settings) -> list[str]:
    try:
        found = settings.customer_accounts
    except ConfigurationError as error:
        return str(error).splitlines()
    lines = [
        f"CONTINUITY_CREDENTIALS: [{number}] url: must start with https:// (http:// on this machine only)."
        for number, account in found.items()
        if account.url != settings.continuity_url and not is_safe(account.url)
    ]
    if settings.continuity_username and accounts.ANY in found:
        lines.append(
            'CONTINUITY_USERNAME and ["*"] in CONTINUITY_CREDENTIALS are two accounts for all other '
            "customers: keep one."
        )
    return lines


def is_safe(url: str) -> bool:
    """Whether a password or token may be sent there: it must not cross a network in clear."""
    if not network.is_address(url):
        return False
    parts = urlsplit(url)
    return parts.scheme == "https" or network.is_loopback(parts.hostname or "")
