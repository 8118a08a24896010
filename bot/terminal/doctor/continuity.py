"""Check that the continuity API accepts the credentials, by counting each customer's users."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from bot.continuity.client import ContinuityClient, client_of
from bot.continuity.customer_accounts import account_finder
from bot.credentials import ANY
from bot.domain.api_health import ApiFault, ApiHealth, fault_of
from bot.errors import ConfigurationError, ContinuityError, Refused
from bot.program import PROGRAM
from bot.settings import Settings
from bot.settings_check import is_safe
from bot.store.times import SystemClock
from bot.terminal.doctor.finding import Finding, cure_of, fails, ok, warns

# One after the other, a request each.
MAX_CUSTOMERS = 20
_ABOUT = "api"
_CURES = {
    401: "Check CONTINUITY_USERNAME and CONTINUITY_PASSWORD.",
    403: "The account is accepted and has no right here: have it given the customer, or name another "
    "with --customer.",
    404: "Check CONTINUITY_URL, and name another customer with --customer.",
}
_NO_ANSWER = "Check CONTINUITY_URL and the way there (proxy, firewall, DNS)."


async def check(
    settings: Settings, asked: str | None, known: Collection[str] = ()
) -> Sequence[Finding]:
    """Count the users of the customer who is asked for, else of the ``known`` ones (HEAD)."""
    try:
        accounts = settings.customer_accounts
    except ConfigurationError:
        return [warns(_ABOUT, "not asked: CONTINUITY_CREDENTIALS cannot be used.")]
    password = settings.continuity_password.get_secret_value()
    if not accounts and not (settings.continuity_username and password):
        return [warns(_ABOUT, "not asked: there are no credentials.")]
    real = (account.url for account in accounts.values() if not account.drill)
    urls = (settings.continuity_url, *real)
    if not all(map(is_safe, urls)):
        return [warns(_ABOUT, "not asked: CONTINUITY_URL is not safe to send a password to.")]
    customers = [asked] if asked else sorted({*known, *accounts} - {ANY})
    if not customers:
        return [warns(_ABOUT, "not asked: no role row names a customer. Name one with --customer.")]
    async with client_of(settings) as api:
        health = ApiHealth(account_finder(settings))
        return await _look_at(api, health, customers, settings.is_drill)


async def _look_at(
    api: ContinuityClient,
    health: ApiHealth,
    customers: Sequence[str],
    is_drill: Callable[[str], bool],
) -> Sequence[Finding]:
    """Look at each customer; what is wrong with an account or a host is told once."""
    counted: list[tuple[str, int]] = []
    found: list[Finding] = []
    for customer in customers[:MAX_CUSTOMERS]:
        if health.fault_for(customer):
            continue
        try:
            counted.append((customer, await api.count(customer)))
        except ContinuityError as error:
            health.looked(customer, fault_of(error), SystemClock().now())
            found.append(_wrong(customer, error))
    drills = [_drill(*one) for one in counted if is_drill(one[0])]
    real = _counted([one for one in counted if not is_drill(one[0])])
    return [*real, *drills, *found, *_left_out(health, customers)]


def _drill(customer: str, users: int) -> Finding:
    return ok(_ABOUT, f"customer {customer} is a drill: {users:,} users of the simulated API")


def _wrong(customer: str, error: ContinuityError) -> Finding:
    otherwise = "" if isinstance(error, Refused) else cure_of(error, _NO_ANSWER)
    cure = _CURES.get(error.status or 0, otherwise)
    return fails(_ABOUT, f"{error} Customer {customer}. {cure}".rstrip())


def _counted(counted: Sequence[tuple[str, int]]) -> list[Finding]:
    users = [(customer, count) for customer, count in counted if count]
    words = (
        "credentials accepted, and no users of customer {} counted: wrong number, or it does not"
    )
    words += f" count. Look with: {PROGRAM} probe {{}}"
    nobody = [warns(_ABOUT, words.format(one, one)) for one, count in counted if not count]
    if len(users) == 1:
        [(customer, count)] = users
        text = f"credentials accepted, {count:,} users of customer {customer}"
        return [ok(_ABOUT, text), *nobody]
    total = sum(count for _, count in users)
    text = f"credentials accepted, {total:,} users of {len(users)} customers"
    return [ok(_ABOUT, text), *nobody] if users else nobody


def _left_out(health: ApiHealth, customers: Sequence[str]) -> list[Finding]:
    shared = {ApiFault.PASSWORD, ApiFault.NO_ANSWER}
    same = [
        one
        for one in customers[:MAX_CUSTOMERS]
        if (fault := health.fault_for(one)) and fault.fault in shared
    ]
    found = []
    if len(same) > 1:
        found.append(
            warns(_ABOUT, f"the same for {len(same)} customers, of whom one was asked for.")
        )
    if (number := len(customers)) > MAX_CUSTOMERS:
        text = f"the first {MAX_CUSTOMERS} of {number} customers were asked for. Name one with --customer."
        found.append(warns(_ABOUT, text))
    return found
