"""The form that asks for the customer number before users are deleted in bulk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain.commands import PurgeUsersCommand
from bot.domain.scope import EVERY_USER, describe_filters
from bot.slack.views.forms import inputs
from bot.slack.views.forms.form import Form, Submission, View, carried, read, typed
from bot.slack.views.mrkdwn import clip, customer_label, escape, section

PURGE = "purge_users"
NUMBER = "number"


def purge_form(asked: PurgeUsersCommand, name: str, channel: str, command: str) -> dict[str, Any]:
    """Return the form; ``command`` is what is read again when it is submitted."""
    customer = customer_label(asked.customer, name)
    if asked.filters == EVERY_USER:
        whom = f":rotating_light: *ALL USERS of {customer}*, the whole customer"
    else:
        whom = f"all users of *{customer}* that match: *{_filters(asked)}*"
    words = (
        f"Deletes {whom}, with their emergency mailboxes. *There is no way back.*\n"
        "Two other people have to approve it; the card tells them how many it is for. Before anybody "
        "is deleted, the users' data are sent to you as a file."
    )
    blocks = [
        section(words),
        inputs.about(command),
        inputs.text_input(NUMBER, "Type the customer number once more"),
        inputs.reason_input(asked.reason, optional=False),
    ]
    metadata = carried(PURGE, asked.customer, channel)
    return inputs.modal(PURGE, metadata, "Delete users", "Propose", blocks)


def errors(view: View) -> dict[str, str]:
    """Check that the number was typed as it stands there, and a reason given."""
    now, wrong = typed(view), {}
    if str(now[NUMBER]).strip() != read(view).about:
        wrong[NUMBER] = "This is not the number of the customer above. Is it the right customer?"
    if not inputs.reason_of(str(now[inputs.REASON])):
        wrong[inputs.REASON] = "It needs a reason."
    return wrong


def read_purge(view: View) -> Submission:
    """Read a submission; ``values`` hold the command."""
    reason = inputs.reason_of(str(typed(view)[inputs.REASON]))
    return replace(read(view), text=reason, values={inputs.WHO: inputs.told_about(view)})


def _filters(asked: PurgeUsersCommand) -> str:
    return clip(escape(", ".join(describe_filters(asked.filters))), 1500)


PURGE_FORM = Form(PURGE, purge_form, errors, read_purge)
