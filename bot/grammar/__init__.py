"""The command grammar: the text that people type in Slack or at the terminal becomes one Command.

In the order in which a text passes through: ``slack_markup`` undoes Slack's escaping and links,
``tokenizer`` cuts the text, ``parser`` walks down the click tree, ``options`` separates options
from words and checks the reason, ``converters`` reads single values. ``tree`` holds the commands,
``user_commands`` and ``admin_commands`` some of its branches, ``parameters`` what several of them
take, ``leaf`` the class of a command. ``help_pages`` derives the help from the tree.
"""

from __future__ import annotations

from bot.grammar.help_pages import COMMANDS, HelpPage, help_for, title_of
from bot.grammar.parser import parse

__all__ = ["COMMANDS", "HelpPage", "help_for", "parse", "title_of"]
