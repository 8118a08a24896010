"""`exec` with a file of users."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.exec.conftest import APPROVER, JO, SAM, ExecRunner

IMPORT, SWITCH = "import 44444 --reason moved", "failover on 44444 --file --reason down"


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.csv"
    path.write_text(f"user;displayName\n{JO};Jo\n{SAM};Sam\n")
    return path


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.csv"
    path.write_text(f"user;language\n{JO};klingon\n{SAM};de_DE\n")
    return path


def down(runner: ExecRunner) -> None:
    runner.slack.down = True


def test_an_import_is_compared_approved_sent_and_read_back(runner: ExecRunner, users: Path) -> None:
    down(runner)
    done = runner(IMPORT, "--file", str(users), "--approved-by", APPROVER, typed="44444\n")
    assert done.exit_code == 0, done.output
    assert "Will change 2" in done.stdout
    assert "2 of 2 as in the file" in done.stdout
    assert runner.writes() == ["PUT /44444"] * 2  # one user alone, and the others
    assert runner.continuity.customers["44444"][JO].display_name == "Jo"


def test_wrong_rows_are_told_by_line_and_nothing_is_proposed(
    runner: ExecRunner, wrong: Path
) -> None:
    told = runner(IMPORT, "--file", str(wrong))
    assert told.exit_code == 1
    assert "Line 2 (language): “klingon” is not a language" in told.stderr
    assert "Nothing is proposed: 1 row is wrong." in told.stderr
    assert [(r.method, r.path) for r in runner.continuity.requests] == [("GET", f"/44444/{JO}")]
    assert runner.kinds() == ["refused"]


def test_wrong_rows_are_left_out_where_that_is_asked_for(runner: ExecRunner, wrong: Path) -> None:
    down(runner)
    options = ("--file", str(wrong), "--skip-wrong", "--approved-by", APPROVER, "--yes")
    done = runner(IMPORT, *options)
    assert done.exit_code == 0, done.output
    assert "left out, since wrong: 1 row of the file" in done.stdout
    assert runner.continuity.customers["44444"][SAM].language == "de_DE"


def test_a_flag_is_switched_for_the_users_of_a_file(runner: ExecRunner, users: Path) -> None:
    done = runner(SWITCH, "--file", str(users), "--yes")
    assert done.exit_code == 0, done.output
    assert sorted(runner.writes()) == [f"PUT /44444/{JO}/failover", f"PUT /44444/{SAM}/failover"]


@pytest.mark.parametrize("text", [IMPORT, SWITCH])
def test_the_file_has_to_be_named_and_be_there(runner: ExecRunner, text: str) -> None:
    assert "Name it by --file PATH" in runner.refused(text)
    assert "cannot be read" in runner.refused(text, "--file", "nothing.csv")


def test_users_stand_in_the_file_or_in_the_command(runner: ExecRunner, users: Path) -> None:
    words = runner.refused(f"failover on 44444 {JO}", "--file", str(users))
    assert "not in both" in words


def test_an_api_whose_paths_mind_capitals_gets_its_own_spelling(
    runner: ExecRunner, tmp_path: Path
) -> None:
    """550 users of a directory's export were previewed, approved, and all answered 404."""
    down(runner)
    runner.continuity.state.case_sensitive = True
    runner.continuity.add_customer("44444", users=550)
    export = tmp_path / "export.csv"
    export.write_text("user\n" + "".join(f"User{n:04}@EXAMPLE.com\n" for n in range(1, 551)))
    done = runner(SWITCH, "--file", str(export), "--approved-by", APPROVER, "--yes")
    assert done.exit_code == 0, done.output
    assert "550 of 550 in failover" in done.stdout
    assert {*runner.writes()} == {
        f"PUT /44444/user{n:04}@example.com/failover" for n in range(1, 551)
    }


def test_an_import_in_other_capitals_makes_no_second_users(
    runner: ExecRunner, tmp_path: Path
) -> None:
    down(runner)
    runner.continuity.state.case_sensitive = True
    export = tmp_path / "export.csv"
    export.write_text("user;displayName\n" + "".join(f"{a.title()};New\n" for a in (JO, SAM)))
    done = runner(IMPORT, "--file", str(export), "--approved-by", APPROVER, "--yes")
    assert done.exit_code == 0, done.output
    users = runner.continuity.customers["44444"]
    assert (len(users), users[JO].display_name, users[SAM].display_name) == (20, "New", "New")


def test_how_the_file_was_read_and_which_groups_are_new_is_told_before_it_is_confirmed(
    runner: ExecRunner, tmp_path: Path
) -> None:
    down(runner)
    path = tmp_path / "export.csv"
    path.write_text(f"UserPrincipalName,mail,failoverGroups\nx@example.com,{JO},emea|emae\n")
    runner.continuity.customers["44444"][SAM].groups = {"emea"}
    done = runner(IMPORT, "--file", str(path), "--approved-by", APPROVER, "--yes")
    assert "The addresses are those of the column “mail”, not of “UserPrincipalName”" in done.stdout
    assert "new groups, which no user is in yet: “emae”. Are the names right?" in done.stdout
    assert runner.continuity.customers["44444"][JO].groups == {"emea", "emae"}
