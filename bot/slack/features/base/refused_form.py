"""A form that was refused after it was acknowledged: the reply keeps what was typed."""

from __future__ import annotations

from bot.errors import BotError, UnknownChange
from bot.service.changes.user_files import WrongRows
from bot.slack.button_values import FormButton
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import Payload, ViewPayload
from bot.slack.views.form_again import again_label, with_form_again
from bot.slack.views.modals.user_files import FILE, skipping_label, with_skipping
from bot.slack.views.mrkdwn import BlockReply


def keep_form(
    features: Feature, payload: Payload, error: Exception, reply: str | BlockReply
) -> str | BlockReply:
    """Return the reply to a refused submission with a button that opens or sends the form again.

    What was typed stands in the button alone, which one person sees: it is saved nowhere, and
    outlasts a restart. A bug gets no button: it is not known what was done.
    """
    if not isinstance(payload, ViewPayload) or not isinstance(error, BotError):
        return reply
    unless = features.kept.get(payload.form)
    if unless is None or isinstance(error, (UnknownChange, *unless)):
        return reply
    values = features.modals[payload.form].kept(payload.values)
    label = again_label(has_file=FILE in values)
    if isinstance(error, WrongRows):
        if not error.rest:
            return reply
        values, label = with_skipping(values), skipping_label(error.wrong, error.rest)
    form = FormButton(
        form=payload.form,
        action=payload.action,
        about=payload.value,
        text=payload.text,
        values=values,
    )
    return with_form_again(reply, form, label)
