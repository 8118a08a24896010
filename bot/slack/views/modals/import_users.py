"""The modal that asks for a file of users to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from bot.domain.change_commands import ImportUsersCommand
from bot.domain.identifiers import parse_customer
from bot.domain.limits import MAX_FILE_ROWS
from bot.domain.mail_user import FIELDS
from bot.slack.payloads import ViewPayload
from bot.slack.views.modals.inputs import REASON, reason_of
from bot.slack.views.modals.user_files import UserFileModal
from bot.slack.views.texts import import_users as texts


@dataclass(frozen=True, slots=True)
class ImportUsersModal(UserFileModal):
    """Opened for a command; ``name`` is the customer's, or ""."""

    callback_id: ClassVar[str] = "users_import"
    file_types: ClassVar[tuple[str, ...]] = (*UserFileModal.file_types, "json")
    file_hint: ClassVar[str] = texts.FILE_HINT.format(
        fields=", ".join(FIELDS), rows=f"{MAX_FILE_ROWS:,}"
    )

    command: ImportUsersCommand
    name: str
    channel: str

    def build(self) -> dict[str, Any]:
        """Return the modal. It carries ids and words of ours only."""
        customer = self.command.customer
        blocks = self.blocks(customer, self.name, self.command.reason)
        return self.modal(customer, self.channel, texts.TITLE, texts.COMPARE, blocks)

    @staticmethod
    def command_of(payload: ViewPayload) -> ImportUsersCommand:
        """Return the command of a submission. Raises InvalidInput where it is forged."""
        reason = reason_of(payload.values.get(REASON, ""))
        return ImportUsersCommand(parse_customer(payload.value), reason)
