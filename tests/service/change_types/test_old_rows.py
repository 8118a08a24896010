"""Rows that version 0.2.0 wrote, with facts as text for people, are read as values and decide the same.

`old_rows/` holds what that version wrote, table by table: each change is approved, or was left half-way.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic_core import from_json
from sqlite_utils import Database

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import Cause, UserStatus
from bot.domain.preview import Facts, Names, Preview, UserFlags
from bot.errors import Refused, StoreUnusable
from bot.ports import Transaction
from bot.service.changes import resolve
from bot.store.sqlite.migrations import SCHEMA
from bot.store.tables.change_codec import read_change, write_change
from tests.builders import ADMIN, CUSTOMER
from tests.fakes import FakeClock
from tests.service.change_types.test_purge_users import add_left
from tests.service.harness import ServiceHarness, actor, opened

OLD_ROWS = Path(__file__).parent / "old_rows"
# The body of the one row of `changes`.
OLD_PURGE = re.findall(r"'(\{\"id\".*?\})'", (OLD_ROWS / "purge_users.sql").read_text())[0]
A = "a@example.com"

Open = Callable[[str], Awaitable[ServiceHarness]]


def old_database(name: str, path: Path) -> Path:
    """Make a database of version 0.2.0 with these rows."""
    db = Database(path)
    SCHEMA.apply(db, stop_before="0014_causes")
    db.conn.executescript((OLD_ROWS / f"{name}.sql").read_text())
    db.close()
    path.chmod(0o600)
    return path


@pytest.fixture
async def old(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def opens(name: str) -> ServiceHarness:
            path = old_database(name, tmp_path / f"{name}.db")
            return await stack.enter_async_context(opened(path, clock))

        yield opens


async def the_change(harness: ServiceHarness) -> Change:
    [change] = await harness.look(lambda tx: tx.changes())
    return change


async def executed(harness: ServiceHarness) -> Change:
    await harness.executor.run()
    return await the_change(harness)


def sentence(change: Change) -> str:
    assert change.outcome
    return change.outcome.sentence


GROUPS = Names(("asia", "emae", *(f"g{at:02}" for at in range(8))), 39)
FACTS = {
    "purge_users": (Facts(everyone=7, in_failover=1), ""),
    "delete_user": (Facts(flags=UserFlags(False, True, True)), "Jo Example"),
    "delete_user_in_failover": (Facts(flags=UserFlags(True, True, True)), "Jo Example"),
    "token": (Facts(flags=UserFlags(True, None, False)), "Jo Example"),
}


@pytest.mark.parametrize("name", FACTS)
async def test_facts_are_read_as_values(old: Open, name: str) -> None:
    change = await the_change(await old(name))
    assert change.preview
    assert (change.preview.facts, change.preview.display_name) == FACTS[name]


async def test_long_lists_of_groups_are_read_as_names(old: Open) -> None:
    seen = (await the_change(await old("import_users"))).preview
    assert seen is not None
    assert seen.facts is not None
    assert (seen.facts.new, seen.facts.changed, seen.facts.unchanged) == (1, 2, 0)
    assert seen.facts.new_groups == GROUPS
    assert seen.facts.groups_not_looked_up is not None
    assert seen.facts.groups_not_looked_up.first[0] == "g47"


@pytest.mark.parametrize("text", ["9,214", "1"])
def test_numbers_with_thousands_are_read(text: str) -> None:
    body = OLD_PURGE.replace('"7"', f'"{text}"')
    seen = read_change("C-1", body).preview
    assert seen is not None
    assert seen.facts == Facts(everyone=int(text.replace(",", "")), in_failover=1)


@pytest.mark.parametrize("broken", ['"seven"', "7", "[]"])
def test_facts_that_no_version_wrote_make_the_row_unreadable(broken: str) -> None:
    with pytest.raises(StoreUnusable):
        read_change("C-1", OLD_PURGE.replace('"7"', broken))


# --- what is decided ------------------------------------------------------------------------------


async def test_a_purge_goes_by_the_users_in_failover_that_its_card_showed(old: Open) -> None:
    harness = await old("purge_users")
    add_left(harness, 4)
    harness.api.held[CUSTOMER]["u000@example.com"].failover = True
    change = await executed(harness)
    assert (change.state, len(harness.api.sent)) == (State.APPLIED, 4)


async def test_a_purge_is_not_sent_with_more_users_in_failover(old: Open) -> None:
    harness = await old("purge_users")
    add_left(harness, 4)
    for name in ("u000", "u001"):
        harness.api.held[CUSTOMER][f"{name}@example.com"].failover = True
    change = await executed(harness)
    assert (change.state, harness.api.sent) == (State.FAILED, [])
    assert "1 of them in failover when it was decided, 2 now" in sentence(change)


@pytest.mark.parametrize(
    ("name", "state"),
    [("delete_user_in_failover", State.APPLIED), ("delete_user", State.FAILED)],
)
async def test_a_user_in_failover_is_deleted_where_the_card_showed_it(
    old: Open, name: str, state: State
) -> None:
    harness = await old(name)
    harness.api.held[CUSTOMER][A].failover = True
    harness.api.held[CUSTOMER][A].fields["displayName"] = "Jo Example"
    change = await executed(harness)
    assert (change.state, len(harness.api.sent)) == (state, int(state is State.APPLIED))


async def test_a_user_of_another_name_is_not_deleted(old: Open) -> None:
    harness = await old("delete_user")
    harness.api.held[CUSTOMER][A].fields["displayName"] = "Josephine Secret"
    change = await executed(harness)
    assert (change.state, harness.api.sent) == (State.FAILED, [])
    assert "name is not the one on the card" in sentence(change)


@pytest.mark.parametrize(
    ("known", "state"), [(False, State.APPLIED), (True, State.AWAITING_APPROVAL)]
)
async def test_an_import_goes_by_the_new_users_that_its_card_showed(
    old: Open, known: bool, state: State
) -> None:
    harness = await old("import_users")
    if known:
        harness.api.add(CUSTOMER, "x@example.com")
    change = await executed(harness)
    assert change.state is state
    assert ("1 of them new, when it was decided" in change.asked_again) is known


@pytest.mark.parametrize("name", ["flag_stopped", "purge_users_stopped"])
async def test_whom_a_stop_left_out_stays_left_out_when_the_rest_is_tried_again(
    old: Open, name: str
) -> None:
    harness = await old(name)
    add_left(harness, 10)
    change = await the_change(harness)
    for row in await harness.look(lambda tx: tx.user_outcomes(change.id)):
        if row.status is UserStatus.APPLIED:
            harness.api.held[CUSTOMER][row.address].failover = True
            if name == "purge_users_stopped":
                del harness.api.held[CUSTOMER][row.address]
    await resolve.retry(harness.ctx, actor(ADMIN), change.id, "again")
    change = await executed(harness)
    assert change.state is State.PARTIAL
    assert re.findall(r"u0\d+", " ".join(harness.api.sent)) == ["u000"]
    rows = await harness.look(lambda tx: tx.user_outcomes(change.id, status=UserStatus.NOT_SENT))
    assert {row.cause for row in rows} == {Cause.STOPPED}


async def test_a_user_whom_the_api_did_not_know_once_fails_at_the_second_look(old: Open) -> None:
    harness = await old("flag_user_unknown")
    harness.api.unreadable_users = {"b@example.com": Refused("Not Found", status=404)}
    harness.api.held[CUSTOMER][A].failover = True
    harness.clock.advance(seconds=60)
    change = await executed(harness)
    assert change.state is State.PARTIAL


async def test_an_edited_user_whom_the_api_did_not_know_once_fails_at_the_second_look(
    old: Open,
) -> None:
    harness = await old("edit_user_unknown")
    harness.api.held[CUSTOMER].pop(A)
    harness.clock.advance(seconds=60)
    change = await executed(harness)
    assert change.state is State.FAILED


# --- the trail ------------------------------------------------------------------------------------


async def test_a_preview_that_is_saved_again_is_the_one_that_was_decided_on(old: Open) -> None:
    """Entries hold a digest of it. Saved in another form, the change would not be executed."""
    harness = await old("purge_users")
    add_left(harness, 4)

    def waiting(tx: Transaction) -> None:
        [change] = tx.changes()
        tx.save_change(change.revised(waits_for="C-00001"))

    await harness.store.write(waiting)
    assert (await executed(harness)).state is State.APPLIED
    assert "trail.contradicted" not in await harness.trail()


def test_it_is_written_as_it_was_read() -> None:
    written = from_json(write_change(read_change("C-1", OLD_PURGE)))
    assert written["preview"] == from_json(OLD_PURGE)["preview"]


def test_a_new_preview_is_written_with_values() -> None:
    change = read_change("C-1", OLD_PURGE)
    assert change.preview
    fresh = Preview(change.preview.taken_at, 4, 0, facts=Facts(everyone=7, in_failover=1))
    body = write_change(replace(change, preview=fresh))
    assert from_json(body)["preview"]["facts"]["in_failover"] == 1
    again = read_change("C-1", body).preview
    assert again == fresh
