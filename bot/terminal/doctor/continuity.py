"""Check that the continuity API accepts the credentials, by counting a customer's users."""

from __future__ import annotations

from collections.abc import Sequence

from bot.continuity.client import client_of
from bot.errors import ConfigurationError, ContinuityError, Refused
from bot.settings import Settings
from bot.settings_check import is_safe
from bot.terminal.doctor.finding import Finding, cure_of, fails, ok, warns

_ABOUT = "api"
_CURES = {
    401: "Check CONTINUITY_USERNAME and CONTINUITY_PASSWORD.",
    403: "The account is accepted and has no right here: have it given the customer, or name another "
    "with --customer.",
    404: "Check CONTINUITY_URL, and name another customer with --customer.",
}
_NO_ANSWER = "Check CONTINUITY_URL and the way there (proxy, firewall, DNS)."


async def check(settings: Settings, customer: str | None) -> Sequence[Finding]:
    """Count the customer's users (HEAD). None: no customer is known."""
    try:
        accounts = settings.customer_accounts
    except ConfigurationError:
        return [warns(_ABOUT, "not asked: CONTINUITY_CREDENTIALS cannot be used.")]
    password = settings.continuity_password.get_secret_value()
    if not accounts and not (settings.continuity_username and password):
        return [warns(_ABOUT, "not asked: there are no credentials.")]
    urls = (settings.continuity_url, *(account.url for account in accounts.values()))
    if not all(map(is_safe, urls)):
        return [warns(_ABOUT, "not asked: CONTINUITY_URL is not safe to send a password to.")]
    if customer is None:
        return [warns(_ABOUT, "not asked: no role row names a customer. Name one with --customer.")]
    try:
        async with client_of(settings) as api:
            count = await api.count(customer)
    except ContinuityError as error:
        otherwise = "" if isinstance(error, Refused) else cure_of(error, _NO_ANSWER)
        cure = _CURES.get(error.status or 0, otherwise)
        return [fails(_ABOUT, f"{error} Customer {customer}. {cure}".rstrip())]
    return [_counted(customer, count)]


def _counted(customer: str, count: int) -> Finding:
    if count:
        return ok(_ABOUT, f"credentials accepted, {count:,} users of customer {customer}")
    words = f"credentials accepted, and no users of customer {customer} counted: wrong number, or"
    return warns(_ABOUT, f"{words} it does not count. Look with: app.py probe {customer}")
