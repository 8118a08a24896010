"""The grown database of the bench is one that the bot could have written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bench.database import prepare_database
from bench.grown_database import GrownSize, fill_database
from bot.domain.change_state import OPEN
from bot.ports import Transaction
from bot.store.sqlite.store import SqliteStore
from bot.terminal.audit.export import verify_all


async def test_it_is_filled_as_far_as_asked_and_its_chain_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "grown.db"
    await prepare_database(path)
    fill_database(path, GrownSize(entries=600, grants=2000, open_changes=120))

    def query(tx: Transaction) -> tuple[int, int, int, bool]:
        opened = len(tx.changes(states=OPEN))
        idle = (
            not tx.changes_without_preview()
            and not tx.overdue_changes(datetime.now(UTC))
            and not tx.next_due()
        )
        return len(tx.grants()), opened, len(tx.granted_usergroups()), idle

    store = await SqliteStore.open_async(path)
    report = await verify_all(store)
    grants, opened, usergroups, idle = await store.read(query)
    await store.close()

    assert (report.entries, report.fault) == (600, "")
    assert (grants, opened, usergroups) == (2022, 120, 5)
    assert idle, "the bot would begin to work on it"
