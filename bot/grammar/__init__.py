"""The command grammar: the text after the slash command, read into one frozen type."""

from __future__ import annotations

from bot.grammar.pages import COMMANDS, HelpPage, help_for
from bot.grammar.tree import parse

__all__ = ["COMMANDS", "HelpPage", "help_for", "parse"]
