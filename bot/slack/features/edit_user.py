"""One user: edited, deleted. The form opens at once; the API is asked while it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.domain.actions import DeleteUser, EditUser
from bot.domain.commands import ChangeUser, Proposal, RemoveUser
from bot.domain.mail_user import GROUPS, FieldChange, remarks_on
from bot.domain.roles import Right
from bot.domain.scope import Users, parse_customer
from bot.errors import ContinuityError, InvalidInput
from bot.ports import UserState
from bot.service.access.authorise import Leave, authorise
from bot.service.change_types.delete_user import standing
from bot.service.changes.user_file_checks import known_groups
from bot.service.queries.read_user import read_user
from bot.slack.api.modals import fill, loading
from bot.slack.features.context import Check, CommandHandler, Handler, Room, Wrong, open_form
from bot.slack.features.propose import proposed
from bot.slack.payloads import Inbound
from bot.slack.views.forms import edit_user as forms
from bot.slack.views.forms.inputs import WHO


async def open_edit(
    room: Room, inbound: Inbound, customer: str, address: str, reason: str = ""
) -> str:
    """Open the form for a user's fields; for the command, and for a button beside the user."""
    leave = await authorise(room.ctx, inbound.actor, Right.PROPOSE, customer)

    def build(user: UserState, name: str) -> dict[str, Any]:
        return forms.edit_form(customer, name, inbound.channel, user, reason)

    return await _open(room, inbound, leave, (customer, address), "Edit user", build)


async def _edit(room: Room, inbound: Inbound, asked: ChangeUser) -> str:
    return await open_edit(room, inbound, asked.customer, asked.address, asked.reason)


async def _delete(room: Room, inbound: Inbound, asked: RemoveUser) -> str:
    leave = await authorise(room.ctx, inbound.actor, Right.ADMINISTER, asked.customer)

    def build(user: UserState, name: str) -> dict[str, Any]:
        told = standing(user)
        return forms.delete_form(asked.customer, name, inbound.channel, user, told, asked.reason)

    about = (asked.customer, asked.address)
    return await _open(room, inbound, leave, about, "Delete user", build)


async def _open(
    room: Room,
    inbound: Inbound,
    leave: Leave,
    about: tuple[str, str],
    title: str,
    build: Callable[[UserState, str], dict[str, Any]],
) -> str:
    view_id = await open_form(room, inbound, loading(title), "Give the command again.")
    customer, address = about
    try:
        user = await read_user(room.ctx, leave, customer, address)
    except (ContinuityError, InvalidInput) as error:
        await fill(room.client, view_id, loading(title, f"{error} Nothing was changed."))
        return ""
    name = await room.ctx.store.read(lambda tx: tx.customer_name(customer))
    await fill(room.client, view_id, build(user, name))
    return ""


async def _edited(room: Room, inbound: Inbound) -> str:
    fields = await _fields(room, inbound)
    return await proposed(room, inbound, _wish(inbound, EditUser(fields), remarks_on(fields)))


async def _fields(room: Room, inbound: Inbound) -> tuple[FieldChange, ...]:
    """Return the changed fields. Raises InvalidInput, NotAllowed, and ContinuityError where the API has to
    tell whether a name is that of one group, or of several."""
    groups, known = forms.edited_groups(inbound.values), frozenset[str]()
    if groups:
        customer = parse_customer(inbound.value)
        await authorise(room.ctx, inbound.actor, Right.PROPOSE, customer)
        known = await known_groups(room.ctx, customer, groups)
    return forms.edited(inbound.values, known)


async def _deleted(room: Room, inbound: Inbound) -> str:
    return await proposed(room, inbound, _wish(inbound, DeleteUser()))


async def _check(room: Room, inbound: Inbound) -> Wrong:
    if not forms.edited_groups(inbound.values):
        return Wrong()
    try:
        await _fields(room, inbound)
    except InvalidInput as error:
        return Wrong({GROUPS: str(error)})
    return Wrong()


def _wish(
    inbound: Inbound, action: EditUser | DeleteUser, remarks: tuple[str, ...] = ()
) -> Proposal:
    who = Users((str(inbound.values[WHO]),))
    return Proposal(parse_customer(inbound.value), action, who, inbound.text, remarks)


COMMANDS: dict[type, CommandHandler] = {ChangeUser: _edit, RemoveUser: _delete}
CLICKS: dict[str, Handler] = {}
FORMS: dict[str, Handler] = {forms.EDIT: _edited, forms.DELETE: _deleted}
CHECKS: dict[str, Check] = {forms.EDIT: _check}
