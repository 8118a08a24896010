"""The kinds of change: a class for each, and the table of them."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from bot.domain.change import Change
from bot.ports import ContinuityApi
from bot.service.change_types.activate import ActivateChange
from bot.service.change_types.change_type import ChangeType
from bot.service.change_types.delete_user import DeleteUserChange
from bot.service.change_types.edit_user import EditUserChange
from bot.service.change_types.flag import FlagChange
from bot.service.change_types.import_users import ImportUsersChange
from bot.service.change_types.move_end import MoveEndChange
from bot.service.change_types.other_api import OtherApi, why_other_api
from bot.service.change_types.purge_users import PurgeUsersChange
from bot.service.change_types.restore import RestoreChange
from bot.service.change_types.token import TokenChange
from bot.service.context import Context

_CHANGE_TYPES: dict[str, type[ChangeType]] = {
    "activate": ActivateChange,
    "delete": DeleteUserChange,
    "edit": EditUserChange,
    "end": MoveEndChange,
    "import": ImportUsersChange,
    "purge": PurgeUsersChange,
    "restore": RestoreChange,
    "switch": FlagChange,
    "token": TokenChange,
}


def change_type_of(ctx: Context, change: Change) -> ChangeType:
    """Return what carries out this change.

    Where the customer is marked as a drill since, or is one no longer, each request is refused: it
    would reach another API than the decision was about.
    """
    if why := why_other_api(ctx, change):
        ctx = replace(ctx, api=cast(ContinuityApi, OtherApi(why)))
    return _CHANGE_TYPES[change.action.kind](ctx, change)
