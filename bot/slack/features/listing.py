"""Users listed in the channel and exported as a file; status in a table."""

from __future__ import annotations

from bot.slack.features.room import CommandHandler, Handler

COMMANDS: dict[type, CommandHandler] = {}
CLICKS: dict[str, Handler] = {}
FORMS: dict[str, Handler] = {}
