"""The fields of one user edited in a modal."""

from __future__ import annotations

from functools import partial

from bot.domain.actions import EditUser
from bot.domain.change_commands import EditUserCommand
from bot.domain.change_request import Proposal
from bot.domain.identifiers import parse_customer
from bot.domain.mail_user import GROUPS, FieldChange, remarks_on
from bot.domain.scope import Users
from bot.errors import InvalidInput
from bot.service.change_types.attempt.new_groups import known_groups
from bot.slack.button_values import FormButton
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature, SubmissionError
from bot.slack.features.base.user_modal import open_with_user
from bot.slack.payloads import ActionPayload, TypedPayload, ViewPayload
from bot.slack.views.modals.edit_user import EditUserModal, changes_in, groups_in_doubt
from bot.slack.views.modals.inputs import WHO, reason_of
from bot.slack.views.texts import edit_user as texts

feature = Feature()


@feature.command(EditUserCommand)
async def edit_user(
    deps: FeatureContext, payload: TypedPayload | ActionPayload, command: EditUserCommand
) -> str:
    """Open the modal with the user's fields; for the command, and for a button beside the user."""
    return await open_with_user(deps, payload, command, texts.TITLE, EditUserModal)


@feature.again(EditUserModal)
async def open_again(deps: FeatureContext, payload: ActionPayload, form: FormButton) -> str:
    """Open the modal with what was typed beside what the API tells now."""
    reason = reason_of(form.text)
    command = EditUserCommand(parse_customer(form.about), str(form.values[WHO]), reason)
    return await open_with_user(
        deps, payload, command, texts.TITLE, partial(EditUserModal, typed=form.values)
    )


@feature.view(EditUserModal)
async def submit(deps: FeatureContext, payload: ViewPayload) -> str:
    """Propose the changed fields."""
    command, fields = _command(payload), await _fields(deps, payload)
    who, action = Users((command.address,)), EditUser(fields)
    request = Proposal(command.customer, action, who, command.reason, remarks_on(fields))
    return await deps.propose(payload, request)


@feature.check(EditUserModal)
async def check(deps: FeatureContext, payload: ViewPayload) -> SubmissionError:
    """Ask the API, while the modal is open, whether a name is that of one group, or of several."""
    if not groups_in_doubt(payload.values):
        return SubmissionError()
    try:
        await _fields(deps, payload)
    except InvalidInput as error:
        return SubmissionError({GROUPS: str(error)})
    return SubmissionError()


async def _fields(deps: FeatureContext, payload: ViewPayload) -> tuple[FieldChange, ...]:
    """Return the changed fields.

    Raises InvalidInput and NotAllowed, and ContinuityError where the API is asked about groups.
    """
    groups, known = groups_in_doubt(payload.values), frozenset[str]()
    if groups:
        command = _command(payload)
        await deps.authorise(payload, command)
        known = await known_groups(deps.ctx, command.customer, groups)
    return changes_in(payload.values, known)


def _command(payload: ViewPayload) -> EditUserCommand:
    customer = parse_customer(payload.value)
    return EditUserCommand(customer, str(payload.values[WHO]), payload.text)
