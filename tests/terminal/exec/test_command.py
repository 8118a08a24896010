"""`exec` at a terminal between the simulated services: what is asked, told, recorded, and the exit status."""

from __future__ import annotations

import io
import shlex
from datetime import timedelta
from typing import TypeVar

import pytest
from click.testing import CliRunner, Result

from app import main
from bot.domain.change_state import State
from bot.domain.identifiers import NUMBER
from bot.domain.outcome import Outcome
from bot.grammar import COMMANDS, parse
from bot.terminal.exec.arguments import joined
from bot.terminal.exec.handlers import ACTS, CHANGES, EXPORTS, PROMPTS, QUERIES
from bot.terminal.exec.progress import describe
from bot.terminal.exec.session import FAILED, STATUSES
from tests.builders import NOW, a_change
from tests.terminal.exec.conftest import (
    ADMIN,
    APPROVER,
    CHIEF,
    HERE,
    JO,
    OPERATOR,
    SAM,
    SECOND,
    ExecRunner,
)

T = TypeVar("T")

NAMED = f"failover on 44444 {JO} {SAM} --reason Exchange down"
EVERYONE = "failover on 44444 --reason Exchange down"


@pytest.mark.sqlite
def test_named_users_are_shown_confirmed_by_typing_the_customer_and_executed_here(
    runner: ExecRunner,
) -> None:
    runner.terminal.ok("customer", "name", "44444", "Acme & Sons")
    result = runner(NAMED, typed="44444\n")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "WAITING · FAILOVER ON 📨\nAcme & Sons (44444)\n",
        "Mail for 2 named users goes to the emergency webmail.",
        "Already on 0 · will change 2",
        "Reason: Exchange down",
        f"asked by @{OPERATOR} at the terminal {HERE}",
        "No bot runs on this database: this terminal executes it.",
        "✅ APPLIED · FAILOVER ON 📨\nAcme & Sons (44444)\n",
        "2 of 2 in failover",
        "API id sbx-",
        "Told in Slack as soon as it answers and the bot runs: C0OPS.",
    ):
        assert words in result.stdout
    assert "[" not in result.stdout.replace("[]", "")  # no buttons, no log
    assert sorted(runner.writes()) == [f"PUT /44444/{one}/failover" for one in (JO, SAM)]
    last = runner.terminal.trail()[-1]
    assert f"audit {last['seq']} {last['hash'][:16]}" in result.stdout
    proposed = next(one for one in runner.terminal.trail() if one["kind"] == "change.proposed")
    assert (proposed["actor"], proposed["detail"]["on_behalf_of"]) == (HERE, OPERATOR)


@pytest.mark.sqlite
def test_for_a_time_it_says_who_takes_it_back(runner: ExecRunner) -> None:
    result = runner(f"failover on 44444 {JO} {SAM} for 2h --reason test", typed="44444\n")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "Back by itself: failover off after 2 h, if sent now ",
        "2 of 2 in failover",
        "UTC, by the bot that runs then.\n",
        "Without one, the next that is started makes it, late.",
    ):
        assert words in result.stdout
    proposed = next(one for one in runner.terminal.trail() if one["kind"] == "change.proposed")
    assert proposed["detail"]["command"] == f"failover on 44444 {JO} {SAM} --for 2h"
    runner.terminal.ok("audit", "verify")


@pytest.mark.sqlite
def test_activate_does_both_steps_here_and_restore_says_who_switches_access_off(
    runner: ExecRunner,
) -> None:
    result = runner(f"activate 44444 {JO} {SAM} --reason Exchange down", typed="44444\n")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "WAITING · ACTIVATE 📨\n",
        "2 named users may log in to the emergency webmail; then their mail goes there.",
        "Already: access on ",
        "✅ APPLIED · ACTIVATE 📨\n",
        "✅ Failover on: ",
        "failover on: API id sbx-",
    ):
        assert words in result.stdout
    assert runner.writes()[-2:] == [f"PUT /44444/{one}/failover" for one in (JO, SAM)]

    result = runner(f"restore 44444 {JO} {SAM} --access-after 24h", typed="44444\n")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "By itself: access off after 1 day, if sent now ",
        "2 of 2 not in failover",
        "Access off by itself 2",
        "UTC, by the bot that runs then.\n",
    ):
        assert words in result.stdout
    proposed = [one for one in runner.terminal.trail() if one["kind"] == "change.proposed"]
    assert [one["detail"]["command"] for one in proposed] == [
        f"activate 44444 {JO} {SAM}",
        f"restore 44444 {JO} {SAM} --access-after 1d",
    ]
    runner.terminal.ok("audit", "verify")


@pytest.mark.sqlite
def test_what_is_on_for_a_time_is_extended_kept_and_said_to_be_needed(runner: ExecRunner) -> None:
    runner(f"failover on 44444 {JO} for 2h --reason test", typed="44444\n")
    proposed = next(one for one in runner.terminal.trail() if one["kind"] == "change.proposed")
    change, was = proposed["change_id"], runner.writes()

    later = runner(f"extend {change} --for 2h", "--channel", "C0INCIDENT", typed="44444\n")
    assert (later.exit_code, later.stderr) == (0, "")
    assert "EXTEND FAILOVER ON" in later.stdout
    for past in ("until 2026-03-14 05:00", "6:99"):
        assert runner(f"extend {change} {past}", typed="44444\n").exit_code != 0
    needed = runner(f"still-needed {change} their server is away")
    assert (needed.exit_code, needed.stderr) == (0, "")
    assert needed.stdout.startswith(f"Noted: {change} is still needed. ")
    kept = runner(f"keep {change}", typed="44444\n")
    assert (kept.exit_code, kept.stderr) == (0, "")
    told = "Told in Slack as soon as it answers and the bot runs: C0OPS"
    assert (told in kept.stdout, told in later.stdout) == (True, False)
    again = runner(f"keep {change}", typed="44444\n")
    assert f"{change} is not on for a time any more" in again.stderr
    assert {"change.end_moved", "on.still_needed", "change.kept"} <= {*runner.kinds()}
    assert runner.writes() == was
    runner.terminal.ok("audit", "verify")


@pytest.mark.sqlite
def test_an_activation_says_how_to_get_the_texts_for_users_and_they_are_printed(
    runner: ExecRunner,
) -> None:
    done = runner(f"activate 44444 {JO} --reason test", typed="44444\n")
    assert "Text for the users, to hand on: " in done.stdout
    assert " exec notice 44444\n" in done.stdout
    missing = runner("notice 44444 --language en")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "The address of the webmail is not known: give it by --url" in missing.stderr
    url = "https://webmail.example.com"
    one = runner(f"notice 44444 --language en --url {url}")
    assert (one.exit_code, one.stderr) == (0, "")
    assert one.stdout.startswith("Subject: E-mail outage")
    assert f"\n{url}\n" in one.stdout
    two = runner(f"notice 44444 --language en --language de --url {url}").stdout
    assert two.startswith("--- en ---\nSubject: ")
    assert "\n\n--- de ---\nBetreff: " in two
    assert runner.kinds()[-2:] == ["notice.made", "notice.made"]
    runner.terminal.ok("audit", "verify")


@pytest.mark.sqlite
def test_a_time_that_is_too_long_is_refused_in_a_sentence(runner: ExecRunner) -> None:
    result = runner(f"failover on 44444 {JO} --for 31d")
    assert result.exit_code == 1
    assert "A change lasts at least 5 min and at most 30 days" in result.stderr


@pytest.mark.parametrize("typed", ["", "\n", "yes\n", "44445\n", "on\n"])
def test_anything_but_the_customer_number_sends_nothing_and_withdraws(
    runner: ExecRunner, typed: str
) -> None:
    result = runner(NAMED, typed=typed)
    assert result.exit_code == 1
    assert "Not confirmed: nothing was sent, and C-" in result.stderr
    assert "is withdrawn." in result.stderr
    assert runner.writes() == []
    assert runner.kinds() == ["change.proposed", "change.previewed", "change.cancelled"]


class Interrupted(io.BytesIO):
    """A terminal at which ^C is pressed instead of an answer."""

    def read1(self, size: int | None = -1) -> bytes:
        raise KeyboardInterrupt


def test_an_interrupt_at_the_question_sends_nothing_and_withdraws(runner: ExecRunner) -> None:
    words = ["exec", NAMED, "--as", OPERATOR]
    result = CliRunner().invoke(main, words, input=Interrupted())
    assert (result.exit_code, "is withdrawn." in result.stderr) == (1, True)
    assert runner.kinds()[-1] == "change.cancelled"
    assert runner.writes() == []


def test_a_script_is_not_asked(runner: ExecRunner) -> None:
    assert runner(NAMED, "--yes").exit_code == 0
    assert len(runner.writes()) == 2


def test_while_slack_is_down_an_approval_can_be_said(runner: ExecRunner) -> None:
    runner.slack.down = True
    result = runner(EVERYONE, "--approved-by", APPROVER, "--channel", "C0INCIDENT", typed="44444\n")
    assert (result.exit_code, result.stderr) == (0, "")
    assert (
        f"You say that {APPROVER} approved this. It is recorded as said at {HERE}" in result.stdout
    )
    assert f"approved by @{APPROVER} (said at the terminal {HERE}, not clicked)" in result.stdout
    assert f"the bot runs: C0INCIDENT, {APPROVER}, who asked for it, the admins" in result.stdout
    assert runner.writes() == ["PUT /44444/failover"]
    silent = next(one for one in runner.terminal.trail() if one["kind"] == "slack.silent")
    assert silent["detail"]["why"].endswith(runner.slack.api_url)


def test_a_quorum_of_two_takes_two_people(runner: ExecRunner) -> None:
    runner.terminal.ok("policy", "set", "44444", "*", "*", "2")
    runner.slack.down = True
    assert "needed: 2, named: 1" in runner.refused(EVERYONE, "--approved-by", APPROVER, "--yes")
    both = ("--approved-by", APPROVER, "--approved-by", SECOND)
    assert runner(EVERYONE, *both, "--yes").exit_code == 0


@pytest.mark.parametrize("error", ["", "invalid_auth", "ratelimited"])
def test_while_slack_answers_whatever_it_is_no_approval_can_be_said(
    runner: ExecRunner, error: str
) -> None:
    if error:
        retry_after = 30 if error == "ratelimited" else None
        runner.slack.fail("auth.test", error=error, retry_after=retry_after, times=9)
    line = runner.refused(EVERYONE, "--approved-by", APPROVER, "--yes")
    assert line.startswith("Slack answers: approvals are given there")


@pytest.mark.parametrize(
    ("approvers", "why"),
    [
        ((), "Approvals by others needed: 1, named: 0 (default: one approval"),
        ((OPERATOR,), "Nobody approves their own change."),
        ((APPROVER, APPROVER), f"{APPROVER} is named twice"),
        (
            ("U0NOBODY",),
            f"Who can grant it: @{ADMIN}, @{CHIEF}, on the terminal: `python app.py role grant`.",
        ),
        (("S0GROUP",), "--approved-by takes the id of a user; S0GROUP is none."),
        (("sam",), "“sam” is not a Slack id"),
    ],
)
def test_without_the_approvals_it_is_refused(
    runner: ExecRunner, approvers: tuple[str, ...], why: str
) -> None:
    runner.slack.down = True
    options = [word for one in approvers for word in ("--approved-by", one)]
    assert why in runner.refused(EVERYONE, "--yes", *options)


def test_without_a_token_it_cannot_be_known_that_slack_is_down(
    runner: ExecRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    runner.slack.down = True
    assert "SLACK_BOT_TOKEN is missing" in runner.refused(EVERYONE, "--approved-by", APPROVER)
    assert runner(NAMED, "--yes").exit_code == 0  # nothing is asked of Slack


@pytest.mark.parametrize(
    ("channel", "why"),
    [("", "Which channel is told?"), ("U0123", "--channel or OPS_CHANNEL takes"), ("#ops", "#ops")],
)
def test_somebody_has_to_be_told(
    runner: ExecRunner, monkeypatch: pytest.MonkeyPatch, channel: str, why: str
) -> None:
    monkeypatch.setenv("OPS_CHANNEL", channel)
    assert why in runner.refused(NAMED, "--yes")


@pytest.mark.parametrize("person", ["U0NOBODY", APPROVER])
def test_the_requester_needs_a_row(runner: ExecRunner, person: str) -> None:
    assert "You may not propose for customer 44444" in runner.refused(NAMED, person=person)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("failovr on 44444", "Did you mean failover?"),
        ("failover on 4444", "is not a customer number"),
        ("failover on 44444 --gruop emea", "--gruop"),
        ("role list", "python app.py role list"),
        ("role grant U0123 admin *", "python app.py role grant"),
        ("role revoke U0123 admin *", "python app.py role revoke"),
        ("customer name 44444 Acme", "python app.py customer name"),
        ("audit 44444", "python app.py audit show"),
        ("pending", "python app.py audit show"),
        ("whoami", "python app.py role list"),
        ("help", "python app.py exec --help"),
        ("", "python app.py exec --help"),
        ("failover on 44444 \udcff", "is not UTF-8"),
    ],
)
def test_what_cannot_be_read_or_belongs_elsewhere_is_told_and_recorded(
    runner: ExecRunner, text: str, why: str
) -> None:
    assert why in runner.refused(text)


@pytest.mark.parametrize("person", ["C0INCIDENT", "S0GROUP", "operator", ""])
def test_for_whom_is_an_id_of_a_person(runner: ExecRunner, person: str) -> None:
    assert person in runner.refused(NAMED, person=person)


def test_a_customer_that_the_api_does_not_know_is_told_and_nothing_is_sent(
    runner: ExecRunner,
) -> None:
    runner.terminal.ok("role", "grant", OPERATOR, "operator", "55555")
    runner.terminal.ok("policy", "set", "55555", "*", "*", "0")
    result = runner("failover on 55555", "--yes")
    assert result.exit_code == 1
    assert "CANCELLED · FAILOVER ON 📨\n55555\n" in result.stdout
    assert "Nothing was sent." in result.stdout
    assert runner.kinds()[-1] == "change.stopped"
    assert runner.writes() == []


def test_its_help_names_every_command_that_it_takes() -> None:
    words = " ".join((main.commands["exec"].help or "").split())
    taken = {
        type(parse(COMMANDS[title].examples[0].replace(NUMBER, "44444"))): title
        for title in COMMANDS
    }
    named = [taken[one] for one in CHANGES | ACTS | QUERIES | EXPORTS | PROMPTS if one in taken]
    assert [one for one in named if one not in words] == []
    assert len(named) > 9


def test_what_works_for_some_users_only_has_its_own_status(runner: ExecRunner) -> None:
    runner.continuity.fail(kind=403, method="PUT", path=SAM)
    result = runner(NAMED, "--yes")
    assert result.exit_code == 3
    assert "PARTLY APPLIED" in result.stdout
    assert f"Forbidden. (1): {SAM}" in result.stdout


def test_what_the_api_refuses_is_a_failure(runner: ExecRunner) -> None:
    runner.continuity.fail(kind=403, method="PUT", times=None)
    result = runner(NAMED, "--yes")
    assert (result.exit_code, "FAILED · FAILOVER ON" in result.stdout) == (1, True)


def test_what_did_not_leave_is_told_with_the_next_try() -> None:
    change = a_change(
        state=State.APPROVED,
        outcome=Outcome(
            "The continuity API could not be reached (ConnectError). Nothing was sent."
        ),
        next_try_at=NOW + timedelta(seconds=5),
        deadline=NOW + timedelta(minutes=30),
    )
    assert describe(change) == (
        "APPROVED: The continuity API could not be reached (ConnectError). Nothing was sent. "
        "Next try 03:04:10 UTC, until 03:34:05 UTC."
    )


def test_every_end_has_its_status() -> None:
    by_status: dict[int, set[State]] = {}
    for state in State:
        by_status.setdefault(STATUSES.get(state, FAILED), set()).add(state)
    assert by_status[0] == {State.APPLIED}
    assert by_status[3] == {State.PARTIAL}
    assert by_status[4] == {
        State.APPROVED,
        State.EXECUTING,
        State.ACCEPTED,
        State.UNKNOWN,
        State.NEEDS_OPERATOR,
    }
    assert by_status.keys() == {0, 1, 3, 4}


def test_the_status_is_told_to_whoever_may_see_it(runner: ExecRunner) -> None:
    assert runner(NAMED, "--yes").exit_code == 0
    result = runner("status 44444", person=APPROVER)
    assert result.exit_code == 0
    assert "44444: 20 users · failover 2 · cannot read 0 · access 2 · activated 17" in result.stdout
    assert "APPLIED · FAILOVER ON" in result.stdout
    assert runner("status 44444", person="U0NOBODY").exit_code == 1


def test_what_waits_can_be_withdrawn(runner: ExecRunner) -> None:
    assert runner("cancel C-00000").exit_code == 1
    assert runner.kinds() == ["refused"]


def test_missing_settings_are_told_a_line_each(
    runner: ExecRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://slack.example/api/")
    monkeypatch.delenv("CONTINUITY_PASSWORD")
    result = runner(NAMED)
    assert (result.exit_code, result.stdout) == (1, "")
    assert [line.split()[0] for line in result.stderr.splitlines()] == [
        "CONTINUITY_PASSWORD",
        "SLACK_API_URL",
    ]


def test_no_secret_is_shown_or_kept(runner: ExecRunner) -> None:
    runner.slack.down = True
    result = runner(EVERYONE, "--approved-by", APPROVER, "--yes")
    held = runner.held()
    assert "Exchange down" in held
    for secret in (runner.slack.bot_token, runner.continuity.password):
        assert secret not in result.output
        assert secret not in held


def test_a_customer_may_be_named_and_the_number_is_told(runner: ExecRunner) -> None:
    runner.terminal.ok("customer", "name", "44444", "Acme & Sons")
    result = runner(f"failover on acme & SONS {JO}", "--yes")
    assert (result.exit_code, result.stderr) == (0, "acme & SONS is 44444.\n")
    assert runner.writes() == [f"PUT /44444/{JO}/failover"]


def test_an_unknown_name_is_refused_with_the_place(runner: ExecRunner) -> None:
    line = runner.refused(f"failover on Acme {JO}")
    assert "put the number. You typed: failover on →Acme← user0001@example.com" in line
    assert line.endswith(f"Example: /continuity failover on NUMBER {JO}")
    assert runner.terminal.trail()[-1]["detail"]["why"].endswith("put the number.")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["failover on 44444 --reason Exchange down"], "failover on 44444 --reason Exchange down"),
        (["failover", "on", "44444", "--reason", "Exchange", "down"], "failover on 44444 --reason Exchange down"),
        (["/continuity", "status", "44444"], "/continuity status 44444"),
        (["status", "Acme GmbH", "--group", "north east"], 'status "Acme GmbH" --group "north east"'),
        (["users", "44444", "--group=north east"], 'users 44444 --group="north east"'),
        (["failover", "on", "44444", "--reason", 'it says "no"'], "failover on 44444 --reason 'it says \"no\"'"),
        (["failover", "on", "44444", "--reason", ""], 'failover on 44444 --reason ""'),
        (["failover", "on", "44444", "--reason", "it's a \"no\""], "failover on 44444 --reason it's a \"no\""),
    ],
)  # fmt: skip
def test_the_words_of_the_shell_are_one_command(words: list[str], text: str) -> None:
    assert joined(words) == text


def typed(line: str) -> Result:
    return CliRunner().invoke(main, ["exec", *shlex.split(line)])


@pytest.mark.parametrize(
    "line",
    [
        f"failover on 44444 {JO} --reason Exchange is down --as {OPERATOR} --yes",
        f"--as {OPERATOR} --yes /continuity failover on 44444 {JO} --reason Exchange is down",
        f"'/continuity failover on 44444 {JO} --reason Exchange is down' --as {OPERATOR} --yes",
        f"failover on 44444 {JO} --reason 'Exchange is down' --as={OPERATOR} --yes",
        f"failover 'on' 44444 --yes {JO} --as {OPERATOR} -reason Exchange is down",
    ],
)
def test_quotes_and_the_word_continuity_are_not_needed(runner: ExecRunner, line: str) -> None:
    result = typed(line)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Reason: Exchange is down\n" in result.stdout
    assert runner.writes() == [f"PUT /44444/{JO}/failover"]


@pytest.mark.parametrize(
    "slip", ["--gruop emea", "--aproved-by U0APPROVER", "--yess", "-group emea"]
)
def test_a_misspelt_option_is_refused_and_no_text(runner: ExecRunner, slip: str) -> None:
    for line in (f"failover on 44444 {slip}", f"failover on 44444 --reason down {slip}"):
        result = typed(f"{line} --as {OPERATOR} --yes")
        assert result.exit_code == 1
        assert slip.split(maxsplit=1)[0] in result.stderr
    assert runner.writes() == []


def test_exec_alone_shows_its_help() -> None:
    result = CliRunner().invoke(main, ["exec"])
    assert "COMMAND..." in result.output
    assert "--as USER" in result.output
    assert "Missing" not in result.output


def test_the_only_incident_channel_of_the_customer_is_told_and_named(runner: ExecRunner) -> None:
    runner.terminal.ok("role", "grant", "C0INCIDENT", "incident", "44444")
    result = runner(NAMED, "--yes")
    assert "The channel that is told: C0INCIDENT, the only one of 44444.\n" in result.stdout
    assert result.stdout.endswith("answers and the bot runs: C0INCIDENT.\n")
    other = runner(f"access off 44444 {JO}", "--yes", "--channel", "C0OTHER")
    assert "the only one" not in other.stdout


def test_of_several_incident_channels_one_is_named_or_the_operations_channel_is_told(
    runner: ExecRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for channel, customer in (("C0INCIDENT", "44444"), ("C0ALL", "*")):
        runner.terminal.ok("role", "grant", channel, "incident", customer)
    assert runner(NAMED, "--yes").stdout.endswith("answers and the bot runs: C0OPS.\n")
    monkeypatch.setenv("OPS_CHANNEL", "")
    runner.continuity.requests.clear()
    line = runner.refused(f"failover on 44444 {JO}", "--yes")
    assert "44444 has 2 incident channels. Name one by --channel C…" in line


def test_what_is_on_is_listed_with_the_numbers_of_the_api(runner: ExecRunner) -> None:
    assert runner(NAMED, "--yes").exit_code == 0
    result = runner("on 44444")
    assert (result.exit_code, result.stderr) == (0, "")
    told = result.stdout.splitlines()
    assert told[:3] == ["On now: 1 customer", "44444", f"FAILOVER ON · 2 users: {JO}, {SAM} · 2 on"]
    assert f"by @{OPERATOR}" in told[3]
    alone = runner.terminal.ok("on").splitlines()
    assert alone[2] == f"FAILOVER ON · 2 users: {JO}, {SAM}"
    assert alone[-1] == "By this bot's changes alone. The API was not asked."
    assert runner.terminal.ok("on", "55555").splitlines()[0] == "Nothing is on for 55555."
