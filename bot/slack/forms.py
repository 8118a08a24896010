"""The modals that the bot knows, by callback id; what is submitted under another one is refused."""

from __future__ import annotations

from collections.abc import Mapping

from bot.slack.views import file_forms, modals, passwords, person_forms, purge_form
from bot.slack.views.forms import Form

FORMS: Mapping[str, Form] = {
    form.callback_id: form
    for form in (
        modals.REASON,
        passwords.PASSWORD,
        person_forms.EDIT_FORM,
        person_forms.DELETE_FORM,
        purge_form.PURGE_FORM,
        file_forms.IMPORT_FORM,
        file_forms.SWITCH_FORM,
    )
}

UNKNOWN = "This form is not known here."
