"""The continuity API over httpx: reads are repeated where it makes sense, writes are sent once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx
import stamina
from pydantic import SecretStr

from bot.continuity.exchange import READS, WRITES, Exchange, Limits, OnCall, make_tls
from bot.continuity.outcomes import read_body, read_user_count, receipt_text
from bot.continuity.paths import (
    GroupEncoding,
    Target,
    count_target,
    flag_target,
    parse_base_url,
    user_target,
)
from bot.continuity.schemas import ReceiptBody, UserBody
from bot.domain.scope import Everyone, Flag, Groups
from bot.errors import Ambiguous, NotSent
from bot.ports import Receipt, UserState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Retries:
    """How reads are repeated: ``attempts`` in all, the waits jittered and in seconds.

    A Retry-After is waited out where it asks for at most ``longest_wait``; after ``within`` seconds
    no attempt starts.
    """

    attempts: int = 3
    first_wait: float = 0.1
    longest_wait: float = 1.0
    within: float = 15.0

    def pause(self, error: Exception) -> bool | float:
        """Whether a read is worth repeating after this error, or the seconds to wait before it."""
        if isinstance(error, NotSent):
            if error.retry_after is None:
                return True
            return error.retry_after if error.retry_after <= self.longest_wait else False
        if not isinstance(error, Ambiguous):
            return False
        return error.status is None or error.status == 408 or error.status >= 500


RETRIES = Retries()


class ContinuityClient:
    """The port `ContinuityApi`. Raises NotSent, Refused and Ambiguous, and nothing foreign.

    Values that no parse function of `bot.domain.scope` lets through are Refused before anything is
    sent. ``on_call`` is told operation (`count`, `user`, `set_flag`), outcome (`ok`, `not_sent`,
    `refused`, `ambiguous`, `cancelled`) and seconds of every request, repeated reads included.
    The constructor raises ConfigurationError for a base URL that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        username: str,
        password: SecretStr,
        *,
        reads: Limits = READS,
        writes: Limits = WRITES,
        retries: Retries = RETRIES,
        group_encoding: GroupEncoding = "repeat",
        transport: httpx.AsyncBaseTransport | None = None,
        on_call: OnCall | None = None,
    ) -> None:
        base = parse_base_url(base_url)
        tls = make_tls(base)
        self._encoding: GroupEncoding = group_encoding
        self._retries = retries
        self._reads, self._writes = (
            Exchange(
                base, username, password, limits, tls=tls, transport=transport, on_call=on_call
            )
            for limits in (reads, writes)
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
        target = count_target(customer, groups, filters, self._encoding)
        return await self._read("count", target, read_user_count)

    async def user(self, customer: str, address: str) -> UserState:
        """Return what the API tells of one user, under the address as asked for."""

        def parse(response: httpx.Response) -> UserState:
            body = read_body(response, UserBody, self._reads.scrub)
            if body.user.user.lower() != address.lower():
                sentence = "The API answered with another user than the one asked for."
                raise Ambiguous(sentence, status=response.status_code)
            if body.contradicts_itself():
                sentence = "The API told two values of one flag for this user."
                raise Ambiguous(sentence, status=response.status_code)
            failover, access, activation = map(body.flag, ("failover", "access", "activation"))
            return UserState(address, failover, access, activation)

        return await self._read("user", user_target(customer, address), parse)

    async def set_flag(
        self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str
    ) -> Receipt:
        """Set or remove the flag for the customer, for groups, or for one address. Sent once."""
        target = flag_target(customer, flag, on, scope, self._encoding)
        async with self._writes.call("set_flag"):
            response = await self._writes.send(target)
            body = read_body(response, ReceiptBody, self._writes.scrub)
            scrub = self._writes.scrub
            return Receipt(
                receipt_text(body.id, scrub), receipt_text(body.timestamp, scrub), body.affected
            )

    def describe(self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str) -> str:
        """Return the request line that ``set_flag`` sends, relative to the base URL."""
        return flag_target(customer, flag, on, scope, self._encoding).line

    async def aclose(self) -> None:
        """Close the connections; what is asked for afterwards is NotSent."""
        await self._reads.aclose()
        await self._writes.aclose()

    async def _read(
        self, operation: str, target: Target, parse: Callable[[httpx.Response], T]
    ) -> T:
        attempts = 1 if self._reads.closed else self._retries.attempts
        async for attempt in stamina.retry_context(
            on=self._retries.pause,
            attempts=attempts,
            timeout=self._retries.within,
            wait_initial=self._retries.first_wait,
            wait_max=self._retries.longest_wait,
            wait_jitter=self._retries.first_wait,
        ):
            with attempt:
                async with self._reads.call(operation):
                    return parse(await self._reads.send(target))
        raise Ambiguous("The API was not asked.")  # not reached: the last attempt raises
