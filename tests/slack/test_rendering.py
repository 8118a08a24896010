"""A row of the outbox as it is shown: read from the database at the moment of its delivery."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.domain.roles import Role
from bot.ports import Message, MessageKind, Transaction, message_key
from bot.slack.rendering import NEWS, render
from tests.beside import opened
from tests.builders import ADMIN, APPROVER, CHANNEL, NOW, REQUESTER, a_finished_change, a_grant
from tests.slack.judge import shown

CHANGE = a_finished_change()
ENDED = CHANGE.finished_at or NOW


async def rendered(path: Path, kind: MessageKind, minutes: float = 0) -> tuple[str, str]:
    """Return what is shown so many minutes after the end, and who or what is told otherwise."""
    key = message_key(kind, CHANGE.id, CHANGE.revision, APPROVER)
    row = Message(key, kind, CHANGE.id, CHANNEL, CHANGE.revision)
    now = ENDED + timedelta(minutes=minutes)

    def step(tx: Transaction) -> tuple[str, str]:
        tx.add_change(CHANGE)
        tx.put_grant(a_grant(ADMIN, Role.ADMIN))
        tx.put_grant(a_grant("U0GONE", Role.ADMIN, expires_at=NOW))
        view = render(tx, row, now)
        return shown(view.blocks), view.otherwise

    async with opened(path / "bot.db") as store:
        return await store.write(step)


async def test_an_approver_who_is_named_is_told_of_admins_in_force_and_not_by_the_requester(
    tmp_path: Path,
) -> None:
    words, otherwise = await rendered(tmp_path, MessageKind.ASSERTED)
    assert f"<@{ADMIN}>" in words
    assert "U0GONE" not in words
    assert otherwise == CHANNEL


async def test_an_outcome_is_late_a_minute_after_the_end(tmp_path: Path) -> None:
    words, otherwise = await rendered(tmp_path, MessageKind.OUTCOME)
    assert "Delayed" not in words
    assert otherwise == REQUESTER


async def test_a_late_outcome_says_so(tmp_path: Path) -> None:
    words, _ = await rendered(tmp_path, MessageKind.OUTCOME, NEWS.total_seconds() / 60 + 1)
    assert "Delayed" in words
