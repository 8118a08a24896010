"""One user: edited, deleted. The form opens at once; the API is asked while it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.domain.actions import DeleteUser, EditUser
from bot.domain.commands import DeleteUserCommand, EditUserCommand, Proposal
from bot.domain.mail_user import GROUPS, FieldChange, remarks_on
from bot.domain.roles import Right
from bot.domain.scope import Users, parse_customer
from bot.errors import ContinuityError, InvalidInput
from bot.ports import UserState
from bot.service.access.authorise import Authorization, authorise
from bot.service.changes.user_file_checks import known_groups
from bot.service.queries.read_user import read_user
from bot.slack.api.modals import fill, loading
from bot.slack.features.context import (
    Check,
    CommandHandler,
    FeatureContext,
    Handler,
    SubmissionError,
    open_form,
)
from bot.slack.features.propose import proposed
from bot.slack.payloads import Inbound
from bot.slack.views.forms import edit_user as forms
from bot.slack.views.forms.inputs import WHO


async def open_edit(
    deps: FeatureContext, inbound: Inbound, customer: str, address: str, reason: str = ""
) -> str:
    """Open the form for a user's fields; for the command, and for a button beside the user."""
    authorization = await authorise(deps.ctx, inbound.actor, Right.PROPOSE, customer)

    def build(user: UserState, name: str) -> dict[str, Any]:
        return forms.edit_form(customer, name, inbound.channel, user, reason)

    return await _open(deps, inbound, authorization, (customer, address), "Edit user", build)


async def _edit(deps: FeatureContext, inbound: Inbound, asked: EditUserCommand) -> str:
    return await open_edit(deps, inbound, asked.customer, asked.address, asked.reason)


async def _delete(deps: FeatureContext, inbound: Inbound, asked: DeleteUserCommand) -> str:
    authorization = await authorise(deps.ctx, inbound.actor, Right.ADMINISTER, asked.customer)

    def build(user: UserState, name: str) -> dict[str, Any]:
        return forms.delete_form(asked.customer, name, inbound.channel, user, asked.reason)

    about = (asked.customer, asked.address)
    return await _open(deps, inbound, authorization, about, "Delete user", build)


async def _open(
    deps: FeatureContext,
    inbound: Inbound,
    authorization: Authorization,
    about: tuple[str, str],
    title: str,
    build: Callable[[UserState, str], dict[str, Any]],
) -> str:
    view_id = await open_form(deps, inbound, loading(title), "Give the command again.")
    customer, address = about
    try:
        user = await read_user(deps.ctx, authorization, customer, address)
    except (ContinuityError, InvalidInput) as error:
        await fill(deps.client, view_id, loading(title, f"{error} Nothing was changed."))
        return ""
    name = await deps.ctx.store.read(lambda tx: tx.customer_name(customer))
    await fill(deps.client, view_id, build(user, name))
    return ""


async def _edited(deps: FeatureContext, inbound: Inbound) -> str:
    fields = await _fields(deps, inbound)
    return await proposed(deps, inbound, _wish(inbound, EditUser(fields), remarks_on(fields)))


async def _fields(deps: FeatureContext, inbound: Inbound) -> tuple[FieldChange, ...]:
    """Return the changed fields. Raises InvalidInput, NotAllowed, and ContinuityError where the API has to
    tell whether a name is that of one group, or of several."""
    groups, known = forms.edited_groups(inbound.values), frozenset[str]()
    if groups:
        customer = parse_customer(inbound.value)
        await authorise(deps.ctx, inbound.actor, Right.PROPOSE, customer)
        known = await known_groups(deps.ctx, customer, groups)
    return forms.edited(inbound.values, known)


async def _deleted(deps: FeatureContext, inbound: Inbound) -> str:
    return await proposed(deps, inbound, _wish(inbound, DeleteUser()))


async def _check(deps: FeatureContext, inbound: Inbound) -> SubmissionError:
    if not forms.edited_groups(inbound.values):
        return SubmissionError()
    try:
        await _fields(deps, inbound)
    except InvalidInput as error:
        return SubmissionError({GROUPS: str(error)})
    return SubmissionError()


def _wish(
    inbound: Inbound, action: EditUser | DeleteUser, remarks: tuple[str, ...] = ()
) -> Proposal:
    who = Users((str(inbound.values[WHO]),))
    return Proposal(parse_customer(inbound.value), action, who, inbound.text, remarks)


COMMANDS: dict[type, CommandHandler] = {EditUserCommand: _edit, DeleteUserCommand: _delete}
CLICKS: dict[str, Handler] = {}
FORMS: dict[str, Handler] = {forms.EDIT: _edited, forms.DELETE: _deleted}
CHECKS: dict[str, Check] = {forms.EDIT: _check}
