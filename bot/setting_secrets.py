"""The secrets of the settings: no log line, no message and no stored text may contain them."""

from __future__ import annotations

from contextlib import suppress

from pydantic import SecretStr

from bot.database_address import PostgresUrl
from bot.errors import ConfigurationError
from bot.network import proxy_secrets
from bot.settings import Settings


def secrets_of(settings: Settings) -> list[str]:
    """Return the secrets; `user:password` is what HTTP Basic
    encodes."""
    secrets = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]
    password = settings.continuity_password.get_secret_value()
    accounts = [(settings.continuity_username, password)]
    with suppress(ConfigurationError):  # reported where the settings are checked
        accounts += [
            (account.username, account.password.get_secret_value())
            for account in settings.customer_accounts.values()
        ]
    secrets += [password for _, password in accounts]
    secrets += proxy_secrets()
    secrets.append(settings.pager_webhook_url)  # many of them hold a token in their path
    if isinstance(settings.database, PostgresUrl):
        secrets += settings.database.secrets
    return [*secrets, *(f"{username}:{password}" for username, password in accounts)]
