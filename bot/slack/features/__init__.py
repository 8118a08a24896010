"""What is more than a word or a click on a card: a module for each feature, with the commands, buttons and
forms that it answers.
"""

from __future__ import annotations

from bot.slack.features import (
    edit_user,
    list_users,
    password,
    purge_users,
    show_user,
    token,
    user_files,
)
from bot.slack.features.context import (
    ActionHandler,
    Check,
    CommandHandler,
    SecretFormHandler,
    ViewHandler,
)

_FEATURES = (list_users, show_user, edit_user, user_files, purge_users, token, password)

COMMANDS: dict[type, CommandHandler] = {
    command: handler for one in _FEATURES for command, handler in one.COMMANDS.items()
}
CLICKS: dict[str, ActionHandler] = {
    action: handler for one in _FEATURES for action, handler in one.CLICKS.items()
}
FORMS: dict[str, ViewHandler] = {
    form: handler for one in _FEATURES for form, handler in one.FORMS.items()
}
CONFIDANTS: dict[str, SecretFormHandler] = password.CONFIDANTS
CHECKS: dict[str, Check] = {**edit_user.CHECKS, **user_files.CHECKS}
