"""`exec` for several customers: one table, one decision, the exit status of all."""

from __future__ import annotations

import re

import pytest

from tests.terminal.exec.conftest import APPROVER, CHIEF, OPERATOR, ExecRunner

ALL = "failover on 44444 10101 --reason Exchange down"


@pytest.fixture
def several(runner: ExecRunner) -> ExecRunner:
    """Customers 44444 and 10101, for which no approval is needed."""
    runner.continuity.add_customer("10101", users=5)
    for number in ("44444", "10101"):
        runner.terminal.ok("policy", "set", number, "failover", "everyone", "0")
    runner.terminal.ok("role", "grant", OPERATOR, "operator", "10101")
    runner.terminal.ok("role", "grant", APPROVER, "approver", "10101")
    runner.terminal.ok("customer", "name", "10101", "Globex")
    return runner


@pytest.mark.sqlite
def test_they_are_shown_confirmed_by_their_number_and_executed(several: ExecRunner) -> None:
    result = several(ALL, typed="2\n")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "WAITING · FAILOVER ON 📨\n2 customers\n",
        "Mail for ALL 25 users goes to the emergency webmail.",
        "Globex (10101) · 5 · will change 5",
        "type the number of customers 2",
        "2 applied.",
        "✅ Globex (10101) · applied · 5 of 5 · sbx-",
    ):
        assert words in result.stdout, result.stdout
    assert sorted(several.writes()) == ["PUT /10101/failover", "PUT /44444/failover"]
    several.terminal.ok("audit", "verify")


@pytest.mark.sqlite
def test_where_one_failed_the_exit_status_says_partly(several: ExecRunner) -> None:
    several.continuity.fail(kind=403, path="^/10101", method="PUT")
    result = several(ALL, "--yes")
    assert result.exit_code == 3
    assert "1 applied, 1 failed." in result.stdout
    assert "❌ Globex (10101) · failed" in result.stdout


@pytest.mark.sqlite
def test_approvals_by_word_are_told_once_for_all(several: ExecRunner) -> None:
    for number in ("44444", "10101"):
        several.terminal.ok("policy", "set", number, "failover", "everyone", "1")
    several.terminal.ok("role", "grant", CHIEF, "admin", "10101")
    several.slack.down = True
    result = several(ALL, "--approved-by", APPROVER, typed="2\n")
    assert (result.exit_code, result.stderr) == (0, ""), result.stdout
    assert f"You say that {APPROVER} approved this" in result.stdout
    told = re.findall(r"asserted:(C-[0-9A-Z]+):", several.held())
    assert len({*told}) == 1
    several.terminal.ok("audit", "verify")


@pytest.mark.sqlite
def test_a_set_of_the_terminal_is_named_in_a_command(several: ExecRunner) -> None:
    several.terminal.ok("set", "create", "both", "44444", "10101")
    assert "10101" in several.terminal.ok("set", "show", "both")
    result = several("failover on @both", typed="no\n")
    assert result.exit_code == 1
    assert "Not confirmed: nothing was sent" in result.stderr
    assert several.writes() == []
    several.terminal.ok("audit", "verify")


@pytest.mark.sqlite
def test_a_customer_without_the_right_is_left_out_and_named(several: ExecRunner) -> None:
    result = several("failover on 44444 10101 20202", typed="2\n")
    assert result.exit_code == 0
    assert "Left out: 20202. You may not propose for customer 20202" in result.stdout, result.stdout


@pytest.mark.sqlite
def test_more_than_the_requester_may_decide_is_refused_before_anything_is_asked(
    several: ExecRunner,
) -> None:
    several.terminal.ok("policy", "set", "10101", "failover", "everyone", "1")
    assert "Approvals by others needed: 1" in several.refused(ALL)
