"""The simulated continuity API as demo and tests use it: add users, inject faults, read
requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.continuity.faults import Fault
from sandbox.continuity.model import MailUser, Token, example_users
from sandbox.continuity.server import ContinuityServer


class ContinuitySandbox(ContinuityServer):
    """A stateful continuity API. Start it, set CONTINUITY_URL to ``url``, read ``requests``."""

    @property
    def customers(self) -> dict[str, dict[str, MailUser]]:
        """Users by customer number and by address in lower case."""
        return self.state.customers

    @property
    def forbidden(self) -> set[str]:
        """Customers that are answered with 403."""
        return self.state.forbidden

    @property
    def tokens(self) -> dict[str, Token]:
        """Tokens that were requested and not used yet."""
        return self.state.tokens

    @property
    def notifications(self) -> list[str]:
        """Addresses that were notified of a token by mail."""
        return self.state.notifications

    def delay(self, seconds: float) -> None:
        """Accept writes at once and show them so many seconds later (``visibility.FOR_EVER``: once
        released)."""
        self.state.visibility.delay = seconds

    def release(self) -> None:
        """Show every write, and the next ones at once."""
        self.state.visibility.release()

    def leave_out(self, *fields: str) -> None:
        """Answer without these fields, e.g. `failover`, `access`, `affectedUsers`."""
        self.state.omitted_fields |= {*fields}

    def add_customer(
        self,
        number: str,
        users: int = 100,
        groups: Mapping[str, int] | None = None,
        *,
        access_off: int = 0,
        not_activated: int = 0,
        failover_on: int = 0,
        domain: str = "example.com",
    ) -> dict[str, MailUser]:
        """Add (or replace) a customer with user0001@… and so on; see ``example_users``."""
        self.customers[number] = example_users(
            number,
            users,
            groups or {},
            access_off=access_off,
            not_activated=not_activated,
            failover_on=failover_on,
            domain=domain,
        )
        return self.customers[number]

    def add_user(
        self,
        customer: str,
        address: str,
        *,
        failover: bool = False,
        access: bool = True,
        activation: bool = True,
        groups: set[str] | None = None,
    ) -> MailUser:
        """Add (or replace) one user, and the customer if it is new."""
        user = MailUser(customer, address, address.rpartition("@")[2], address)
        user.failover, user.access, user.activation = failover, access, activation
        user.groups = set(groups or ())
        self.customers.setdefault(customer, {})[address.lower()] = user
        return user

    def fail(
        self,
        *,
        kind: str | int,
        method: str | None = None,
        path: str | None = None,
        times: int | None = 1,
        after: int = 0,
        seconds: float = 0.0,
        until: asyncio.Event | None = None,
        applied: bool | None = None,
        status: int = 200,
        message: str = "",
        retry_after: float | str | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Fault:
        """Make the next ``times`` matching requests (None: all) fail, after ``after`` good ones.

        ``kind`` is one of ``faults.KINDS`` or an HTTP status; ``path`` is searched, as a regular
        expression, in the decoded path; ``applied`` overrides whether the request is processed.
        The newest fault takes precedence.
        """
        sent = dict(headers or {})
        if retry_after is not None:
            sent["Retry-After"] = str(retry_after)
        fault = Fault(
            kind,
            method=method,
            path=path,
            times=times,
            after=after,
            seconds=seconds,
            until=until,
            applied=applied,
            status=status,
            message=message,
            body=body,
            headers=sent,
        )
        self.faults.insert(0, fault)
        return fault

    async def wait_for(
        self,
        predicate: Callable[[], object],
        timeout: float = 30.0,  # noqa: ASYNC109 - a test says how long it waits
    ) -> None:
        """Wait until the predicate is true; evaluated whenever a request arrives, is applied or
        answered.

        Raises TimeoutError.
        """
        async with asyncio.timeout(timeout):
            while not predicate():
                self._changed.clear()
                await self._changed.wait()
