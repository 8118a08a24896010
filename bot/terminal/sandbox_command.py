"""`sandbox`: the simulated continuity API of a rehearsal, until a signal ends it."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.limits import MAX_PARSED_BYTES
from bot.domain.mail_user import GROUPS
from bot.domain.user_files.seed import SeedUser, read_seed
from bot.errors import BotError, ConfigurationError, InvalidInput
from bot.network import is_loopback
from sandbox.continuity import MailUser, RehearsalApi
from sandbox.continuity.model import example_users

USERNAME = "rehearsal"
PASSWORD = "SANDBOX_PASSWORD"  # noqa: S105  # the name of the setting
MIN_SANDBOX_PASSWORD_CHARS = 16
EXAMPLE_USERS, EXAMPLE_GROUPS = 200, {"emea": 120, "germany": 60}

_ATTRIBUTES = {
    "displayName": "display_name",
    "givenName": "given_name",
    "surName": "sur_name",
    "language": "language",
    "timezone": "timezone",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was given; ``users`` None: made-up ones."""

    host: str
    port: int
    customers: Sequence[str]
    users: Path | None


def run(asked: Asked, tell: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; ``tell`` gets the address and the account.

    Raises InvalidInput for the file, ConfigurationError and BotError where it cannot listen.
    """
    password = os.environ.get(PASSWORD, "")
    if password and len(password) < MIN_SANDBOX_PASSWORD_CHARS:
        raise ConfigurationError(
            f"{PASSWORD} must have at least {MIN_SANDBOX_PASSWORD_CHARS} characters."
        )
    if not is_loopback(asked.host) and not password:
        raise ConfigurationError(
            f"{PASSWORD} is missing: who can reach {asked.host} could use the simulated API."
        )
    asyncio.run(_serve(asked, password, _seed(asked), tell))


async def _serve(
    asked: Asked,
    password: str,
    seed: Mapping[str, Sequence[MailUser]],
    tell: Callable[[str], None],
) -> None:
    ending = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    api = RehearsalApi(seed, username=USERNAME, password=password or secrets.token_urlsafe(24))
    try:
        await api.start(asked.port, asked.host)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else type(error).__name__
        raise BotError(f"It cannot listen on {asked.host}:{asked.port}: {why}.") from None
    try:
        for line in _told(api, seed, shown=not password):
            tell(line)
        await ending.wait()
    finally:
        await api.stop()


def _seed(asked: Asked) -> Mapping[str, Sequence[MailUser]]:
    if asked.users is None:
        return {
            customer: [*example_users(customer, EXAMPLE_USERS, EXAMPLE_GROUPS).values()]
            for customer in asked.customers
        }
    if len(asked.customers) != 1:
        raise InvalidInput("--users is for one --customer.")
    (customer,) = asked.customers
    try:
        with asked.users.open("rb") as file:
            data = file.read(MAX_PARSED_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{asked.users} cannot be read: {error.strerror}.") from None
    return {customer: [_user(customer, one) for one in read_seed(data, asked.users.name)]}


def _user(customer: str, seed: SeedUser) -> MailUser:
    texts = {_ATTRIBUTES[name]: str(v) for name, v in seed.fields.items() if name in _ATTRIBUTES}
    domain = seed.address.rpartition("@")[2]
    user = MailUser(customer, seed.address, domain, **texts)  # type: ignore[arg-type]  # texts alone
    user.groups = {str(group) for group in seed.fields.get(GROUPS, ())}
    for flag, value in seed.flags.items():
        setattr(user, flag, value)
    return user


def _told(
    api: RehearsalApi, seed: Mapping[str, Sequence[MailUser]], *, shown: bool
) -> Sequence[str]:
    """Return what is printed; a password that came from a setting is not ``shown``."""
    users = ", ".join(f"{customer} with {len(users):,} users" for customer, users in seed.items())
    lines = [
        f"The simulated continuity API listens at {api.url}",
        f"Customers: {users}. Ctrl-C ends it; its users are in memory alone.",
        "For the file of CONTINUITY_CREDENTIALS, then start the bot again:",
    ]
    password = api.password if shown else f"the value of {PASSWORD}"
    for customer in seed:
        lines += [
            "",
            f"[{customer}]" if customer.isdigit() else f'["{customer}"]',
            f'url = "{api.url}"',
            f'username = "{USERNAME}"',
            f'password = "{password}"',
            "drill = true",
        ]
    return lines
