"""The client of the continuity API: reads are retried, writes are sent once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Self

import httpx
from pydantic import SecretStr

from bot.continuity import error_mapping, rehearsal, responses, schemas, urls
from bot.continuity.customer_accounts import ApiAccess, access_of, only_base
from bot.continuity.request import Call, Response
from bot.continuity.transport import READ_TIMEOUT, WRITE_TIMEOUT, ApiTransport, Guard, OnCall
from bot.continuity.user_stream import Unreadable, UserStream
from bot.credentials import ANY, Account, Accounts
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Groups
from bot.domain.secret import Secret
from bot.errors import ConfigurationError, Refused
from bot.ports import Receipt, Token, UserState
from bot.redaction import receipt_redactor
from bot.settings import Settings


class ContinuityClient:
    """The port `ContinuityApi`. Raises NotSent, Refused and Ambiguous, and no error of the library.

    ``accounts`` are by customer, and under `*` for all others; ``username`` with its password is
    the same as `*`. ``on_call`` is called with the operation, its outcome (`ok`, `RateLimited`,
    `Cancelled` or the name of our error) and its seconds. ``before_request``: see ``ApiTransport``.
    """

    def __init__(
        self,
        base_url: str,
        username: str = "",
        password: SecretStr = SecretStr(""),  # noqa: B008  # immutable
        *,
        accounts: Accounts | None = None,
        read_timeout: httpx.Timeout = READ_TIMEOUT,
        write_timeout: httpx.Timeout = WRITE_TIMEOUT,
        read_wait: float = 0.2,
        group_encoding: str = "repeat",
        transport: httpx.AsyncBaseTransport | None = None,
        on_call: OnCall | None = None,
        before_request: Guard | None = None,
    ) -> None:
        urls.base_of(base_url)
        whole = {ANY: Account(base_url, username, password)} if username and password else {}
        configured: Accounts = {**whole, **(accounts or {})}
        if not configured:
            raise ConfigurationError("There are no credentials for the continuity API.")
        self.group_encoding = group_encoding
        accesses = {account: ApiAccess.of(account) for account in {*configured.values()}}
        self._accesses = {customer: accesses[account] for customer, account in configured.items()}
        self._transport = ApiTransport(
            read_timeout=read_timeout,
            write_timeout=write_timeout,
            read_wait=read_wait,
            transport=transport,
            on_call=on_call,
            before_request=before_request,
        )

    # --- reads ------------------------------------------------------------------------------------

    async def count(self, customer: str, filters: Filters = EVERY_USER) -> int:
        call = self._scoped("count", "HEAD", customer, filters)
        return await self._transport.read(call, responses.count_of)

    async def user(self, customer: str, address: str) -> UserState:
        call = self._of_user("user", "GET", customer, address)
        return await self._transport.read(call, lambda answer: responses.user_of(answer, address))

    async def users(
        self, customer: str, filters: Filters = EVERY_USER
    ) -> AsyncGenerator[UserState, None]:
        call = self._scoped("users", "GET", customer, filters)
        async with self._transport.stream(call) as (response, chunks):
            listing = UserStream(response)
            try:
                async for chunk in chunks:
                    for state in listing.feed(chunk):
                        yield state
                for state in listing.end():
                    yield state
            except Unreadable:
                responses.raise_if_error(response, listing.outside, call.redact)
                raise error_mapping.unusable(response) from None

    # --- writes -----------------------------------------------------------------------------------

    async def set_flag(
        self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str
    ) -> Receipt:
        line = urls.flag_line(customer, flag, scope, self.group_encoding)
        return await self._write(self._call("set_flag", "PUT" if on else "DELETE", customer, line))

    async def update_user(
        self, customer: str, address: str, fields: Mapping[str, object]
    ) -> Receipt:
        call = self._of_user("update_user", "PUT", customer, address)
        return await self._write(replace(call, body=schemas.user_body(customer, address, fields)))

    async def delete_user(self, customer: str, address: str) -> Receipt:
        return await self._write(self._of_user("delete_user", "DELETE", customer, address))

    async def update_users(self, customer: str, users: Sequence[Mapping[str, object]]) -> Receipt:
        call = self._scoped("update_users", "PUT", customer, None)
        return await self._write(replace(call, body=schemas.users_body(customer, users)))

    async def delete_users(self, customer: str, filters: Filters) -> Receipt:
        return await self._write(self._scoped("delete_users", "DELETE", customer, filters))

    async def request_token(self, customer: str, address: str, *, notify: bool) -> Token:
        line = urls.token_line(customer, address, notify=notify)
        call = self._call("request_token", "POST", customer, line)
        return await self._transport.send(call, responses.token_of(call.redact))

    async def set_password(
        self, address: str, token: Secret, password: Secret, *, customer: str = ""
    ) -> Receipt:
        """See the port; ``customer`` selects the API, needed only if accounts are at several
        addresses."""
        accesses = self._accesses
        base = access_of(accesses, customer).base if customer else only_base(accesses)
        drill = bool(customer) and access_of(accesses, customer).drill
        line = urls.password_line(address)
        body = schemas.password_body(token.reveal(), password.reveal())
        redact = receipt_redactor(token.reveal(), password.reveal())
        return await self._write(Call("set_password", "PUT", base, line, None, redact, body, drill))

    # --- drills -----------------------------------------------------------------------------------

    async def rehearse(self, customer: str, drill_id: str, scenario: str) -> None:
        access = access_of(self._accesses, customer)
        if not access.drill:
            raise Refused(rehearsal.NOT_A_DRILL.format(customer=customer))
        line = rehearsal.scenario_line(customer, "" if scenario else drill_id)
        body = rehearsal.scenario_body(scenario, drill_id) if scenario else None
        call = self._call("rehearse", "PUT" if scenario else "DELETE", customer, line)
        await self._transport.send(replace(call, body=body), lambda _: None)

    # --- for the audit trail ----------------------------------------------------------------------

    def describe(self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str) -> str:
        line = urls.flag_line(customer, flag, scope, self.group_encoding)
        return f"{'PUT' if on else 'DELETE'} /{line}"

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
        return urls.request_line(
            method, customer, address, part, filters, notify=notify, encoding=self.group_encoding
        )

    async def probe(
        self,
        method: str,
        customer: str,
        *,
        address: str = "",
        filters: Filters = EVERY_USER,
        group_encoding: str = "",
    ) -> Response:
        """Return the answer to a read, not parsed. Raises Refused for anything but HEAD and GET."""
        if method not in {"HEAD", "GET"}:
            raise Refused("A probe changes nothing. Nothing was sent.")
        if address:
            call = self._of_user("probe", method, customer, address)
        else:
            encoding = group_encoding or self.group_encoding
            line = urls.customer_line(method, customer, filters, encoding)
            call = self._call("probe", method, customer, line)
        return await self._transport.read(call, lambda answer: answer)

    async def __aenter__(self) -> Self:
        """Nothing is opened before the first call."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _write(self, call: Call) -> Receipt:
        return await self._transport.send(call, responses.receipt_of(call.redact))

    def _scoped(self, operation: str, method: str, customer: str, filters: Filters | None) -> Call:
        line = urls.customer_line(method, customer, filters, self.group_encoding)
        return self._call(operation, method, customer, line)

    def _of_user(self, operation: str, method: str, customer: str, address: str) -> Call:
        return self._call(operation, method, customer, urls.user_line(method, customer, address))

    def _call(self, operation: str, method: str, customer: str, line: str) -> Call:
        access = access_of(self._accesses, customer)
        account = (access.base, line, access.auth, access.redact)
        return Call(operation, method, *account, drill=access.drill)


def client_of(
    settings: Settings, on_call: OnCall | None = None, before_request: Guard | None = None
) -> ContinuityClient:
    """Return the client for the configured accounts. Raises ConfigurationError."""
    return ContinuityClient(
        settings.continuity_url,
        settings.continuity_username,
        settings.continuity_password,
        accounts=settings.customer_accounts,
        group_encoding=settings.continuity_group_encoding,
        on_call=on_call,
        before_request=before_request,
    )
