"""Users at the terminal: CSV on standard output, what is said of them on standard error, one shown."""

from __future__ import annotations

import csv
import io

from bot.domain.user_files.user_file import EXPORT_COLUMNS
from tests.terminal.exec.conftest import HERE, JO, OPERATOR, ExecRunner


def test_users_are_csv_on_standard_output_and_nothing_else(runner: ExecRunner) -> None:
    runner.continuity.add_customer("44444", users=1234)
    runner.continuity.customers["44444"][JO].display_name = "Jo\u200b;\x1b[31m\nEx"
    result = runner("users 44444")
    assert (result.exit_code, result.stderr) == (0, "1,234 users.\n")
    rows = list(csv.DictReader(io.StringIO(result.stdout_bytes.decode(), newline="")))
    assert [*rows[0]] == list(EXPORT_COLUMNS)
    assert len(rows) == 1234
    assert rows[0]["displayName"] == "Jo\u200b;\x1b[31m\nEx"  # a file is what the API told
    listed, exported, ended = runner.terminal.trail()[-3:]
    assert [one["kind"] for one in (listed, exported, ended)] == [
        "users.listed",
        "users.exported",
        "users.export_ended",
    ]
    assert (exported["actor"], exported["detail"]["on_behalf_of"]) == (HERE, OPERATOR)
    assert (exported["detail"]["to"], ended["detail"]["total"]) == ("terminal", 1234)


def test_filters_are_asked_for_and_nobody_is_said(runner: ExecRunner) -> None:
    result = runner("users 44444 --failover on --group emea")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "No user of 44444 matches: failover on, group emea.\n"
    assert runner.continuity.requests[-1].raw == "/44444?failover=true&group=emea"


def test_a_list_that_breaks_off_says_that_it_is_not_the_whole(runner: ExecRunner) -> None:
    runner.continuity.add_customer("44444", users=3000)
    runner.continuity.fail(kind="half_body", method="GET", times=None)
    result = runner("users 44444")
    assert result.exit_code == 1
    assert "broke off after 1,000 users: what was printed is not the whole" in result.stderr
    assert runner.kinds() == ["users.listed", "users.exported", "users.export_ended"]


def test_without_a_row_nothing_is_printed(runner: ExecRunner) -> None:
    for text in ("users 44444", f"user show 44444 {JO}", "status 44444 --group emea"):
        assert "You may not view for customer 44444" in runner.refused(text, person="U0NOBODY")


def test_a_user_is_shown(runner: ExecRunner) -> None:
    result = runner(f"user show 44444 {JO}")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"{JO} · 44444\nfailover off · access " in result.stdout
    assert "Display name: " in result.stdout
    assert "[" not in result.stdout
    assert runner.kinds() == ["user.shown"]
    assert runner("user show 44444 nobody@example.com").stderr.startswith(
        "Customer 44444 has no user"
    )


def test_status_has_a_line_for_each_group(runner: ExecRunner) -> None:
    runner.continuity.add_customer("44444", users=20, groups={"emea": 7})
    result = runner("status 44444 --group emea")
    assert "44444: 20 users · failover " in result.stdout
    assert "emea: 7 users · failover " in result.stdout
    assert "cannot read 0" in result.stdout


def test_a_value_that_is_the_api_s_own_needs_no_check(runner: ExecRunner) -> None:
    user = runner.continuity.customers["44444"][JO]
    user.language, user.groups = "de", {"emea;asia"}
    edit = f"user edit 44444 {JO}"
    same = ("--set", "language=de", "--set", "failoverGroups=emea;asia")
    assert "is so already: nothing to change" in runner(edit, *same).stderr
    other = runner(edit, "--set", "language=fr", "--set", "failoverGroups=emea;asia")
    assert "“fr” is not a language" in other.stderr
    split = runner(edit, "--set", "failoverGroups=emea;africa")
    assert "Are these several groups? Separate them by commas." in split.stderr
    assert runner.writes() == []
