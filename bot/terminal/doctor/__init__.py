"""`doctor`: check that the bot can work here. Nothing is written; a failing check stops no
other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot import telemetry
from bot.database_address import PostgresUrl
from bot.setting_secrets import secrets_of
from bot.settings import Settings
from bot.settings_check import complaints
from bot.store.times import SystemClock
from bot.terminal.doctor import (
    channels,
    content,
    continuity,
    customers,
    database,
    pagers,
    slack,
)
from bot.terminal.doctor.finding import Finding, Mark, fails, ok, run_check


async def examine(
    settings: Settings,
    unreadable: Sequence[str],
    customer: str | None,
    tell: Callable[[Finding], None],
) -> int:
    """Pass each finding to ``tell``, and return how many fail.

    ``unreadable`` are lines on settings that were replaced by their default; ``customer`` is used
    to call the API, else all customers that are known.
    """
    telemetry.set_up("ERROR", settings.log_format, secrets_of(settings))  # nothing on retries
    failed = 0

    def report(findings: Sequence[Finding]) -> None:
        nonlocal failed
        for finding in findings:
            tell(finding)
            failed += finding.mark is Mark.FAILS

    report(_settings(settings, unreadable))
    report(await run_check("slack", lambda: slack.check(settings)))
    seen = content.DatabaseFacts()
    report(await run_check("database", lambda: _database(settings, seen)))
    now = SystemClock().now()
    report(customers.check(seen, now))
    incident = customers.incident_channels(seen, now)
    report(await run_check("channels", lambda: channels.check(settings, incident)))
    report(await run_check("api", lambda: continuity.check(settings, customer, seen.customers)))
    report(await run_check("pagers", lambda: pagers.check(settings)))
    return failed


async def _database(settings: Settings, seen: content.DatabaseFacts) -> Sequence[Finding]:
    if isinstance(settings.database, PostgresUrl):
        # SQLite does without the library.
        from bot.terminal.doctor import postgresql  # noqa: PLC0415

        return await postgresql.check(settings.database, seen)
    return await database.check(settings.database, seen)


def _settings(settings: Settings, unreadable: Sequence[str]) -> Sequence[Finding]:
    wrong = [*unreadable, *complaints(settings)]
    if wrong:
        return [fails("settings", line) for line in wrong]
    return [ok("settings", f"complete, for {'Socket Mode' if settings.socket_mode else 'HTTP'}")]
