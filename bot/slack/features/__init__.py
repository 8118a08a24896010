"""What is more than a word or a click on a card: a module for each feature, with the commands, buttons and
forms that it answers.
"""

from __future__ import annotations

from bot.slack.features import bulk, keys, listing, passwords, person, purging, showing
from bot.slack.features.room import Check, CommandHandler, Confidant, Handler

_FEATURES = (listing, showing, person, bulk, purging, keys, passwords)

COMMANDS: dict[type, CommandHandler] = {
    command: handler for one in _FEATURES for command, handler in one.COMMANDS.items()
}
CLICKS: dict[str, Handler] = {
    action: handler for one in _FEATURES for action, handler in one.CLICKS.items()
}
FORMS: dict[str, Handler] = {
    form: handler for one in _FEATURES for form, handler in one.FORMS.items()
}
CONFIDANTS: dict[str, Confidant] = passwords.CONFIDANTS
CHECKS: dict[str, Check] = {**person.CHECKS, **bulk.CHECKS}
