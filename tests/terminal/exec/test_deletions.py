"""`exec` with users who are edited or deleted: what is asked, and where their data go."""

from __future__ import annotations

import csv
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import Ambiguous, InvalidInput
from bot.terminal.exec.export_file import FileExportSink
from tests.builders import a_change
from tests.terminal.exec.conftest import (
    ADMIN,
    APPROVER,
    JO,
    OPERATOR,
    SECOND,
    ExecRunner,
)

EDIT = f"user edit 44444 {JO} --reason married"
DELETE = f"user delete 44444 {JO} --reason has left"
PURGE = "purge 44444 --access off --reason contract ended"
TWO = ("--approved-by", APPROVER, "--approved-by", SECOND)


def test_fields_are_set_shown_confirmed_and_read_back(runner: ExecRunner) -> None:
    result = runner(EDIT, "--set", "displayName=Jo B", "--set", "language=de_DE", typed="44444\n")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "WAITING · EDIT USER\n44444\n",
        "• Display name: User 0001 → Jo B",
        "• Language: en_GB → de_DE",
        "APPLIED · EDIT USER",
    ):
        assert words in result.stdout
    assert runner.writes() == [f"PUT /44444/{JO}"]
    user = runner.continuity.customers["44444"][JO]
    assert (user.display_name, user.language) == ("Jo B", "de_DE")


def test_groups_are_given_with_commas_and_none_takes_him_out_of_all(runner: ExecRunner) -> None:
    user = runner.continuity.customers["44444"][JO]
    runner(EDIT, "--set", "failoverGroups=emea,apac", "--yes")
    assert user.groups == {"emea", "apac"}
    runner(EDIT, "--set", "failoverGroups=", "--yes")
    assert user.groups == set()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "Name what to change: --set FIELD=VALUE"),
        (("--set", "displayName"), "takes FIELD=VALUE"),
        (("--set", "customer=55555"), "cannot be changed here"),
        (("--set", "displayName=a", "--set", "displayName=b"), "names displayName twice"),
    ],
)
def test_what_cannot_be_set_is_refused_before_the_api_is_asked(
    runner: ExecRunner, options: tuple[str, ...], told: str
) -> None:
    assert told in runner.refused(EDIT, *options)


def test_an_odd_value_is_refused_unless_the_api_tells_it_already(runner: ExecRunner) -> None:
    result = runner(EDIT, "--set", "language=german")
    assert (result.exit_code, runner.writes()) == (1, [])
    assert "is not a language" in result.stderr


def test_what_is_so_already_is_refused(runner: ExecRunner) -> None:
    result = runner(EDIT, "--set", "displayName=User 0001")
    assert (result.exit_code, runner.writes()) == (1, [])
    assert "is so already: nothing to change" in result.stderr


def test_somebody_without_the_right_does_not_get_to_see_him(runner: ExecRunner) -> None:
    assert "needs the role" in runner.refused(EDIT, "--set", "displayName=B", person=APPROVER)


@pytest.mark.parametrize("text", [DELETE, PURGE])
def test_what_has_no_way_back_is_never_done_without_typing(runner: ExecRunner, text: str) -> None:
    told = runner.refused(text, "--yes", *TWO, "--export", "users.csv", person=ADMIN)
    assert "--yes does not go with it" in told


@pytest.mark.parametrize("text", [DELETE, PURGE])
def test_an_operator_may_not(runner: ExecRunner, text: str) -> None:
    assert "admin" in runner.refused(text, "--export", "users.csv", person=OPERATOR)


def test_a_user_is_deleted_when_his_address_is_typed(runner: ExecRunner) -> None:
    runner.slack.down = True
    asked = f"type the user's address {JO}"
    result = runner(DELETE, "--approved-by", APPROVER, typed="44444\n", person=ADMIN)
    assert (result.exit_code, runner.writes()) == (1, [])
    assert asked in result.stdout
    result = runner(DELETE, "--approved-by", APPROVER, typed=f"{JO}\n", person=ADMIN)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"the API knows no {JO} any more" in result.stdout
    assert runner.writes() == [f"DELETE /44444/{JO}"]


def test_a_purge_needs_a_file_for_the_data(runner: ExecRunner) -> None:
    assert "--export FILE" in runner.refused(PURGE, *TWO, person=ADMIN)


def test_a_purge_needs_two_others(runner: ExecRunner) -> None:
    told = runner.refused(PURGE, "--approved-by", APPROVER, "--export", "users.csv", person=ADMIN)
    assert "Approvals by others needed: 2, named: 1" in told


def test_users_are_written_to_the_file_and_deleted(runner: ExecRunner, tmp_path: Path) -> None:
    runner.slack.down = True
    file = tmp_path / "users.csv"
    result = runner(PURGE, *TWO, "--export", str(file), typed="44444\n", person=ADMIN)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Deletes 18 users that match access off" in result.stdout
    assert "18 of 18 users with access off are gone" in result.stdout
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = [*csv.DictReader(opened)]
    assert [row["access"] for row in rows] == ["false"] * 18
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(runner.writes()) == [f"DELETE /44444/{row['user']}" for row in rows]
    exported = next(one for one in runner.terminal.trail() if one["kind"] == "change.exported")
    assert exported["detail"]["file"] == f"written to {file}"


def test_a_file_that_is_there_is_kept_and_nobody_is_deleted(
    runner: ExecRunner, tmp_path: Path
) -> None:
    runner.slack.down = True
    file = tmp_path / "users.csv"
    file.write_text("mine")
    result = runner(PURGE, *TWO, "--export", str(file), typed="44444\n", person=ADMIN)
    assert (result.exit_code, runner.writes(), file.read_text()) == (1, [], "mine")
    assert "Nothing was deleted." in result.stdout


async def test_a_file_that_breaks_off_is_removed(tmp_path: Path) -> None:
    """The purge is put off then: see tests/service/execution/test_postponed.py."""
    export_sink = FileExportSink(str(tmp_path / "users.csv"))
    export_sink.change_id = "C-00001"

    async def content() -> AsyncIterator[bytes]:
        yield b"user"
        raise Ambiguous("The list broke off.")

    with pytest.raises(Ambiguous):
        await export_sink.save_export(a_change(id="C-00001"), content())
    assert not (tmp_path / "users.csv").exists()


async def test_the_file_of_what_others_have_waiting_is_not_written_here(tmp_path: Path) -> None:
    """Whoever has the lock executes everything that is due."""
    export_sink = FileExportSink(str(tmp_path / "users.csv"))
    export_sink.change_id = "C-00001"

    async def content() -> AsyncIterator[bytes]:
        yield b"user"

    with pytest.raises(InvalidInput, match="no way to bring the requester"):
        await export_sink.save_export(a_change(), content())
    assert not (tmp_path / "users.csv").exists()
    await export_sink.save_export(a_change(id="C-00001"), content())
    assert (tmp_path / "users.csv").read_bytes() == b"user"
