"""Views of a change: card, buttons, outcome. What differs between the kinds is a class each."""

from __future__ import annotations

from bot.domain.change import Change
from bot.slack.views.changes.activate import ActivateWording
from bot.slack.views.changes.delete_user import DeleteUserWording
from bot.slack.views.changes.edit_user import EditUserWording
from bot.slack.views.changes.flag import FlagWording
from bot.slack.views.changes.import_users import ImportUsersWording
from bot.slack.views.changes.move_end import MoveEndWording
from bot.slack.views.changes.purge_users import PurgeUsersWording
from bot.slack.views.changes.restore import RestoreWording
from bot.slack.views.changes.token import TokenWording
from bot.slack.views.changes.wording import Wording

_WORDINGS: dict[str, type[Wording]] = {
    "activate": ActivateWording,
    "delete": DeleteUserWording,
    "edit": EditUserWording,
    "end": MoveEndWording,
    "import": ImportUsersWording,
    "purge": PurgeUsersWording,
    "restore": RestoreWording,
    "switch": FlagWording,
    "token": TokenWording,
}


def wording(change: Change) -> Wording:
    """Return the words of this change."""
    return _WORDINGS[change.action.kind](change)
