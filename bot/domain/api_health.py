"""Whether the continuity API answers, by the last looks at it: what is wrong, for whom, and since when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.errors import ContinuityError


class ApiFault(StrEnum):
    """What a look at the API found wrong. A label of a metric, so there are few of them."""

    PASSWORD = "password"  # noqa: S105  # 401: for every customer of the account
    NOT_ALLOWED = "not_allowed"  # 403: the account has no right on the customer
    UNKNOWN_CUSTOMER = "unknown_customer"  # 404
    NO_ANSWER = "no_answer"  # not reached, too late, 5xx, or not an answer of the API


@dataclass(frozen=True, slots=True)
class ApiAccount:
    """An account of the API: the setting that holds its password, and the API's host; no secrets."""

    setting: str
    host: str


@dataclass(frozen=True, slots=True)
class StandingFault:
    """A fault that the last look still found. ``subject`` is the host, the account's setting or the
    customer."""

    fault: ApiFault
    subject: str
    since: datetime
    seen_at: datetime


AccountOf = Callable[[str], ApiAccount | None]


def fault_of(error: ContinuityError) -> ApiFault | None:
    """Return what an error says of the API; None for 429, with which it answers."""
    known = {401: ApiFault.PASSWORD, 403: ApiFault.NOT_ALLOWED, 404: ApiFault.UNKNOWN_CUSTOMER}
    return None if error.status == 429 else known.get(error.status or 0, ApiFault.NO_ANSWER)


class ApiHealth:
    """What the looks of this process found. ``account_of`` returns a customer's account, or None."""

    def __init__(self, account_of: AccountOf = lambda _: None) -> None:
        self.account_of = account_of
        self._faults: dict[tuple[ApiFault, str], StandingFault] = {}

    def looked(self, customer: str, fault: ApiFault | None, now: datetime) -> None:
        """Note what a look at a customer found; None: the API answered as it should."""
        account = self.account_of(customer)
        if account is None:
            return
        if fault is not ApiFault.NO_ANSWER:
            self._faults.pop((ApiFault.NO_ANSWER, account.host), None)
            for one in set(ApiFault) - {fault, ApiFault.NO_ANSWER}:
                self._faults.pop((one, _subject(one, customer, account)), None)
        if fault is not None:
            key = (fault, _subject(fault, customer, account))
            before = self._faults.get(key)
            self._faults[key] = StandingFault(*key, before.since if before else now, now)

    def faults(self) -> Sequence[StandingFault]:
        """Return all that stand, the oldest first."""
        return sorted(self._faults.values(), key=lambda one: (one.since, one.subject))

    def fault_for(self, customer: str) -> StandingFault | None:
        """Return what keeps the bot from working for this customer, or None."""
        account = self.account_of(customer)
        if account is None:
            return None
        keys = ((one, _subject(one, customer, account)) for one in _WIDEST_FIRST)
        return next((self._faults[key] for key in keys if key in self._faults), None)


_WIDEST_FIRST = (
    ApiFault.NO_ANSWER,
    ApiFault.PASSWORD,
    ApiFault.NOT_ALLOWED,
    ApiFault.UNKNOWN_CUSTOMER,
)


def _subject(fault: ApiFault, customer: str, account: ApiAccount) -> str:
    if fault is ApiFault.NO_ANSWER:
        return account.host
    return account.setting if fault is ApiFault.PASSWORD else customer
