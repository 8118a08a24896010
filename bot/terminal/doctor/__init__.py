"""`doctor`: can the bot do its work here. Nothing is written, and one failing check stops no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot import telemetry
from bot.settings import Settings
from bot.settings_check import complaints
from bot.terminal.doctor import continuity, database, slack
from bot.terminal.doctor.finding import Finding, Mark, fails, ok, sheltered
from bot.terminal.run import secrets_of


async def examine(
    settings: Settings,
    unreadable: Sequence[str],
    customer: str | None,
    tell: Callable[[Finding], None],
) -> int:
    """Tell what each check finds, and return how many fail.

    ``unreadable`` are lines on settings that have their default here; ``customer`` is whom the API is
    asked about, else the first of the role table.
    """
    telemetry.set_up("ERROR", settings.log_format, secrets_of(settings))  # no word of the retries
    failed = 0

    def all_told(findings: Sequence[Finding]) -> None:
        nonlocal failed
        for finding in findings:
            tell(finding)
            failed += finding.mark is Mark.FAILS

    all_told(_settings(settings, unreadable))
    all_told(await sheltered("slack", lambda: slack.check(settings)))
    seen = database.DatabaseFacts()
    all_told(await sheltered("database", lambda: database.check(settings.database, seen)))
    asked = customer or seen.customer
    all_told(await sheltered("api", lambda: continuity.check(settings, asked)))
    return failed


def _settings(settings: Settings, unreadable: Sequence[str]) -> Sequence[Finding]:
    wrong = [*unreadable, *complaints(settings)]
    if wrong:
        return [fails("settings", line) for line in wrong]
    return [ok("settings", f"complete, for {'Socket Mode' if settings.socket_mode else 'HTTP'}")]
