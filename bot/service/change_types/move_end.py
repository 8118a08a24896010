"""Move the end of a timed change, or give its way back up. Nothing is sent to the API."""

from __future__ import annotations

from bot.domain.actions import MoveEnd
from bot.domain.change import Change
from bot.domain.change_state import Event
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.errors import Refused
from bot.ports import Transaction
from bot.service.change_types.attempt.send import AttemptResult
from bot.service.change_types.change_type import ChangeType
from bot.service.context import record_step, save_change

MOVED, KEPT = "change.end_moved", "change.kept"
NOT_ON = "{timed} is not on any more, or its way back was made."
ENDS_OTHERWISE = "{timed} ends at another time since this was proposed. Press Extend once more."


class MoveEndChange(ChangeType):
    """Move the end of a timed change, or give its way back up."""

    async def count(self) -> Preview:
        """Return how many users it is on for. Raises Refused where it has no end any more."""
        timed = await self.ctx.store.read(lambda tx: tx.change(self._wanted.change))
        if timed is None or timed.ends_at is None:
            raise Refused(NOT_ON.format(timed=self._wanted.change))
        total = timed.preview.total if timed.preview else None
        return Preview(self.ctx.clock.now(), total=total, already=None if total is None else 0)

    def requests(self) -> list[str]:
        """Return nothing."""
        return []

    async def perform(self) -> AttemptResult:
        """Write the end of the timed change."""

        def step(tx: Transaction) -> str:
            timed = tx.change(self._wanted.change)
            if timed is not None and self._is_done(tx):
                return ""
            if timed is None or timed.ends_at is None:
                return NOT_ON.format(timed=self._wanted.change)
            if self._wanted.until and timed.ends_at != self._wanted.before:
                return ENDS_OTHERWISE.format(timed=timed.id)  # it might end earlier than it does
            self._write(tx, timed)
            return ""

        why = await self.ctx.store.write(step)
        return AttemptResult(Event.FAIL if why else Event.SUCCEED, Outcome(sentence=why))

    async def read_back(self) -> AttemptResult:
        """Return whether it was written before an interruption."""
        done = await self.ctx.store.read(self._is_done)
        return AttemptResult(Event.SUCCEED if done else None, Outcome())

    @property
    def _wanted(self) -> MoveEnd:
        if not isinstance(self.change.action, MoveEnd):
            raise TypeError(f"{self.change.id} moves no end")
        return self.change.action

    def _is_done(self, tx: Transaction) -> bool:
        entries = tx.entries(change_id=self._wanted.change)
        done = [one.record for one in entries if one.record.kind in (MOVED, KEPT)]
        return any(one.detail.get("by") == self.change.id for one in done)

    def _write(self, tx: Transaction, timed: Change) -> None:
        until = self._wanted.until
        note = "" if until else f"It stays: {self.change.id} gave the way back up."
        after = timed.revised(ends_at=until, end_note=note)
        save_change(tx, after)
        tx.refresh_outcome(after)
        detail = {"by": self.change.id, "until": until.isoformat() if until else None}
        record_step(tx, self.ctx.clock, after, MOVED if until else KEPT, detail)
