"""The modals that the bot knows, by callback id; what is submitted under another one is refused."""

from __future__ import annotations

from collections.abc import Mapping

from bot.slack.views import modals, passwords
from bot.slack.views.forms import Form

FORMS: Mapping[str, Form] = {form.callback_id: form for form in (modals.REASON, passwords.PASSWORD)}

UNKNOWN = "This form is not known here."
