"""Users deleted in bulk."""

from __future__ import annotations

from bot.slack.features.room import CommandHandler, Handler

COMMANDS: dict[type, CommandHandler] = {}
CLICKS: dict[str, Handler] = {}
FORMS: dict[str, Handler] = {}
