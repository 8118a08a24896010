"""`exec … --emergency` and `exec review`: typed once more, honest in the trail, and told."""

from __future__ import annotations

import pytest

from tests.terminal.exec.conftest import ADMIN, APPROVER, HERE, OPERATOR, ExecRunner

COMMANDER = "U0COMMANDER"
EMERGENCY = "failover on 44444 --emergency --reason Exchange down"

pytestmark = pytest.mark.sqlite


@pytest.fixture(autouse=True)
def commander(runner: ExecRunner) -> None:
    runner.terminal.ok("role", "grant", COMMANDER, "commander", "44444", "--hours", "8")


def test_the_number_is_typed_and_it_is_executed_without_an_approval(runner: ExecRunner) -> None:
    result = runner(EMERGENCY, typed="44444\n", person=COMMANDER)
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "Mail for ALL 20 users goes to the emergency webmail.",
        f"{COMMANDER} decides this alone: no approval is needed.",
        "20 of 20 in failover",
        f"Emergency: @{COMMANDER} (said at the terminal {HERE}) decided it alone",
    ):
        assert words in result.stdout
    assert runner.writes() == ["PUT /44444/failover"]
    (entry,) = [one for one in runner.terminal.trail() if one["kind"] == "change.emergency"]
    assert (entry["actor"], entry["detail"]["on_behalf_of"]) == (HERE, COMMANDER)
    assert (entry["detail"]["given"], entry["detail"]["reason"]) == ("terminal", "Exchange down")


def test_without_a_terminal_the_number_is_an_option(runner: ExecRunner) -> None:
    result = runner(EMERGENCY, "--customer-again", "44444", person=COMMANDER)
    assert (result.exit_code, result.stderr) == (0, "")
    assert runner.writes() == ["PUT /44444/failover"]


def test_another_number_withdraws_it(runner: ExecRunner) -> None:
    result = runner(EMERGENCY, typed="44445\n", person=COMMANDER)
    assert result.exit_code == 1
    assert "Not confirmed: nothing was sent" in result.stderr
    assert runner.kinds()[-1] == "change.cancelled"
    assert runner.writes() == []


@pytest.mark.parametrize(
    ("options", "person", "why"),
    [
        ((), OPERATOR, "You may not decide alone for customer 44444"),
        ((), ADMIN, "it needs the role commander"),
        (("--yes",), COMMANDER, "--yes does not go with it"),
        (("--approved-by", APPROVER), COMMANDER, "An emergency needs no approval"),
        (("--customer-again", "44445"), COMMANDER, "is not the customer of the command"),
    ],
)
def test_what_does_not_go_with_it_is_refused(
    runner: ExecRunner, options: tuple[str, ...], person: str, why: str
) -> None:
    assert why in runner.refused(EMERGENCY, *options, person=person)


@pytest.mark.parametrize(
    ("text", "options", "why"),
    [
        ("failover on 44444 --emergency", (), "An emergency needs a reason"),
        ("failover on 44444", ("--customer-again", "44444"), "goes with --emergency alone"),
        ("failover on 44444 55555 --emergency", (), "--emergency is for one customer"),
        ("user delete 44444 a@example.com --emergency", (), "this waits for its approvals"),
        ("purge 44444 --emergency", (), "this waits for its approvals"),
        ("token 44444 a@example.com --emergency", (), "this waits for its approvals"),
    ],
)
def test_a_sentence_says_what_is_wrong(
    runner: ExecRunner, text: str, options: tuple[str, ...], why: str
) -> None:
    assert why in runner.refused(text, *options, person=COMMANDER)


def test_a_rule_forbids_it(runner: ExecRunner) -> None:
    runner.terminal.ok("rule", "set", "*", "--emergency", "forbidden")
    assert "A rule forbids break-glass" in runner.refused(EMERGENCY, person=COMMANDER)


def test_it_is_reviewed_in_the_name_of_somebody_who_is_told(runner: ExecRunner) -> None:
    runner(EMERGENCY, typed="44444\n", person=COMMANDER)
    trail = runner.terminal.trail()
    change = next(one["change_id"] for one in trail if one["kind"] == "change.emergency")
    refused = runner(f"review {change} accept", person=COMMANDER)
    assert "You may not approve for customer 44444" in refused.stderr
    done = runner(f"review {change} object The approver was there", person=APPROVER)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"{change}: objected. It is recorded as said at {HERE}, and {APPROVER} is told" in (
        done.stdout
    )
    last = runner.terminal.trail()[-1]
    assert (last["kind"], last["actor"]) == ("change.reviewed", HERE)
    assert (last["detail"]["on_behalf_of"], last["detail"]["review"]) == (APPROVER, "objected")
    again = runner(f"review {change} accept", person=APPROVER)
    assert "is reviewed already" in again.stderr
