"""Check that each configured pager is reached. No page is sent, so its key or secret is not checked."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import PagerUnavailable
from bot.paging.http_client import open_client, reach
from bot.settings import PAGERDUTY, Settings
from bot.settings_check import pager_lines
from bot.terminal.doctor.finding import Finding, cure_of, fails, ok, warns

ABOUT = "pager {}"
REACHED = "reached. No page was sent, so that {} is not checked: the first page shows it."
NOT_ASKED = "not asked: its settings cannot be used."
CURE = "Check {} and the way there (proxy, firewall, DNS)."


async def check(settings: Settings) -> Sequence[Finding]:
    """Ask each pager's address for its headers (HEAD); what it answers does not count."""
    if pager_lines(settings):
        return [warns(ABOUT.format(name), NOT_ASKED) for name in settings.pagers]
    return [await _reached(settings, name) for name in settings.pagers]


async def _reached(settings: Settings, name: str) -> Finding:
    is_pagerduty = name == PAGERDUTY
    url = settings.pagerduty_url if is_pagerduty else settings.pager_webhook_url
    setting, secret = (
        ("PAGERDUTY_URL", "PAGERDUTY_ROUTING_KEY")
        if is_pagerduty
        else ("PAGER_WEBHOOK_URL", "PAGER_WEBHOOK_SECRET")
    )
    try:
        async with open_client() as client:
            await reach(client, url)
    except PagerUnavailable as error:
        return fails(ABOUT.format(name), f"{error} {cure_of(error, CURE.format(setting))}")
    return ok(ABOUT.format(name), REACHED.format(secret))
