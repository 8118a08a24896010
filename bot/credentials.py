"""CONTINUITY_CREDENTIALS: the file that names the API account of each customer."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StrictBool, ValidationError
from pydantic_core import ErrorDetails

from bot.domain.identifiers import parse_customer
from bot.errors import ConfigurationError, InvalidInput
from bot.network import is_address
from bot.private_files import open_to_others

ANY = "*"  # the account of every customer that has none of its own
MAX_CREDENTIALS_BYTES = 1 << 20
_NAME = "CONTINUITY_CREDENTIALS"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the continuity API: base URL, user name and password.

    ``drill``: of a simulated API alone; each request first asks whether it is one.
    """

    url: str
    username: str
    password: SecretStr
    drill: bool = False


Accounts = Mapping[str, Account]  # by customer number, or ANY


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    username: Annotated[str, Field(pattern=r"^[^:]+$")]  # HTTP Basic ends the name at a colon
    password: Annotated[SecretStr, Field(min_length=1)]
    url: str = ""
    drill: StrictBool = False


def read(file: Path, url: str) -> Accounts:
    """Read the file; ``url`` is the base URL of accounts that give none.

    Raises ConfigurationError with a line for each error. No value of the file is repeated.
    """
    tables = _tables(file)
    accounts: dict[str, Account] = {}
    errors: list[str] = []
    for customer, table in tables.items():
        try:
            accounts[customer] = _account(customer, table, url)
        except ConfigurationError as error:
            errors += [f"{_NAME}: {line}" for line in str(error).splitlines()]
    errors += [f"{_NAME}: {line}" for line in _drills_at_real_ones(accounts, url)]
    if not tables:
        errors = [f"{_NAME}: {file} names no customer."]
    if errors:
        raise ConfigurationError("\n".join(errors))
    return accounts


def _tables(file: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(_text(file))
    except OSError as error:
        why = f"cannot be read: {error.strerror or type(error).__name__}"
    except UnicodeDecodeError:
        why = "is not UTF-8"
    except RecursionError:
        why = "is nested too deeply"
    except tomllib.TOMLDecodeError as error:
        # The position alone: the rest of the message may quote what is written there.
        why = f"is not TOML ({str(error).rpartition('(')[2].rstrip(')')})"
    raise ConfigurationError(f"{_NAME}: {file} {why}.")


def _text(file: Path) -> str:
    # O_NONBLOCK: opening a named pipe without a writer would block the start.
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise ConfigurationError(f"{_NAME}: {file} is not a file.")
        if wrong := open_to_others(opened.fileno()):
            raise ConfigurationError(f"{_NAME}: {file} {wrong}: chmod 600 {file}")
        return opened.read(MAX_CREDENTIALS_BYTES).decode()


def _account(customer: str, table: object, url: str) -> Account:
    if customer != ANY:
        try:
            parse_customer(customer)
        except InvalidInput:
            raise ConfigurationError(
                'a table is named neither by a customer number nor "*".'
            ) from None
    try:
        fields = _Table.model_validate(table)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        lines = [f"[{customer}] {_field(one)}: {one['msg']}." for one in problems]
        raise ConfigurationError("\n".join(lines)) from None
    if fields.drill and (customer == ANY or not fields.url):
        raise ConfigurationError(
            f"[{customer}] drill: for one customer, with the url of its simulated API."
        )
    account = Account(fields.url or url, fields.username, fields.password, fields.drill)
    if not is_address(account.url):
        raise ConfigurationError(
            f"[{customer}] url: must be an http or https address without account or query."
        )
    return account


def _drills_at_real_ones(accounts: Accounts, url: str) -> list[str]:
    """Return a line for each drill at the address of an account that is none."""
    real = {_place(url), *(_place(one.url) for one in accounts.values() if not one.drill)}
    return [
        f"[{customer}] url: customers that are not marked drill are served there."
        for customer, account in accounts.items()
        if account.drill and _place(account.url) in real
    ]


def _place(url: str) -> tuple[str, int | None]:
    """Return host and port of an address, ("", None) where it is none."""
    if not is_address(url):
        return "", None
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _field(problem: ErrorDetails) -> object:
    # The name of an unknown field is not shown: it may be a value in the wrong place.
    known = problem["loc"] and problem["type"] != "extra_forbidden"
    return problem["loc"][0] if known else "another field"
