"""One user: edited, deleted. The form opens at once; the API is asked while it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.domain.actions import DeleteUser, EditUser
from bot.domain.change_request import Proposal
from bot.domain.commands import DeleteUserCommand, EditUserCommand
from bot.domain.mail_user import GROUPS, FieldChange, remarks_on
from bot.domain.roles import Right
from bot.domain.scope import Users, parse_customer
from bot.errors import ContinuityError, InvalidInput
from bot.ports import UserState
from bot.service.access.authorise import Authorization, authorise
from bot.service.change_types.attempt.new_groups import known_groups
from bot.service.queries.read_user import read_user
from bot.slack.api.modals import fill, loading
from bot.slack.features.context import (
    ActionHandler,
    Check,
    CommandHandler,
    FeatureContext,
    SubmissionError,
    ViewHandler,
    open_form,
)
from bot.slack.features.propose import proposed
from bot.slack.payloads import ActionPayload, TypedPayload, ViewPayload
from bot.slack.views.forms import edit_user as forms
from bot.slack.views.forms.inputs import WHO


async def open_edit(
    deps: FeatureContext,
    payload: TypedPayload | ActionPayload,
    customer: str,
    address: str,
    reason: str = "",
) -> str:
    """Open the form for a user's fields; for the command, and for a button beside the user."""
    authorization = await authorise(deps.ctx, payload.actor, Right.PROPOSE, customer)

    def build(user: UserState, name: str) -> dict[str, Any]:
        return forms.edit_form(customer, name, payload.channel, user, reason)

    return await _open(deps, payload, authorization, (customer, address), "Edit user", build)


async def _edit(
    deps: FeatureContext, payload: TypedPayload | ActionPayload, asked: EditUserCommand
) -> str:
    return await open_edit(deps, payload, asked.customer, asked.address, asked.reason)


async def _delete(
    deps: FeatureContext, payload: TypedPayload | ActionPayload, asked: DeleteUserCommand
) -> str:
    authorization = await authorise(deps.ctx, payload.actor, Right.ADMINISTER, asked.customer)

    def build(user: UserState, name: str) -> dict[str, Any]:
        return forms.delete_form(asked.customer, name, payload.channel, user, asked.reason)

    about = (asked.customer, asked.address)
    return await _open(deps, payload, authorization, about, "Delete user", build)


async def _open(
    deps: FeatureContext,
    payload: TypedPayload | ActionPayload,
    authorization: Authorization,
    about: tuple[str, str],
    title: str,
    build: Callable[[UserState, str], dict[str, Any]],
) -> str:
    view_id = await open_form(deps, payload, loading(title), "Give the command again.")
    customer, address = about
    try:
        user = await read_user(deps.ctx, authorization, customer, address)
    except (ContinuityError, InvalidInput) as error:
        await fill(deps.client, view_id, loading(title, f"{error} Nothing was changed."))
        return ""
    name = await deps.ctx.store.read(lambda tx: tx.customer_name(customer))
    await fill(deps.client, view_id, build(user, name))
    return ""


async def _edited(deps: FeatureContext, payload: ViewPayload) -> str:
    fields = await _fields(deps, payload)
    return await proposed(deps, payload, _wish(payload, EditUser(fields), remarks_on(fields)))


async def _fields(deps: FeatureContext, payload: ViewPayload) -> tuple[FieldChange, ...]:
    """Return the changed fields. Raises InvalidInput, NotAllowed, and ContinuityError where the API has to
    tell whether a name is that of one group, or of several."""
    groups, known = forms.edited_groups(payload.values), frozenset[str]()
    if groups:
        customer = parse_customer(payload.value)
        await authorise(deps.ctx, payload.actor, Right.PROPOSE, customer)
        known = await known_groups(deps.ctx, customer, groups)
    return forms.edited(payload.values, known)


async def _deleted(deps: FeatureContext, payload: ViewPayload) -> str:
    return await proposed(deps, payload, _wish(payload, DeleteUser()))


async def _check(deps: FeatureContext, payload: ViewPayload) -> SubmissionError:
    if not forms.edited_groups(payload.values):
        return SubmissionError()
    try:
        await _fields(deps, payload)
    except InvalidInput as error:
        return SubmissionError({GROUPS: str(error)})
    return SubmissionError()


def _wish(
    payload: ViewPayload, action: EditUser | DeleteUser, remarks: tuple[str, ...] = ()
) -> Proposal:
    who = Users((str(payload.values[WHO]),))
    return Proposal(parse_customer(payload.value), action, who, payload.text, remarks)


COMMANDS: dict[type, CommandHandler] = {EditUserCommand: _edit, DeleteUserCommand: _delete}
CLICKS: dict[str, ActionHandler] = {}
FORMS: dict[str, ViewHandler] = {forms.EDIT: _edited, forms.DELETE: _deleted}
CHECKS: dict[str, Check] = {forms.EDIT: _check}
