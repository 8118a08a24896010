"""A change in the database, each step with its audit entry as the bot writes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.audit.chain import Record
from bot.domain.change import Approval, Change
from bot.domain.change_request import command_text
from bot.domain.change_state import State
from bot.ports import MessageKind, Transaction
from bot.store.sqlite.store import SqliteStore
from tests.builders import APPROVER, CHANNEL, CUSTOMER, a_change

NAMES = {"U0OPERATOR": "operator", APPROVER: "approver1"}
ANSWER = {"api_id": "sbx-000001", "api_timestamp": "2027-01-15T09:30:00.000Z"}


class RecordedChange:
    """`failover on` for everyone, proposed by the operator once ``propose`` was called."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._change: Change = a_change()

    async def propose(self) -> None:
        """Write the change and its first entry."""
        await self._store.write(lambda tx: tx.add_change(self._change))
        needed = self._change.approvals_needed
        command, reason = command_text(self._change), self._change.reason
        asked = {"approvals_needed": needed, "command": command, "reason": reason}
        await self._record("change.proposed", self._change.requester, asked)

    async def approve(self) -> None:
        """Let the approver approve it."""
        approvals = (Approval(APPROVER, datetime.now(UTC), 0, f"approver {CUSTOMER} U0ADMIN"),)
        await self._step("change.approved", State.APPROVED, APPROVER, {}, approvals=approvals)

    async def execute(self) -> None:
        """Begin its first attempt."""
        requests = {"requests": [f"PUT /{CUSTOMER}/failover"]}
        await self._step("change.executing", State.EXECUTING, "bot", requests)

    async def lose(self) -> None:
        """Let its answer be lost."""
        await self._step("change.unknown", State.UNKNOWN, "bot", {})

    async def apply(self) -> None:
        """Read it back as applied."""
        await self._step("change.applied", State.APPLIED, "bot", ANSWER)

    async def _step(
        self, kind: str, state: State, actor: str, detail: dict[str, Any], **fields: Any
    ) -> None:
        revision = self._change.revision + 1
        self._change = replace(self._change, state=state, revision=revision, **fields)
        await self._store.write(lambda tx: tx.save_change(self._change))
        await self._record(kind, actor, detail)

    async def _record(self, kind: str, actor: str, detail: dict[str, Any]) -> None:
        at, name = datetime.now(UTC), NAMES.get(actor, "")
        channel = CHANNEL if actor in NAMES else ""
        record = Record(at, kind, actor, name, CUSTOMER, self._change.id, channel, detail)

        def step(tx: Transaction) -> None:
            tx.record(record, self._change)
            for message in (MessageKind.CARD, MessageKind.TIMELINE):
                tx.enqueue_message(message, self._change)
            if self._change.state is State.APPLIED:
                tx.enqueue_message(MessageKind.OUTCOME, self._change)

        await self._store.write(step)
