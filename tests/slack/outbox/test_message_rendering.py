"""A row of the outbox as it is shown: read from the database at the moment of its delivery."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.actions import ImportUsers
from bot.domain.audit.chain import Record
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.preview import Preview
from bot.domain.roles import Grant, Role
from bot.domain.scope import FileUsers
from bot.domain.user_files.import_rows import ImportRow, RowStatus
from bot.ports import (
    Message,
    MessageKind,
    Silence,
    SlackContact,
    Transaction,
    message_key,
)
from bot.slack.outbox.message_rendering import RenderedMessage, render
from bot.store.sqlite.sqlite_library import sqlite3
from tests.builders import (
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    REQUESTER,
    a_change,
    a_finished_change,
    a_grant,
    a_record,
)
from tests.fixtures.direct_store import opened
from tests.slack.message_checks import shown

CHANGE = a_finished_change()
INCIDENT = a_grant(CHANNEL, Role.INCIDENT, customer=CUSTOMER)
ENDED = CHANGE.finished_at or NOW


def damaged(database: Path) -> None:
    """Write what no step writes into every audit entry."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_schema WHERE type='trigger'"):
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("UPDATE audit SET detail = 'damaged'")


async def rendered(
    path: Path,
    kind: MessageKind,
    minutes: float = 0,
    change: Change = CHANGE,
    entries: Sequence[Record] = (),
) -> tuple[str, str]:
    """Return what is shown so many minutes after the end, and who or what is told otherwise."""
    key = message_key(kind, change.id, change.revision, APPROVER)
    row = Message(key, kind, change.id, CHANNEL, change.revision)
    now = ENDED + timedelta(minutes=minutes)

    def step(tx: Transaction) -> tuple[str, str]:
        tx.add_change(change)
        for entry in entries:
            tx.record(entry)
        tx.put_grant(a_grant(ADMIN, Role.ADMIN))
        tx.put_grant(a_grant("U0GONE", Role.ADMIN, expires_at=NOW))
        view = render(tx, row, now)
        return shown(view.blocks), view.fallback_recipient

    async with opened(path / "bot.db") as store:
        return await store.write(step)


async def test_an_approver_who_is_named_is_told_of_admins_in_force_and_not_by_the_requester(
    tmp_path: Path,
) -> None:
    words, otherwise = await rendered(tmp_path, MessageKind.ASSERTED)
    assert f"<@{ADMIN}>" in words
    assert "U0GONE" not in words
    assert otherwise == CHANNEL


async def test_elsewhere_than_in_its_channel_an_outcome_has_no_buttons(tmp_path: Path) -> None:
    """They would refuse there."""
    row = Message("outcome", MessageKind.OUTCOME, CHANGE.id, CHANNEL, CHANGE.revision)

    def step(tx: Transaction) -> list[list[str]]:
        tx.add_change(CHANGE)
        view = render(tx, row, ENDED)
        return [[one["type"] for one in blocks] for blocks in (view.blocks, view.redirected_blocks)]

    async with opened(tmp_path / "bot.db") as store:
        here, elsewhere = await store.write(step)
    assert elsewhere == [one for one in here if one != "actions"]
    assert "actions" in here


async def test_an_outcome_is_late_ten_seconds_after_the_end(tmp_path: Path) -> None:
    words, otherwise = await rendered(tmp_path, MessageKind.OUTCOME, 10 / 60)
    assert "Late:" not in words
    assert otherwise == REQUESTER


async def test_a_late_outcome_says_so(tmp_path: Path) -> None:
    words, _ = await rendered(tmp_path, MessageKind.OUTCOME, 11 / 60)
    assert "*Late:* this happened <!date^" in words


async def test_what_was_asked_again_is_late_after_ten_seconds_too(tmp_path: Path) -> None:
    """It has not ended: the audit entry tells when it was."""
    change = a_change(asked_again="20 users when it was decided, 15 now.")
    entry = a_record("change.asked_again", at=ENDED)
    words, _ = await rendered(tmp_path, MessageKind.OUTCOME, 10 / 60, change, [entry])
    assert "Late:" not in words
    (tmp_path / "bot.db").unlink()
    words, _ = await rendered(tmp_path, MessageKind.OUTCOME, 11 / 60, change, [entry])
    assert f"*Late:* this happened <!date^{int(ENDED.timestamp())}^" in words


@pytest.mark.parametrize("state", [State.APPROVED, State.EXECUTING, State.UNKNOWN])
async def test_an_outcome_that_was_overtaken_says_that_it_was_tried_again(
    tmp_path: Path, state: State
) -> None:
    """It was still on its way when a person pressed the button; nothing is told to be done."""
    change = a_change(state=state, attempts=3, decision_reason="Tried again: the API is back")
    entries = [a_record("change.needs_operator", at=ENDED), a_record("change.retry_asked")]
    words, _ = await rendered(tmp_path, MessageKind.OUTCOME, 0, change, entries)
    assert "Reading back did not settle it; a person had it tried again since." in words
    assert "Tried again: the API is back\nThe bot posts here what comes of it." in words
    assert "audit 1 " in words
    assert "goes to the emergency webmail" not in words


async def test_an_outcome_that_was_overtaken_says_that_it_was_decided_anew(tmp_path: Path) -> None:
    why = "20 users when it was decided, 15 now."
    change = a_change(state=State.APPROVED, asked_again=why)
    entries = [a_record("change.asked_again", at=ENDED), a_record("change.approved")]
    words, _ = await rendered(tmp_path, MessageKind.OUTCOME, 0, change, entries)
    assert (
        f"It was asked again, and decided since: {why}\nThe bot posts here what comes of it."
        in words
    )


async def test_what_is_taken_back_after_an_attempt_shows_the_entry_of_that(tmp_path: Path) -> None:
    change = a_change(state=State.CANCELLED, attempts=3, finished_at=ENDED)
    entries = [
        a_record("change.needs_operator", at=NOW - timedelta(hours=1)),
        a_record("change.cancelled", at=ENDED),
    ]
    words, _ = await rendered(tmp_path, MessageKind.OUTCOME, 0, change, entries)
    assert "audit 2 " in words
    assert "Late:" not in words


@pytest.mark.parametrize("kind", [MessageKind.CARD, MessageKind.OUTCOME])
async def test_the_notification_names_the_requester_as_slack_told_it_at_the_proposal(
    tmp_path: Path, kind: MessageKind
) -> None:
    row = Message(message_key(kind, CHANGE.id, 6), kind, CHANGE.id, CHANNEL, CHANGE.revision)

    def step(tx: Transaction) -> str:
        tx.add_change(CHANGE)
        tx.record(a_record(actor_name="Olga"))
        tx.record(a_record("change.approved", actor_name="Max"))
        return render(tx, row, ENDED).text

    async with opened(tmp_path / "bot.db") as store:
        told = await store.write(step)
    assert " · Olga: Exchange down · C-7K3MX" in told


async def test_an_audit_entry_that_cannot_be_read_holds_no_card_back(tmp_path: Path) -> None:
    row = Message("card:C-7K3MX", MessageKind.CARD, CHANGE.id, CHANNEL, CHANGE.revision)

    def step(tx: Transaction) -> None:
        tx.add_change(CHANGE)
        tx.record(a_record(actor_name="Olga"))

    async with opened(tmp_path / "bot.db") as store:
        await store.write(step)
        damaged(tmp_path / "bot.db")
        told = await store.read(lambda tx: render(tx, row, ENDED).text)
    assert " · operator@jump1: Exchange down · C-7K3MX" in told


ROWS = [
    ImportRow(1, "jo@example.com", {"language": "en_GB"}, {"language": "de_DE"}, RowStatus.CHANGED)
]
FILE = FileUsers(1, "0" * 64)
IMPORT = a_change(action=ImportUsers("users.csv"), scope=FILE, preview=Preview(NOW, 1, 0))


async def card_of_an_import(
    path: Path, grant: Grant, change: Change = IMPORT, channel: str = CHANNEL
) -> RenderedMessage:
    row = Message("card", MessageKind.CARD, change.id, channel, change.revision)

    def step(tx: Transaction) -> RenderedMessage:
        tx.add_change(change)
        tx.add_import(change.id, ROWS, skipped=0)
        tx.save_compared(change.id, ROWS)
        tx.put_grant(grant)
        return render(tx, row, NOW)

    async with opened(path / "bot.db") as store:
        return await store.write(step)


async def test_who_approves_an_import_sees_what_it_changes(tmp_path: Path) -> None:
    view = await card_of_an_import(tmp_path, INCIDENT)
    assert "• jo@example.com: Language de_DE → *en_GB*" in shown(view.blocks)


@pytest.mark.parametrize(
    "grant",
    [
        a_grant(REQUESTER, Role.OPERATOR, customer=CUSTOMER),
        replace(INCIDENT, customer=OTHER_CUSTOMER),
        replace(INCIDENT, expires_at=NOW - timedelta(seconds=1)),
    ],
)
async def test_a_channel_that_gets_no_file_with_users_data_sees_none_on_the_card(
    tmp_path: Path, grant: Grant
) -> None:
    view = await card_of_an_import(tmp_path, grant)
    assert "jo@example.com" not in shown(view.blocks)


async def test_a_card_that_goes_elsewhere_takes_no_users_data_along(tmp_path: Path) -> None:
    view = await card_of_an_import(tmp_path, INCIDENT, channel="C0OPS")
    assert "jo@example.com" not in shown(view.blocks)
    assert "jo@example.com" not in shown(view.redirected_blocks)


async def test_a_decided_import_shows_no_users_data_any_more(tmp_path: Path) -> None:
    view = await card_of_an_import(tmp_path, INCIDENT, replace(IMPORT, state=State.EXECUTING))
    assert "jo@example.com" not in shown(view.blocks)


SILENCE = Silence(NOW - timedelta(minutes=10), NOW - timedelta(minutes=2), stopped=True)


async def silence_told(path: Path, *changes: Change, told: Silence = SILENCE) -> list[bool]:
    """Which of the cards say that the bot was not running."""

    def step(tx: Transaction) -> list[bool]:
        tx.save_slack_contact(SlackContact(told.end, silence=told))
        found = []
        for change in changes:
            tx.add_change(change)
            tx.enqueue_message(MessageKind.CARD, change)
        for change in changes:
            row = tx.message(message_key(MessageKind.CARD, change.id))
            assert row
            words = shown(render(tx, row, NOW).blocks)
            found.append("I was not running from <!date^" in words)
        return found

    async with opened(path / "bot.db") as store:
        return await store.write(step)


async def test_the_next_card_of_each_channel_says_that_the_bot_was_not_running(
    tmp_path: Path,
) -> None:
    before = a_change(id="C-00000", created_at=SILENCE.start - timedelta(seconds=1))
    first = a_change(id="C-00001", created_at=SILENCE.end + timedelta(seconds=1))
    second = a_change(id="C-00002", created_at=NOW)
    elsewhere = a_change(id="C-00003", created_at=NOW, channel="C0OTHER")
    told = await silence_told(tmp_path, before, first, second, elsewhere)
    assert told == [False, True, False, True]


async def test_an_hour_later_the_silence_is_no_news_any_more(tmp_path: Path) -> None:
    late = a_change(created_at=SILENCE.end + timedelta(hours=1))
    assert await silence_told(tmp_path, late) == [False]
