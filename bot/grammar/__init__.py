"""The command grammar: text as people type it in Slack, or on the terminal, becomes one Command.

``markup`` undoes what Slack does to a text, ``tokenizer`` cuts it, ``options`` sorts options from
words and guards the reason, ``tree`` says which commands there are (``leaf``) and what each word of
them must be (``words``), ``reading`` has click read the values, ``pages`` is the help off the tree.
"""

from __future__ import annotations

from bot.grammar.help_pages import COMMANDS, HelpPage, help_for, title_of
from bot.grammar.parser import parse

__all__ = ["COMMANDS", "HelpPage", "help_for", "parse", "title_of"]
