"""The command grammar: the text that people type in Slack or at the terminal becomes one Command.

In the order in which a text passes through: ``slack_markup`` undoes Slack's escaping and links,
``tokenizer`` cuts the text, ``reader`` walks down the click tree, ``options`` separates options
from words and checks the reason, ``converters`` reads single values. ``tree`` holds the commands,
``user_commands`` and ``admin_commands`` some of its branches, ``parameters`` what several of them
take, ``command_leaf`` the class of a command. ``help_pages`` derives the help from the tree.
``parser`` begins all of this. Of what cannot be read it makes a ``syntax_problem``, with a
``suggestion`` of the ``typed_parts``; ``known_words`` are those that people try.
"""

from __future__ import annotations

from bot.grammar.help_pages import COMMANDS, MORE, HelpPage, help_for, title_of
from bot.grammar.options import holds_address
from bot.grammar.parser import parse, unknown_customer
from bot.grammar.syntax_problem import SyntaxProblem

__all__ = [
    "COMMANDS",
    "MORE",
    "HelpPage",
    "SyntaxProblem",
    "help_for",
    "holds_address",
    "parse",
    "title_of",
    "unknown_customer",
]
