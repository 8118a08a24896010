"""`on`: what is on by the changes of the bot, read from the database alone."""

from __future__ import annotations

from bot.ports import Store
from bot.service.queries.on import by_database
from bot.slack.views.on import lines
from bot.slack.views.texts.on import DATABASE_ALONE
from bot.store.times import SystemClock
from bot.terminal.mrkdwn import plain


async def on_lines(store: Store, customer: str | None) -> list[str]:
    """Return the lines of what is on, of one customer or of all."""
    now = SystemClock().now()
    found = await store.read(lambda tx: by_database(tx, now, customer))
    return [plain(line) for line in (*lines(found), DATABASE_ALONE)]
