"""The modals that the bot knows, by callback id; what is submitted under another one is refused."""

from __future__ import annotations

from collections.abc import Mapping

from bot.slack.views.forms import edit_user, password, purge_users, reason, user_files
from bot.slack.views.forms.form import Form

FORMS: Mapping[str, Form] = {
    form.callback_id: form
    for form in (
        reason.REASON,
        password.PASSWORD,
        edit_user.EDIT_FORM,
        edit_user.DELETE_FORM,
        purge_users.PURGE_FORM,
        user_files.IMPORT_FORM,
        user_files.SWITCH_FORM,
    )
}

UNKNOWN = "This form is not known here."
