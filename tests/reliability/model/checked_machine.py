"""Checks of the state machine: each write to the API when it is sent, everything else after each step."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine, invariant

from bot.domain.audit.chain import EMPTY_CHAIN, verify
from bot.domain.change import Change
from bot.domain.change_state import TRANSITIONS, State
from bot.domain.roles import Role
from bot.errors import BotError, NotAllowed
from bot.ports import MessageKind, message_key
from tests.reliability.model.inline_bot import ROWS, InlineBot
from tests.reliability.model.model import Model, ModelChange

OWED = {
    State.APPLIED,
    State.PARTIAL,
    State.FAILED,
    State.NEEDS_OPERATOR,
    State.DENIED,
    State.EXPIRED,
    State.GIVEN_UP,
}


class CheckedMachine(RuleBasedStateMachine):
    """One database, from the first proposal through crashes to the end of the run."""

    folder: ClassVar[Path]
    tally: ClassVar[Counter[str]]
    seed: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.home = Path(tempfile.mkdtemp(dir=self.folder))
        self.bot = InlineBot(self.home / "bot.db", self.folder / "empty.db")
        self.bot.api.on_write = self._judge
        self.model = Model(rows=dict.fromkeys(map(plain, ROWS)))
        self.model.members = self.bot.directory.members
        self.steps = -1  # what holds is looked at once before the first
        self.wrong: list[str] = []
        self.chain = EMPTY_CHAIN
        self.deliveries: set[str] = set()
        self.concluding = ""  # the change that a person concludes by hand just now
        self.run(self.bot.grant(*ROWS))

    def run(self, work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return self.runner.run(awaited())

    def teardown(self) -> None:
        self.tally["lives"] += 1
        self.tally["steps"] += self.steps
        self.tally["effects"] += len(self.bot.api.sent)
        for modelled in self.model.changes.values():
            self.tally[modelled.state] += 1
        self.run(self.bot.close())
        self.runner.close()
        shutil.rmtree(self.home)

    # --- what reaches the API ---

    def _judge(self, line: str) -> None:
        """Told of each write at the moment it goes out; the model says whether it may."""
        now = self.bot.clock.now()
        found = [modelled for modelled in self.model.changes.values() if line in modelled.requests]
        begun = [
            (modelled, body) for modelled in found if (body := self._executing(modelled.id, line))
        ]
        if len(begun) != 1:
            self.wrong.append(f"{line}: {len(begun)} changes are recorded as executing it")
        running = self.bot.rows("SELECT id FROM changes WHERE state IN ('executing', 'unknown')")
        others = [self.model.changes[one] for (one,) in running]
        for modelled, body in begun:
            if both := [one.id for one in others if one is not modelled and one.touches(modelled)]:
                self.wrong.append(f"{line} for {modelled.id}, beside {both}")
            if why := self.model.why_not(modelled, body["attempts"], body["preview_revision"], now):
                self.wrong.append(f"{line} for {modelled.id}, attempt {body['attempts']}: {why}")

    def _executing(self, change_id: str, line: str) -> dict[str, Any]:
        """The change's row where it is executing, and its intent to send this line is recorded."""
        rows = self.bot.rows("SELECT state, body FROM changes WHERE id = ?", change_id)
        body: dict[str, Any] = next(
            (json.loads(body) for state, body in rows if state == "executing"), {}
        )
        intents = self.bot.rows(
            "SELECT detail FROM audit WHERE change_id = ? AND kind = 'change.executing'", change_id
        )
        recorded = [json.loads(detail) for (detail,) in intents]
        attempt = body.get("attempts")
        intended = [
            one for one in recorded if one["attempt"] == attempt and line in one["requests"]
        ]
        return body if intended else {}

    # --- what holds after every step ---

    @invariant()
    def what_is_promised_holds(self) -> None:
        assert not self.wrong, self.wrong
        self._notice()
        self._the_trail_goes_on_intact()
        self._changes_are_as_the_model_has_them()
        self.steps += 1

    def _the_trail_goes_on_intact(self) -> None:
        after = self.chain.entries
        entries = self.run(self.bot.store.read(lambda tx: tx.entries_after(after, 10_000)))
        self.chain = verify(entries, self.chain)
        assert not self.chain.fault

    def _changes_are_as_the_model_has_them(self) -> None:
        changes = self.run(self.bot.store.read(lambda tx: tx.changes()))
        assert {change.id for change in changes} == set(self.model.changes)
        for change in changes:
            modelled = self.model.changes[change.id]
            assert change.state.value == modelled.state
            assert {given.approver for given in change.approvals} <= set(modelled.approvals)
            self._is_announced(change)

    def _is_announced(self, change: Change) -> None:
        wanted = dict(
            map(
                tuple,
                self.bot.rows("SELECT key, wanted FROM messages WHERE change_id = ?", change.id),
            )
        )
        card = message_key(MessageKind.CARD, change.id)
        if change.is_pointless:  # its requester alone is told, and a card that stands is deleted
            [row] = self.bot.rows("SELECT removed FROM messages WHERE key = ?", card)
            assert row["removed"], f"{change.id} has a card, and there is nothing to decide"
        elif change.state is not State.EXECUTING:  # the card follows the users in strides
            assert wanted[card] == change.revision
        sent_and_withdrawn = change.state is State.CANCELLED and change.attempts
        if change.state in OWED or sent_and_withdrawn:
            ended = self.model.changes[change.id].since
            key = message_key(MessageKind.OUTCOME, change.id, ended)
            assert wanted.get(key) == ended, f"nobody is told that {change.id} ended"

    def _notice(self) -> None:
        """Take note of how the changes moved; each move must be in the table of transitions."""
        moves = self.bot.rows("SELECT * FROM moves WHERE before <> after ORDER BY rowid")
        for change_id, before, after, revision in moves:
            allowed = TRANSITIONS.get(State(before), {}).values()
            assert State(after) in allowed, (change_id, before, after)
            by_hand = before != "needs_operator" or change_id == self.concluding
            assert by_hand, f"nobody concluded {change_id}, and it is {after}"
            self.model.changes[change_id].moved(after, revision, self.bot.clock.now())
        self.bot.store.connection.execute("DELETE FROM moves")

    def _modelled(self, n: int) -> ModelChange | None:
        changes = list(self.model.changes.values())
        return changes[-1 - n] if n < len(changes) else None

    def _revision(self, modelled: ModelChange) -> int:
        [body] = self.bot.rows("SELECT body FROM changes WHERE id = ?", modelled.id)
        return int(json.loads(body[0])["preview_revision"])

    # --- what people click ---

    def _answer(self) -> None:
        async def answer() -> None:
            self.bot.api.gate.set()
            await self.bot.executor.settle()

        self.run(answer())
        self._notice()

    def _may(self, who: str, where: str, roles: tuple[str, ...], modelled: ModelChange) -> bool:
        now = self.bot.clock.now()
        there = where == modelled.channel
        return there and self.model.may(who, where, roles, modelled.customer, now)

    def _done(
        self, click: Callable[[], Awaitable[None]], allowed: bool, rights: bool, count: int
    ) -> None:
        """Click; what is done must have been allowed, and rights are not denied to who has them."""
        ends = self.run(_at_once(click, count))
        self._notice()
        done, denied = ends.count(None), [end for end in ends if isinstance(end, NotAllowed)]
        assert done <= (1 if allowed else 0), f"done {done} times, {allowed=}"
        assert not (denied and rights), denied
        self.tally["done" if done else "refused"] += 1


def plain(row: tuple[str, Role, str]) -> tuple[str, str, str]:
    return row[0], row[1].value, row[2]


async def _at_once(click: Callable[[], Awaitable[None]], count: int) -> list[BotError | None]:
    async def ended() -> BotError | None:
        try:
            await click()
        except BotError as error:
            return error
        return None

    return list(await asyncio.gather(*(ended() for _ in range(count))))
