"""With which account a customer's requests are sent."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import httpx

from bot.continuity import urls
from bot.credentials import ANY, Account
from bot.domain.api_health import AccountOf, ApiAccount
from bot.errors import Refused
from bot.redaction import Redactor, message_redactor
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """An account, ready for requests: ``base`` ends with a slash, ``redact`` hides it in a text.

    ``drill``: of a simulated API alone.
    """

    base: httpx.URL
    auth: httpx.BasicAuth
    redact: Redactor
    drill: bool = False

    @classmethod
    def of(cls, account: Account) -> Self:
        """Return what requests with this account need. Raises ConfigurationError."""
        username, password = account.username, account.password.get_secret_value()
        header = base64.b64encode(f"{username}:{password}".encode()).decode()
        return cls(
            urls.base_of(account.url),
            httpx.BasicAuth(username, password),
            message_redactor(password, header, names=[username]),
            account.drill,
        )


def access_of(accesses: Mapping[str, ApiAccess], customer: str) -> ApiAccess:
    """Return the access for a customer. Raises Refused if there is none, or no such customer."""
    urls.customer_segments(customer)
    access = accesses.get(customer) or accesses.get(ANY)
    if access is None:
        raise Refused(
            f"There are no credentials for customer {customer} here: whoever runs the bot adds them "
            "to CONTINUITY_CREDENTIALS and starts it again. Nothing was sent."
        )
    return access


def only_base(accesses: Mapping[str, ApiAccess]) -> httpx.URL:
    """Return the one base URL of all accounts but those of drills. Raises Refused if there are several."""
    bases = {access.base for access in accesses.values() if not access.drill}
    if len(bases) != 1:
        raise Refused(
            "Accounts at more than one address are set up here, and it was not told which customer "
            "this is about. Nothing was sent."
        )
    return bases.pop()


def account_finder(settings: Settings) -> AccountOf:
    """Return what finds a customer's account, by the setting that holds it. Raises
    ConfigurationError."""
    accounts = settings.customer_accounts
    password = settings.continuity_password.get_secret_value()

    def account_of(customer: str) -> ApiAccount | None:
        key = customer if customer in accounts else ANY
        if key in accounts:
            table = f'["{ANY}"]' if key == ANY else f"[{key}]"
            host = httpx.URL(accounts[key].url).host
            return ApiAccount(f"CONTINUITY_CREDENTIALS, table {table}", host)
        if settings.continuity_username and password:
            return ApiAccount("CONTINUITY_PASSWORD", httpx.URL(settings.continuity_url).host)
        return None

    return account_of
