"""The button below a refusal that does not lose what was typed into the form."""

from __future__ import annotations

from bot.slack.button_values import FormButton
from bot.slack.limits import MAX_BUTTON_VALUE_CHARS
from bot.slack.views.mrkdwn import BlockReply, button, section
from bot.slack.views.texts import forms as texts


def again_action(form: str) -> str:
    """Return the action id of the button for a form."""
    return f"again_{form}"


def with_form_again(reply: str | BlockReply, form: FormButton, label: str) -> BlockReply:
    """Return an escaped reply with the button; without it where more was typed than it can hold."""
    full = BlockReply(reply, [section(reply)]) if isinstance(reply, str) else reply
    value = str(form)
    if len(value) > MAX_BUTTON_VALUE_CHARS:
        return full
    again = button(again_action(form.form), label, value)
    *rest, last = full.blocks
    if last["type"] != "actions":
        return BlockReply(full.text, [*full.blocks, {"type": "actions", "elements": [again]}])
    # What else helps stands first.
    return BlockReply(full.text, [*rest, last | {"elements": [*last["elements"], again]}])


def again_label(*, has_file: bool) -> str:
    """Return the label: a form with a file is sent as it was, since no form can be given a file."""
    return texts.SEND_AGAIN if has_file else texts.OPEN_AGAIN
