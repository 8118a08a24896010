"""The step of the auditor, on a real database: the trail in sentences, an entry changed, and found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.store.sqlite.sqlite_library import sqlite3
from bot.store.sqlite.store import SqliteStore
from bot.terminal.demo.tour import trail
from bot.terminal.demo.tour.trail import Auditor
from tests.terminal.demo.recorded_change import RecordedChange


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "demo.db"


@pytest.fixture
async def store(database: Path) -> AsyncIterator[SqliteStore]:
    async with await SqliteStore.open_async(database) as opened:
        yield opened


@pytest.fixture
async def change(store: SqliteStore) -> RecordedChange:
    made = RecordedChange(store)
    await made.propose()
    await made.approve()
    return made


@pytest.fixture
async def recorded(store: SqliteStore, change: RecordedChange) -> SqliteStore:
    """The entries 1 to 4: proposed, approved, executing, applied."""
    await change.execute()
    await change.apply()
    return store


async def verify_and_expect(auditor: Auditor, store: SqliteStore, *, ok: bool) -> str:
    await auditor.verify(store)
    found = auditor.verification()
    assert found is not None
    assert found["ok"] is ok
    return str(found["text"])


@pytest.mark.usefixtures("recorded")
async def test_the_trail_is_in_sentences_with_the_answer_of_the_api(database: Path) -> None:
    lines = trail.sentences(database)
    assert [(line.number, line.kind) for line in lines] == [
        (1, "change.proposed"),
        (2, "change.approved"),
        (3, "change.executing"),
        (4, "change.applied"),
    ]
    what = "C-7K3MX (failover on for every user of customer 44444)"
    assert lines[0].text == f"U0OPERATOR (operator) proposed {what}. Exchange down"
    assert lines[1].text == f"U0APPROVER (approver1) approved {what}."
    assert lines[3].text == (
        f"The bot applied {what}. The API answered sbx-000001 at 2027-01-15T09:30:00.000Z."
    )
    assert lines[3].at.tzinfo is not None


async def test_a_changed_approval_reads_like_any_other_and_is_named_by_the_verification(
    database: Path, recorded: SqliteStore
) -> None:
    auditor = Auditor(database)
    assert (auditor.trail(), auditor.verification()) == (None, None)
    assert "4 entries, intact." in await verify_and_expect(auditor, recorded, ok=True)
    await auditor.tamper()
    assert auditor.verification() is None, "that was before the change"
    changed = [line["text"] for line in auditor.trail() or []][1]
    assert changed.startswith("U0VIEWER (viewer) approved C-7K3MX")
    assert not any(line["wrong"] for line in auditor.trail() or [])
    text = await verify_and_expect(auditor, recorded, ok=False)
    assert text == "The audit trail is broken: entry 2 was altered."
    assert [line["number"] for line in auditor.trail() or [] if line["wrong"]] == [2]
    assert auditor.has_found


async def test_the_schema_is_as_before_and_the_bot_goes_on_writing(
    database: Path, store: SqliteStore, change: RecordedChange
) -> None:
    auditor = Auditor(database)
    await auditor.tamper()
    assert await store.read(lambda tx: tx.schema_differences()) == []
    await change.execute()
    with closing(sqlite3.connect(database)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE audit SET actor = 'U0VIEWER' WHERE seq = 1")
    await auditor.undo()
    assert "3 entries, intact." in await verify_and_expect(auditor, store, ok=True)


async def test_one_entry_is_changed_at_a_time_and_forgetting_changes_it_back(
    database: Path, recorded: SqliteStore
) -> None:
    auditor = Auditor(database)
    with pytest.raises(BotError, match="No entry is changed"):
        await auditor.undo()
    await auditor.tamper()
    with pytest.raises(BotError, match="changed already"):
        await auditor.tamper()
    await auditor.forget()
    assert (auditor.trail(), auditor.has_found, auditor.has_tampered) == (None, False, False)
    assert "intact" in await verify_and_expect(auditor, recorded, ok=True)


@pytest.mark.usefixtures("store")
async def test_without_a_change_there_is_nothing_to_tamper_with(database: Path) -> None:
    with pytest.raises(BotError, match="no change in the audit trail yet"):
        await Auditor(database).tamper()
