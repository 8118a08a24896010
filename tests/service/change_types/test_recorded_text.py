"""No decision reads what is recorded for people: with other texts in the rows the same is decided."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.domain.change_state import State
from bot.domain.outcome import UserStatus
from bot.errors import Ambiguous, Refused
from bot.ports import Transaction
from bot.service.changes import resolve
from tests.builders import ADMIN, APPROVER, CUSTOMER
from tests.fakes import ACCEPTED_IN_VAIN, ambiguous
from tests.service.change_types import test_edit_user
from tests.service.change_types.test_purge_users import add_left
from tests.service.change_types.test_purge_users import approved as approved_purge
from tests.service.harness import ServiceHarness, actor, many, users

A, B = "a@example.com", "b@example.com"


async def reword(harness: ServiceHarness) -> None:
    """Replace the reason of every user and the sentence of every outcome."""

    def step(tx: Transaction) -> None:
        for change in tx.changes():
            rows = [replace(row, reason="other words") for row in tx.user_outcomes(change.id)]
            tx.put_user_outcomes(change.id, rows)
            if change.state is State.ACCEPTED and change.outcome:
                outcome = replace(change.outcome, sentence="other words")
                tx.save_change(change.revised(outcome=outcome))

    await harness.store.write(step)


async def test_a_user_whom_the_api_does_not_know_at_two_looks_has_failed(
    harness: ServiceHarness,
) -> None:
    change = await harness.released(users("a", "b"))
    harness.api.unreadable_users = {B: Refused("Not Found", status=404)}

    def unanswered(_: float) -> None:
        harness.api.unreadable_users = {A: Ambiguous("no answer")}

    harness.clock.on_sleep = unanswered
    await harness.executor.run()
    assert await harness.state(change.id) is State.ACCEPTED
    await reword(harness)
    harness.api.unreadable_users = {B: Refused("Not Found", status=404)}
    harness.clock.advance(seconds=60)
    await harness.executor.run()
    assert await harness.state(change.id) is State.PARTIAL


async def test_an_edited_user_whom_the_api_does_not_know_at_two_looks_has_failed(
    harness: ServiceHarness,
) -> None:
    test_edit_user.known(harness)

    def vanish(_: str) -> None:
        del harness.api.held[CUSTOMER][A]

    harness.api.on_write = vanish
    harness.api.answers = [ACCEPTED_IN_VAIN]
    change = await test_edit_user.edited(harness)
    assert change.state is State.ACCEPTED
    await reword(harness)
    harness.clock.advance(seconds=2)
    await harness.executor.run()
    assert await harness.state(change.id) is State.FAILED


@pytest.mark.parametrize("kind", ["flag", "purge"])
async def test_users_whom_a_stop_left_out_are_not_sent_by_a_retry(
    harness: ServiceHarness, kind: str
) -> None:
    add_left(harness, 10)
    change = await (harness.released(many(10)) if kind == "flag" else approved_purge(harness))
    harness.api.answers_to = {"u000@example.com": [ambiguous(landed=False)]}
    harness.store.meanwhile = []

    def stop(_: str) -> None:
        harness.api.on_write = lambda _: None
        harness.store.meanwhile.append(
            lambda tx: tx.save_change(tx.change(change.id).revised(stopped_by=APPROVER))  # type: ignore[union-attr]
        )

    harness.api.on_write = stop
    await harness.executor.run()
    harness.clock.advance(seconds=3)
    await harness.executor.run()
    assert await harness.state(change.id) is State.NEEDS_OPERATOR
    await reword(harness)
    sent = len(harness.api.sent)
    await resolve.retry(harness.ctx, actor(ADMIN), change.id, "again")
    await harness.executor.run()
    assert re.findall(r"u0\d+", " ".join(harness.api.sent[sent:])) == ["u000"]
    left = await harness.look(lambda tx: tx.user_outcomes(change.id, status=UserStatus.NOT_SENT))
    assert [row.address[:4] for row in left] == ["u008", "u009"]
