"""The continuity API over httpx: reads are repeated where it makes sense, writes are sent once."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar
from urllib.parse import quote

import httpx
import stamina
import structlog
from pydantic import BaseModel, SecretStr, ValidationError

from bot.continuity import outcomes, paths
from bot.continuity.lane import Lane
from bot.continuity.schemas import UserAnswer, WriteAnswer
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Groups
from bot.domain.secret import Secret
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.metrics import RATE_LIMITED
from bot.ports import Receipt, Token, UserState

ATTEMPTS = 3  # of a read
LONGEST_RETRY_AFTER = 2.0  # seconds that a read waits out; the person is waiting, too
READ_TIMEOUT = httpx.Timeout(10.0, connect=5.0, pool=5.0)
WRITE_TIMEOUT = httpx.Timeout(30.0, connect=5.0, pool=5.0)

Model = TypeVar("Model", bound=BaseModel)
T = TypeVar("T")

log = structlog.get_logger(__name__)


class ContinuityClient:
    """The port `ContinuityApi`. Raises NotSent, Refused and Ambiguous, and nothing foreign.

    ``on_call`` is told the operation, its outcome (`ok`, `RateLimited`, `Cancelled` or the name of our
    error) and its seconds.
    Reads and writes have connections of their own: 200 hanging writes must not starve a count.
    """

    def __init__(
        self,
        base_url: str,
        username: str,
        password: SecretStr,
        *,
        read_timeout: httpx.Timeout = READ_TIMEOUT,
        write_timeout: httpx.Timeout = WRITE_TIMEOUT,
        read_wait: float = 0.2,
        group_encoding: str = "repeat",
        transport: httpx.AsyncBaseTransport | None = None,
        on_call: Callable[[str, str, float], None] | None = None,
    ) -> None:
        self._base = paths.base_of(base_url)
        self._encoding = group_encoding
        self._secrets = _spellings(username, password.get_secret_value())
        self._read_wait = read_wait
        self._on_call = on_call
        account = httpx.BasicAuth(username, password.get_secret_value())
        self._reads, self._writes = (
            Lane(
                httpx.AsyncClient(
                    auth=account,
                    timeout=timeout,
                    transport=transport,
                    follow_redirects=False,
                    trust_env=False,
                    limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
                ),
                most,
            )
            for timeout, most in ((read_timeout, 64), (write_timeout, 256))
        )

    async def count(
        self,
        customer: str,
        *,
        groups: tuple[str, ...] = (),
        failover: bool | None = None,
        access: bool | None = None,
        activation: bool | None = None,
    ) -> int:
        """Return how many users match. No groups means every user of the customer."""
        filters = {"activation": activation, "access": access, "failover": failover}
        query = [
            (name, "true" if value else "false")
            for name, value in filters.items()
            if value is not None
        ]
        if groups:
            query += paths.group_query(groups, self._encoding)
        line = paths.line(paths.customer_segments(customer), query)

        def parse(answer: httpx.Response) -> int:
            text = answer.headers.get("User-Count", "")
            if not (text.isascii() and text.isdecimal() and len(text) < 12):
                raise outcomes.unusable(answer, "The continuity API told no number of users.")
            return int(text)

        return await self._read("count", "HEAD", line, parse)

    async def user(self, customer: str, address: str) -> UserState:
        """Return what the API tells of one user."""
        line = paths.line(paths.customer_segments(customer, address), [])

        def parse(answer: httpx.Response) -> UserState:
            body = self._parsed(answer, UserAnswer)
            if body.user.user.lower() != address.lower():
                sentence = "The continuity API told of another user than asked."
                raise outcomes.unusable(answer, sentence)
            flags = {name: body.flag(name) for name in ("failover", "access", "activation")}
            return UserState(body.user.user, **flags, fields=body.user.model_dump())

        return await self._read("user", "GET", line, parse)

    async def set_flag(
        self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str
    ) -> Receipt:
        """Set or remove the flag for the customer, for groups, or for one address. Sent once."""
        line = paths.flag_line(customer, flag, scope, self._encoding)

        def parse(answer: httpx.Response) -> Receipt:
            body = self._parsed(answer, WriteAnswer)
            if body.status is not None and body.status >= 400:
                # An error inside a 200: whether it took effect is anybody's guess.
                words = outcomes.shown(self._hide(body.message or "no message"))
                sentence = f"The continuity API answered 200 and says: {words}"
                raise outcomes.unusable(answer, sentence)
            api_id, stamp = (outcomes.shown(self._hide(text)) for text in (body.id, body.timestamp))
            return Receipt(api_id, stamp, body.affected)

        method = "PUT" if on else "DELETE"
        return await self._send(self._writes, "set_flag", method, line, parse)

    def describe(self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str) -> str:
        """Return the request line that ``set_flag`` sends, below the base URL."""
        line = paths.flag_line(customer, flag, scope, self._encoding)
        return f"{'PUT' if on else 'DELETE'} /{line}"

    async def users(self, customer: str, filters: Filters = EVERY_USER) -> AsyncIterator[UserState]:
        """Stream the users."""
        raise _not_there("list", customer, filters)
        yield

    async def update_user(
        self, customer: str, address: str, fields: Mapping[str, object]
    ) -> Receipt:
        """Write these fields of one user."""
        raise _not_there("update_user", customer, address, fields)

    async def delete_user(self, customer: str, address: str) -> Receipt:
        """Delete one user."""
        raise _not_there("delete_user", customer, address)

    async def update_users(self, customer: str, users: Sequence[Mapping[str, object]]) -> Receipt:
        """Write fields of several users."""
        raise _not_there("update_users", customer, users)

    async def delete_users(self, customer: str, filters: Filters) -> Receipt:
        """Delete the users that match."""
        raise _not_there("delete_users", customer, filters)

    async def request_token(self, customer: str, address: str, *, notify: bool) -> Token:
        """Ask for the token that sets a password."""
        raise _not_there("request_token", customer, address, notify)

    async def set_password(self, address: str, token: Secret, password: Secret) -> Receipt:
        """Set a user's password."""
        raise _not_there("set_password", address, token, password)

    def request_line(
        self,
        method: str,
        customer: str,
        *,
        address: str = "",
        part: str = "",
        filters: Filters | None = None,
        notify: bool = False,
    ) -> str:
        """Return the request line."""
        raise _not_there(method, customer, address, part, filters, notify)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._reads.client.aclose()
        await self._writes.client.aclose()

    async def _read(
        self, operation: str, method: str, line: str, parse: Callable[[httpx.Response], T]
    ) -> T:
        async for attempt in stamina.retry_context(
            on=_worth_another,
            attempts=ATTEMPTS,
            wait_initial=self._read_wait,
            wait_jitter=self._read_wait,
            timeout=None,
        ):
            with attempt:
                return await self._send(self._reads, operation, method, line, parse)
        raise Ambiguous("The continuity API was not asked.")  # not reached: the last attempt raises

    async def _send(
        self,
        lane: Lane,
        operation: str,
        method: str,
        line: str,
        parse: Callable[[httpx.Response], T],
    ) -> T:
        started, outcome = time.perf_counter(), "Cancelled"
        try:
            url = paths.checked_url(self._base, line)
            async with lane.place() as client:
                if client.is_closed:
                    raise NotSent(
                        "The bot is closing its connections to the API. Nothing was sent."
                    )
                # httpx's read timeout starts anew with every byte: a dripping answer must end, too.
                async with asyncio.timeout(2 * (client.timeout.read or 30.0)):
                    answer = await client.request(method, url)
            if not answer.is_success:
                raise outcomes.of_status(answer, self._hide)
            parsed = parse(answer)
        except ContinuityError as error:
            outcome = RATE_LIMITED if error.status == 429 else type(error).__name__
            raise
        except Exception as error:
            told = outcomes.of_exception(error)
            outcome = type(told).__name__
            raise told from None
        else:
            outcome = "ok"
            return parsed
        finally:
            with suppress(Exception):  # what fails here must not lose a write's receipt
                self._tell(operation, outcome, time.perf_counter() - started)

    def _tell(self, operation: str, outcome: str, seconds: float) -> None:
        """Log the call, a good read at DEBUG: 500 named users are looked at one by one."""
        tell = log.debug if outcome == "ok" and operation != "set_flag" else log.info
        tell("api.call", operation=operation, outcome=outcome, milliseconds=round(seconds * 1000))
        if self._on_call is not None:
            self._on_call(operation, outcome, seconds)

    def _parsed(self, answer: httpx.Response, model: type[Model]) -> Model:
        try:
            return model.model_validate_json(answer.content)
        except ValidationError:
            raise outcomes.unusable(answer) from None

    def _hide(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[hidden]")
        return text


def _not_there(operation: str, *_: object) -> Refused:
    return Refused(f"The bot's client cannot do {operation} yet. Nothing was sent.")


def _spellings(username: str, password: str) -> tuple[str, ...]:
    """Return the credentials in every form in which an answer might repeat them, longest first."""
    header = base64.b64encode(f"{username}:{password}".encode()).decode()
    words = {header, username, password}
    words |= {quote(word, safe="") for word in (username, password)}
    words |= {json.dumps(word)[1:-1] for word in (username, password)}
    return tuple(sorted(filter(None, words), key=len, reverse=True))


def _worth_another(error: Exception) -> bool | float:
    if isinstance(error, NotSent):
        wait = error.retry_after or 0.0
        return (wait or True) if wait <= LONGEST_RETRY_AFTER else False
    return isinstance(error, Ambiguous) and (error.status is None or error.status >= 500)
