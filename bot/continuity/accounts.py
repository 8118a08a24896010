"""Which account of the API a customer is served with."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from bot.continuity import urls
from bot.continuity.redaction import Hide, header_of, hiding
from bot.domain.scope import parse_customer
from bot.errors import ConfigurationError, InvalidInput, Refused
from bot.private_files import open_to_others

ANY = "*"  # the table for every customer that has none of its own
_NAME = "CONTINUITY_CREDENTIALS"
_LARGEST = 1 << 20  # bytes of the file


@dataclass(frozen=True, slots=True)
class Account:
    """Where a customer's API is and who asks it."""

    url: str
    username: str
    password: SecretStr

    @property
    def base(self) -> httpx.URL:
        """The base URL with one slash at its end. Raises ConfigurationError."""
        return urls.base_of(self.url)

    @property
    def auth(self) -> httpx.BasicAuth:
        """What authenticates a request."""
        return httpx.BasicAuth(self.username, self.password.get_secret_value())

    @property
    def hide(self) -> Hide:
        """What takes the account out of a text."""
        password = self.password.get_secret_value()
        return hiding(password, header_of(self.username, password), names=[self.username])


Accounts = Mapping[str, Account]  # by customer number, or ANY


def account_of(accounts: Accounts, customer: str) -> Account:
    """Return the customer's account. Raises Refused where there is none, or no such customer."""
    urls.customer_segments(customer)
    account = accounts.get(customer) or accounts.get(ANY)
    if account is None:
        raise Refused(
            f"There are no credentials for customer {customer} here: whoever runs the bot adds them "
            f"to {_NAME} and starts it again. Nothing was sent."
        )
    return account


def only_base(accounts: Accounts) -> httpx.URL:
    """Return the one base URL of all accounts. Raises Refused where there are several."""
    bases = {str(account.base): account.base for account in accounts.values()}
    if len(bases) != 1:
        raise Refused(
            "Accounts at more than one address are set up here, and it was not told which customer "
            "this is about. Nothing was sent."
        )
    return bases.popitem()[1]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    username: Annotated[str, Field(pattern=r"^[^:]+$")]  # HTTP Basic ends the name at a colon
    password: Annotated[SecretStr, Field(min_length=1)]
    url: str = ""


def read(file: Path, url: str) -> Accounts:
    """Read the file; ``url`` is that of accounts which name none.

    Raises ConfigurationError, a line for each thing that is wrong; no value is repeated.
    """
    try:
        tables = tomllib.loads(_owners_text(file))
    except OSError as error:
        raise ConfigurationError(
            f"{_NAME}: {file} cannot be read: {error.strerror or type(error).__name__}."
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{_NAME}: {file} is not UTF-8.") from None
    except RecursionError:
        raise ConfigurationError(f"{_NAME}: {file} is nested too deeply.") from None
    except tomllib.TOMLDecodeError as error:
        where = (
            str(error).rpartition("(")[2].rstrip(")")
        )  # the rest may quote what is written there
        raise ConfigurationError(f"{_NAME}: {file} is not TOML ({where}).") from None
    accounts, wrong = {}, []
    for number, table in tables.items():
        try:
            account = _account(number, table, url)
            accounts[number] = account
        except ConfigurationError as error:
            wrong += [f"{_NAME}: {line}" for line in str(error).splitlines()]
    if not tables:
        wrong = [f"{_NAME}: {file} names no customer."]
    if wrong:
        raise ConfigurationError("\n".join(wrong))
    return accounts


def _owners_text(file: Path) -> str:
    # Without waiting: to open a pipe that nobody writes into would hold the start.
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise ConfigurationError(f"{_NAME}: {file} is not a file.")
        if wrong := open_to_others(opened.fileno()):
            raise ConfigurationError(f"{_NAME}: {file} {wrong}: chmod 600 {file}")
        return opened.read(_LARGEST).decode()


def _account(number: str, table: object, url: str) -> Account:
    if number != ANY:
        try:
            parse_customer(number)
        except InvalidInput:
            raise ConfigurationError(
                'a table is named neither by a customer number nor "*".'
            ) from None
    try:
        told = _Table.model_validate(table)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        # A name that nobody expects may be a value in the wrong place.
        lines = [
            f"[{number}] {problem['loc'][0] if problem['loc'] and problem['type'] != 'extra_forbidden' else 'another field'}: "
            f"{problem['msg']}."
            for problem in problems
        ]
        raise ConfigurationError("\n".join(lines)) from None
    account = Account(told.url or url, told.username, told.password)
    try:
        urls.base_of(account.url)
    except ConfigurationError:
        raise ConfigurationError(
            f"[{number}] url: must be an http or https address without account or query."
        ) from None
    return account
