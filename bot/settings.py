"""Settings from the environment, files or `.env`; each one that cannot be read is one line."""

from __future__ import annotations

import unicodedata
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.database_address import Database, parse_database
from bot.domain.report import parse_report_time
from bot.errors import ConfigurationError, InvalidInput
from bot.private_files import open_to_others
from bot.setting_files import read_setting_files

if TYPE_CHECKING:
    from bot.credentials import Accounts

# Names of pagers: in the database, in metrics and in messages.
PAGERDUTY, WEBHOOK = "pagerduty", "webhook"


def _database(value: object) -> object:
    return parse_database(value) if isinstance(value, str) else value


class Settings(BaseSettings):
    """Every setting of the bot; the names are those of the environment, in lower case."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, env_ignore_empty=True, arbitrary_types_allowed=True
    )

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
    database: Annotated[Database, BeforeValidator(_database)] = Path("continuity.db")
    # Of a replica on PostgreSQL, in seconds: after this time without a sign of it others take over.
    lease: float = Field(20.0, ge=5, le=120, allow_inf_nan=False)
    host: str = "127.0.0.1"
    port: int = Field(3000, ge=0, le=65535)
    ops_channel: str = ""
    # When what is on for long is told each day: a time, and perhaps a zone; `off` for never.
    report_at: str = "09:00"
    pagerduty_routing_key: SecretStr = SecretStr("")
    pagerduty_url: str = "https://events.pagerduty.com/"
    pager_webhook_url: str = ""
    pager_webhook_secret: SecretStr = SecretStr("")
    quiet_period: float = Field(60.0, ge=0, le=86_400, allow_inf_nan=False)
    # An opposite change waits this long, and an approved one must start within half an hour.
    settle: float = Field(600.0, gt=0, le=1500)
    allow_password_command: bool = False
    drain: float = Field(25.0, ge=0, le=86_400, allow_inf_nan=False)
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)
    ] = "INFO"
    log_format: Literal["json", "console"] = "console"

    @field_validator("*", mode="before")
    @classmethod
    def _readable(cls, value: object) -> object:
        """Refuse control characters: no file name, address or header contains one."""
        if isinstance(value, str) and any(
            unicodedata.category(one) in ("Cc", "Cs") for one in value
        ):
            raise ValueError("it holds a control character, or bytes that are not UTF-8")
        return value

    @field_validator("report_at")
    @classmethod
    def _report_time(cls, value: str) -> str:
        try:
            parse_report_time(value)
        except InvalidInput as error:
            raise ValueError(str(error)) from None
        return value

    @property
    def socket_mode(self) -> bool:
        """Socket Mode when an app token is set, else HTTP."""
        return bool(self.slack_app_token.get_secret_value())

    @property
    def pagers(self) -> tuple[str, ...]:
        """The names of the pagers that are configured."""
        given = {
            PAGERDUTY: self.pagerduty_routing_key.get_secret_value(),
            WEBHOOK: self.pager_webhook_url,
        }
        return tuple(name for name, value in given.items() if value)

    @cached_property
    def customer_accounts(self) -> Accounts:
        """The accounts of CONTINUITY_CREDENTIALS, read once. Raises ConfigurationError."""
        from bot.credentials import read

        file = self.continuity_credentials
        return {} if file is None else read(file, self.continuity_url)

    def is_drill(self, customer: str) -> bool:
        """Whether the customer's account is of a simulated API. Raises ConfigurationError."""
        account = self.customer_accounts.get(customer)
        return account is not None and account.drill


def load() -> Settings:
    """Read the settings. Raises ConfigurationError with a line for each that cannot be read."""
    settings, unreadable = load_readable()
    if unreadable:
        raise ConfigurationError("\n".join(unreadable))
    return settings


def load_readable() -> tuple[Settings, list[str]]:
    """Read the settings, and a line for each that cannot be read and has its default instead.

    A `.env` that cannot be read is ignored completely.
    """
    file, lines = _file_of_settings()
    values: dict[str, Any]
    values, more = read_setting_files(Settings.model_fields, file)
    lines += more
    try:
        return Settings(_env_file=file, **values), lines
    except ValidationError as error:
        problems = error.errors(include_input=False)
    names = [str(problem["loc"][0]) for problem in problems]
    told = zip(names, problems, strict=True)
    lines += dict.fromkeys(f"{name.upper()}: {problem['msg']}" for name, problem in told)
    values |= {name: Settings.model_fields[name].default for name in names}
    return Settings(_env_file=file, **values), lines


def _file_of_settings() -> tuple[Path | None, list[str]]:
    """Return the `.env` of this folder, None if there is none that may be used, and what is wrong
    with it."""
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
