"""What the entries tell of a change: what was asked, counted and approved."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.actions import (
    Action,
    Activate,
    DeleteUser,
    EditUser,
    ImportUsers,
    MakeToken,
    PurgeUsers,
    Restore,
    SetFlag,
)
from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.change_story import change_stories, names_in, read_command
from bot.domain.change_request import Proposal, command_text
from bot.domain.scope import EVERY_USER, Everyone, FileUsers, Filters, Flag, Groups, Scope, Users
from bot.domain.time_limit import parse_option
from bot.errors import InvalidInput
from tests.builders import a_record

JO = Users(("jo@example.com",))
FILE = {"file": "users.csv", "users": 31, "sha256": "ab"}


def entry(seq: int, kind: str, **over: object) -> AuditEntry:
    return AuditEntry(seq, a_record(kind, **over), "", "")


@pytest.mark.parametrize(
    ("action", "scope"),
    [
        (SetFlag(Flag.FAILOVER, on=True), Everyone()),
        (Activate(), Groups(("emea", "two words"))),
        (Restore(), Everyone()),
        (Restore(), Users(("jo@example.com", "sam@example.com"))),
        (SetFlag(Flag.ACCESS, on=False), Groups(("emea", "two words"))),
        (SetFlag(Flag.FAILOVER, on=False), Users(("jo@example.com", "sam@example.com"))),
        (MakeToken(notify=True), JO),
        (MakeToken(notify=False), JO),
        (EditUser(()), JO),
        (DeleteUser(), JO),
        (ImportUsers("users.csv"), FileUsers(31, "ab")),
        (PurgeUsers(), EVERY_USER),
        (PurgeUsers(), Filters(("a b",), failover=True, access=False, activation=False)),
    ],
)
def test_a_command_is_read_back(action: Action, scope: Scope) -> None:
    wanted = Proposal("44444", action, scope)
    assert read_command(command_text(wanted), FILE) == wanted


@pytest.mark.parametrize("scope", [Everyone(), JO])
@pytest.mark.parametrize(
    ("action", "option"),
    [
        (Restore(), "--access-after 2d"),
        (Activate(), "--for 4h"),
        (SetFlag(Flag.ACCESS, on=True), "--for 1h30m"),
    ],
)
def test_for_how_long_is_read_back(action: Action, option: str, scope: Scope) -> None:
    wanted = Proposal("44444", action, scope, time_limit=parse_option(*option.split()))
    assert command_text(wanted).endswith(f" {option}")
    assert read_command(command_text(wanted), FILE) == wanted


@pytest.mark.parametrize(
    "command",
    [
        *("", "failover on", "failover up 44444", "status 44444", "failover on 44444 ", "purge 44444 jo@x"),
        *("failover on 44444 --group", "failover on 44444 no-address", "token 44444", "token 44444 --group x"),
        *("user edit 44444 --failover on", 'failover on 44444 --group "a"b"', "failover on 44444 --access on"),
        *("failover on 44444 --group a jo@example.com", "purge 44444 --failover up", "purge 44444 --colour red"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_not_read(command: str) -> None:
    assert read_command(command, FILE) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=3))
def test_a_group_of_any_name_is_read_as_itself_or_not_at_all(names: list[str]) -> None:
    try:
        wanted = Proposal("44444", SetFlag(Flag.FAILOVER, on=True), Groups(tuple(names)))
    except InvalidInput:
        return
    read = read_command(command_text(wanted), {})
    assert read is None or command_text(read) == command_text(wanted)


def proposed(seq: int = 1, command: str = "failover off 44444 --group emea") -> AuditEntry:
    return entry(seq, "change.proposed", detail={"command": command, "customer_name": "Acme GmbH"})


def approved(seq: int, actor: str, name: str, total: int | None = None, **detail: object) -> AuditEntry:  # fmt: skip
    more = {"preview": {"total": total}, **detail}
    return entry(seq, "change.approved", actor=actor, actor_name=name, detail=more)


def test_the_number_of_users_is_that_of_the_last_count_before_or_of_the_first() -> None:
    counts = [entry(3, "change.previewed", detail={"total": 643}), approved(7, "U0A", "A", 650)]
    story = change_stories([proposed(), *counts])["C-7K3MX"]
    assert [story.users(seq) for seq in (1, 3, 6, 7, 9)] == [643, 643, 643, 650, 650]
    assert change_stories([proposed()])["C-7K3MX"].users(1) is None
    named = change_stories([proposed(command="failover on 44444 a@example.com b@example.com")])
    assert named["C-7K3MX"].users(1) == 2


def test_an_approval_counts_until_it_is_asked_again() -> None:
    again = entry(5, "change.asked_again", detail={})
    behalf = approved(6, "op@jump1", "Anton", on_behalf_of="U0ANTON")
    entries = [proposed(), approved(3, "U0OLGA", "Olga"), again, behalf]
    story = change_stories(entries)["C-7K3MX"]
    found = [[one.id for one in story.approved_by(seq)] for seq in range(1, 7)]
    assert found == [[], [], ["U0OLGA"], ["U0OLGA"], [], ["U0ANTON"]]


def test_entries_of_other_kinds_and_damaged_ones_tell_nothing() -> None:
    odd = entry(2, "change.previewed", detail={"total": "many"})
    broken = entry(
        1, "change.proposed", detail={"command": 7, "fields": [1], "customer_name": None}
    )
    story = change_stories([broken, odd, entry(3, "change.applied", detail={})])["C-7K3MX"]
    assert (story.command, story.action, story.fields, story.counts) == ("7", None, (), {})
    assert change_stories([entry(1, "refused")]) == {}


def test_the_last_name_of_a_person_counts() -> None:
    entries = [approved(1, "U0A", "Olga"), approved(2, "U0A", "Olga B."), approved(3, "U0B", "")]
    assert names_in(entries).people == {"U0A": "Olga B."}
