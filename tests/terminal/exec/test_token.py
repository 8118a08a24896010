"""`exec` with tokens and passwords: printed once, typed unseen, and only while no bot runs."""

from __future__ import annotations

import pytest

from bot.store.sqlite.lock import DatabaseLock
from sandbox.continuity.model import Token
from tests.terminal.exec.conftest import ADMIN, APPROVER, JO, OPERATOR, ExecRunner

TOKEN = f"token 44444 {JO} --reason locked out"
GIVEN, SECRET = "canary5token", "canary6Password@9"


@pytest.fixture
def allowed(runner: ExecRunner, monkeypatch: pytest.MonkeyPatch) -> ExecRunner:
    monkeypatch.setenv("ALLOW_PASSWORD_COMMAND", "true")
    runner.continuity.state.tokens[GIVEN] = Token("44444", JO, 1e12)
    return runner


def nowhere(runner: ExecRunner, *secrets: str) -> None:
    held = runner.held() + repr(runner.terminal.trail())
    assert [one for one in secrets if one in held] == []


def test_a_token_is_printed_once_after_approvals_that_are_said(
    runner: ExecRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")  # it does not answer
    result = runner(TOKEN, "--approved-by", APPROVER, typed="44444\n", person=ADMIN)
    [token] = runner.continuity.tokens
    assert result.exit_code == 0, result.output
    assert result.stdout.count(f"Token: {token}\n") == 1
    assert f"activate?token={token}" in result.stdout
    assert "was made and shown to @U0ADMIN at the terminal" in result.stdout
    assert "not clicked" in result.stdout
    assert token not in result.stderr
    assert runner.kinds()[-2:] == ["change.executing", "change.applied"]
    nowhere(runner, token)


def test_without_an_approval_it_is_not_even_proposed(runner: ExecRunner) -> None:
    assert "Approvals by others needed: 1" in runner.refused(TOKEN, "--yes", person=ADMIN)


def test_an_operator_gets_none(runner: ExecRunner) -> None:
    assert "role admin" in runner.refused(TOKEN, "--approved-by", APPROVER, person=OPERATOR)


@pytest.mark.sqlite
def test_while_a_bot_runs_it_is_shown_in_slack_alone(runner: ExecRunner) -> None:
    with DatabaseLock(runner.terminal.database):
        line = runner.refused(TOKEN, "--approved-by", APPROVER, person=ADMIN)
    assert "A bot runs on this database" in line


def test_an_unclear_answer_prints_none_and_says_so(
    runner: ExecRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    runner.continuity.fail(kind="reset_after", method="POST")
    result = runner(TOKEN, "--approved-by", APPROVER, "--yes", person=ADMIN)
    assert result.exit_code == 1
    assert "It is not known whether a token was made" in result.stdout
    assert "Token: " not in result.stdout


def test_a_mail_is_sent_by_this_terminal(runner: ExecRunner) -> None:
    result = runner(f"token 44444 {JO} --notify", "--yes", person=ADMIN)
    assert result.exit_code == 0, result.output
    assert runner.continuity.notifications == [JO]
    [token] = runner.continuity.tokens
    assert token not in result.output
    nowhere(runner, token)


def test_a_password_is_typed_unseen_and_set(allowed: ExecRunner) -> None:
    typed = f"{GIVEN}\n{SECRET}\n{SECRET}\n"
    result = allowed(f"password {JO}", typed=typed, person=ADMIN)
    assert result.exit_code == 0, result.output
    assert f"The password of {JO} was set." in result.stdout
    assert GIVEN not in allowed.continuity.tokens
    assert allowed.kinds()[-2:] == ["password.asked", "password.set"]
    for secret in (GIVEN, SECRET):
        assert secret not in result.output
    nowhere(allowed, GIVEN, SECRET)


def test_a_password_that_breaks_the_rule_is_not_sent(allowed: ExecRunner) -> None:
    result = allowed(f"password {JO}", typed=f"{GIVEN}\nshort\nshort\n", person=ADMIN)
    assert result.exit_code == 1
    assert "8 to 256 characters" in result.stderr
    assert allowed.continuity.requests == []


def test_an_unclear_answer_to_a_password_has_its_own_exit_status(allowed: ExecRunner) -> None:
    allowed.continuity.fail(kind="reset_after", path="password")
    result = allowed(f"password {JO}", typed=f"{GIVEN}\n{SECRET}\n{SECRET}\n", person=ADMIN)
    assert result.exit_code == 4
    assert "It is not known whether the password" in result.stdout


def test_passwords_are_off_by_default_and_for_admins_alone(
    runner: ExecRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "off here" in runner.refused(f"password {JO}", person=ADMIN)
    monkeypatch.setenv("ALLOW_PASSWORD_COMMAND", "true")
    assert "Only an admin" in runner.refused(f"password {JO}", person=OPERATOR)
