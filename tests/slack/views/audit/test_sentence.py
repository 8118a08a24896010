"""Each kind of audit entry is a sentence: who, what, on or off, for whom, and why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.change_story import NO_STORY, ChangeStory, KnownNames, change_stories
from bot.slack.views.audit.kinds import OWN_WORDS
from bot.slack.views.audit.sentence import sentence
from bot.slack.views.audit.told import PLAIN
from bot.slack.views.texts import audit as texts
from bot.store.auditor_views import VERBS
from tests.builders import a_record
from tests.slack.extreme_values import HOSTILE, REASON
from tests.slack.message_checks import inert

KNOWN = KnownNames({"U0ANTON": "Anton"}, {"44444": "Acme & Co"})
EMEA = "failover off 44444 --group emea"
CHANGED = "failover off, group emea (643 users)"


def entry(kind: str, seq: int = 9, **over: Any) -> AuditEntry:
    fields = {"actor": "U0OLGA", "actor_name": "Olga", "detail": {}} | over
    return AuditEntry(seq, a_record(kind, **fields), "", "ab" * 32)


def story(command: str = EMEA, total: int | None = 643, **detail: Any) -> ChangeStory:
    told = {"command": command, "customer_name": "Acme", **detail}
    asked = entry("change.proposed", 1, detail=told)
    count = entry("change.previewed", 2, detail={"total": total})
    return change_stories([asked, count])["C-7K3MX"]


def told(kind: str, of: ChangeStory | None = None, **over: Any) -> str:
    return sentence(entry(kind, **over), of or story(), KNOWN)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("change.proposed", f"Olga asked: {CHANGED}."),
        ("change.confirmed", f"Olga confirmed: {CHANGED}."),
        ("change.approved", f"Olga approved: {CHANGED}."),
        ("change.more_asked", f"More approvals are needed: {CHANGED}."),
        ("change.asked_again", f"A new decision is needed: {CHANGED}."),
        ("change.denied", f"Olga denied: {CHANGED}."),
        ("change.cancelled", f"Olga withdrew: {CHANGED}."),
        ("change.stopped", f"Stopped before anything was sent: {CHANGED}."),
        ("change.stop_asked", f"Olga asked to stop: {CHANGED}."),
        ("change.expired", f"Expired, nothing was sent: {CHANGED}."),
        ("change.executing", f"The bot began to send: {CHANGED}."),
        ("change.postponed", f"Nothing could be sent, the bot tries again: {CHANGED}."),
        ("change.accepted", f"The API accepted, not seen yet: {CHANGED}."),
        ("change.unknown", f"It is not known whether this took effect: {CHANGED}."),
        ("change.lost", f"The bot was interrupted while it sent: {CHANGED}."),
        ("change.needs_operator", f"A person has to look: {CHANGED}."),
        ("change.applied", f"Applied: {CHANGED}."),
        ("change.partial", f"Partly applied: {CHANGED}."),
        ("change.failed", f"Failed: {CHANGED}."),
        ("change.given_up", f"Olga gave up, the effect is not known: {CHANGED}."),
        ("change.marked_applied", f"Olga said that it was applied: {CHANGED}."),
        ("change.retry_asked", f"Olga had it tried again: {CHANGED}."),
        ("change.look_asked", f"Olga had it read back: {CHANGED}."),
        ("change.read_back", f"The bot read back: {CHANGED}."),
        ("change.exported", f"The bot saved the users before their deletion: {CHANGED}."),
        ("change.file_posted", f"The bot posted a file: {CHANGED}."),
        ("trail.contradicted", f"The database contradicts the audit trail: {CHANGED}."),
        ("slack.silent", f"Olga acted while Slack did not answer: {CHANGED}."),
        ("refused", f"Olga was refused, on {CHANGED}."),
        ("something.of_a_later_version", f"Olga: something of a later version, {CHANGED}."),
    ],
)
def test_a_step_of_a_change_says_who_and_what(kind: str, expected: str) -> None:
    assert told(kind) == expected


NO_CHANGE = {"change_id": ""}


@pytest.mark.parametrize(
    ("kind", "detail", "over", "expected"),
    [
        ("change.previewed", {"total": 643}, {}, "The bot counted 643 users: failover off, group emea."),
        ("change.previewed", {"total": 1, "already": 0}, {}, "The bot counted 1 user: failover off, group emea."),
        (
            "change.previewed",
            {"total": 1643, "already": 1200},
            {},
            "The bot counted 1,643 users, 1,200 of them already so: failover off, group emea.",
        ),
        (
            "change.previewed",
            {"total": None, "problem": "No answer."},
            {},
            "The bot could not count the users: failover off, group emea. No answer.",
        ),
        ("change.applied", {"verified": False}, {}, f"Accepted by the API, not verified: {CHANGED}."),
        (
            "change.partial",
            {"read_back": [640, 643], "affected": 643, "failed": 3, "sentence": "Three are unknown."},
            {},
            (f"Partly applied: {CHANGED}. Read back: 640 of 643. The API: 643 users affected. "
            "3 users not reached. Three are unknown."),
        ),
        ("change.accepted", {"affected": 1, "read_back": [None, None]}, {}, f"The API accepted, not seen yet: {CHANGED}. The API: 1 user affected."),
        ("change.executing", {"attempt": 2, "requests": ["PUT"]}, {}, f"The bot began to send: {CHANGED}. Attempt 2."),
        ("change.denied", {"reason": "Not <now>"}, {}, f"Olga denied: {CHANGED}. Reason: Not &lt;now&gt;"),
        ("change.file_posted", {"file": "r.csv"}, {}, f"The bot posted a file: {CHANGED}. File: r.csv"),
        (
            "refused",
            {"why": "It needs the role admin.", "command": "role list"},
            NO_CHANGE,
            "Olga was refused. It needs the role admin. Typed: role list",
        ),
        ("others.asked", {"people": ["<@U0ANTON>", "<@U0NEW>"]}, NO_CHANGE, "Olga asked others who may do it: Anton, <@U0NEW>."),
        ("others.asked", {"people": "<@U0ANTON>"}, NO_CHANGE, "Olga asked others who may do it: Anton."),
        (
            "role.granted",
            {"subject": "U0ANTON", "role": "admin", "expires_at": None},
            NO_CHANGE,
            "Olga granted the role admin for Acme &amp; Co (44444) to Anton.",
        ),
        (
            "role.granted",
            {"subject": "S0TEAM", "role": "viewer", "expires_at": "2026-03-15T03:04:05+00:00"},
            NO_CHANGE | {"customer": "*"},
            ("Olga granted the role viewer for all customers to <!subteam^S0TEAM>, until "
            "<!date^1773543845^{date_short_pretty} {time_secs}|2026-03-15 03:04:05 UTC>."),
        ),
        (
            "role.granted",
            {"subject": "U0ANTON", "role": "viewer", "expires_at": "soon"},
            NO_CHANGE | {"customer": "55555"},
            "Olga granted the role viewer for customer 55555 to Anton, until soon.",
        ),
        (
            "role.revoked",
            {"subject": "C0INCIDENT", "role": "incident"},
            NO_CHANGE,
            "Olga revoked the role incident for Acme &amp; Co (44444) of <#C0INCIDENT>.",
        ),
        (
            "policy.set",
            {"flag": "failover", "scope": "everyone", "approvals": 2},
            NO_CHANGE,
            "Olga set the policy for Acme &amp; Co (44444): failover, everyone: 2 approvals.",
        ),
        (
            "policy.set",
            {"flag": "*", "scope": "*", "approvals": 1},
            NO_CHANGE | {"customer": "*"},
            "Olga set the policy for all customers: every kind of change, any users: 1 approval.",
        ),
        ("policy.set", {"approvals": "x"}, NO_CHANGE, "Olga set the policy for Acme &amp; Co (44444): , : x."),
        (
            "notify.set",
            {"steps": ["approvers:0m", "admins:15m"], "reminders": ["5m"], "quiet": ""},
            NO_CHANGE,
            ("Olga set who is told of the changes of Acme &amp; Co (44444): approvers after 0m, "
            "admins after 15m; reminders after 5m; no quiet hours."),
        ),
        (
            "notify.set",
            {"steps": 5, "quiet": "<!here>"},
            NO_CHANGE | {"customer": "*"},
            "Olga set who is told of the changes of all customers: ; no reminders; quiet &lt;!here&gt;.",
        ),
        (
            "notify.removed",
            {},
            NO_CHANGE,
            "Olga removed the rule on who is told of the changes of Acme &amp; Co (44444).",
        ),
        ("customer.named", {"name": "A & B"}, NO_CHANGE, "Olga named the customer 44444 A &amp; B."),
        (
            "person.ids_told",
            {"person": "U0ANTON", "others": ["W0ANTON"]},
            NO_CHANGE | {"actor": "bot", "actor_name": ""},
            "Slack told that these ids are one person: U0ANTON, W0ANTON.",
        ),
        ("users.listed", {"filters": "failover on", "total": 31}, NO_CHANGE, "Olga listed 31 users: failover on."),
        ("users.listed", {"filters": "failover on", "total": None}, NO_CHANGE, "Olga listed users: failover on."),
        ("users.exported", {"filters": "every user", "total": 1}, NO_CHANGE, "Olga got a file of 1 user: every user."),
        ("users.exported", {"filters": "every user"}, NO_CHANGE, "Olga asked for a file of users: every user."),
        (
            "users.export_ended",
            {"filters": "every user", "total": 31, "file": "F1", "problem": ""},
            NO_CHANGE,
            "The file of 31 users for Olga was sent: every user.",
        ),
        (
            "users.export_ended",
            {"filters": "every user", "total": 0, "file": "", "problem": "It broke off."},
            NO_CHANGE,
            "No file of users was sent to Olga: every user. It broke off.",
        ),
        ("user.shown", {"user": "jo@example.com"}, NO_CHANGE, "Olga looked at the user jo@example.com."),
        ("password.asked", {"user": "jo@example.com"}, NO_CHANGE, "Olga began to set the password of jo@example.com."),
        ("password.set", {"user": "jo@example.com"}, NO_CHANGE, "Olga set the password of jo@example.com."),
        (
            "password.failed",
            {"user": "jo@example.com", "why": "It was refused."},
            NO_CHANGE,
            "Olga could not set the password of jo@example.com. It was refused.",
        ),
        (
            "password.unknown",
            {"user": "jo@example.com"},
            NO_CHANGE,
            "It is not known whether Olga set the password of jo@example.com.",
        ),
        ("backup.made", {"file": "/b/a.db"}, NO_CHANGE | {"actor": "op@jump1", "actor_name": ""}, "op@jump1 made a backup: /b/a.db."),
        (
            "audit.exported",
            {"entries": 812, "filters": "customer 44444"},
            NO_CHANGE,
            "Olga got a file of 812 audit entries: customer 44444.",
        ),
        ("something.new", {"why": "Because."}, NO_CHANGE, "Olga: something new. Because."),
    ],
)  # fmt: skip
def test_an_entry_says_what_was_told(
    kind: str, detail: dict[str, Any], over: dict[str, Any], expected: str
) -> None:
    assert (
        sentence(entry(kind, detail=detail, **over), story() if not over else NO_STORY, KNOWN)
        == expected
    )


@pytest.mark.parametrize(
    ("command", "detail", "total", "expected"),
    [
        ("failover on 44444", {}, 1287, "failover on, all 1,287 users"),
        ("failover on 44444", {}, None, "failover on, all users"),
        (EMEA, {}, None, "failover off, group emea"),
        ('access on 44444 --group "a & b" --group c', {}, 7, "access on, groups a &amp; b, c (7 users)"),
        ("access on 44444 --group b --group c", {}, None, "access on, groups b, c"),
        ("access off 44444 jo@example.com", {}, 1, "access off, jo@example.com"),
        (
            "access off 44444 a@x.de b@x.de c@x.de d@x.de",
            {},
            4,
            "access off, 4 named users (a@x.de, b@x.de, c@x.de and more)",
        ),
        ("activate 44444", {}, 1287, "activate, all 1,287 users"),
        ("activate 44444 --group emea --for 4h", {}, 7, "activate, group emea (7 users) for 4 h"),
        ("restore 44444 --access-after 2d", {}, 9, "restore, all 9 users, access off 2 days later"),
        ("restore 44444 jo@x.de --access-after never", {}, 1, "restore, jo@x.de"),
        ("user edit 44444 jo@x.de", {"fields": {"language": ["de", "en"]}}, 1, "edit user jo@x.de: language"),
        ("user edit 44444 jo@x.de", {}, 1, "edit user jo@x.de"),
        ("user delete 44444 jo@x.de", {}, 1, "delete user jo@x.de"),
        ("token 44444 jo@x.de", {}, 1, "token for jo@x.de"),
        ("token --notify 44444 jo@x.de", {}, 1, "token by mail to jo@x.de"),
        ("import 44444", {"file": "u.csv", "users": 31, "sha256": "x"}, 31, "import u.csv (31 users)"),
        ("purge 44444 --group emea --failover on", {}, 3, "delete in bulk: failover on, group emea (3 users)"),
        ("purge 44444", {}, None, "delete in bulk: every user"),
        ("failover sideways 44444 <b>", {}, 3, "failover sideways 44444 &lt;b&gt;"),
        ("", {}, 3, "C-7K3MX"),
    ],
)  # fmt: skip
def test_every_change_says_on_or_off_and_for_whom(
    command: str, detail: dict[str, Any], total: int | None, expected: str
) -> None:
    assert told("change.approved", story(command, total, **detail)) == f"Olga approved: {expected}."


def test_a_step_of_several_names_itself_and_what_is_skipped() -> None:
    activate = story("activate 44444", 9)
    sent = entry("change.executing", detail={"attempt": 1, "step": "access on"})
    assert sentence(sent, activate, KNOWN) == (
        "The bot began to send: activate, all 9 users. Step: access on."
    )
    skipped = entry("change.executing", detail={"step": "failover on", "skipped": ["access on"]})
    assert sentence(skipped, activate, KNOWN).endswith(
        "Step: failover on. Nothing to do, so it is skipped: access on."
    )
    done = entry("change.step_done", detail={"step": "access on", "read_back": [9, 9]})
    assert sentence(done, activate, KNOWN).startswith(
        "A step is done: activate, all 9 users. Step: access on. "
    )


def test_without_its_proposal_a_change_is_named_by_its_id() -> None:
    assert told("change.approved", ChangeStory()) == "Olga approved: C-7K3MX."
    assert told("change.approved", ChangeStory(), change_id="") == "Olga approved: a change."


def test_somebody_at_the_terminal_is_named_with_the_person_for_whom() -> None:
    behalf = {"on_behalf_of": "U0ANTON"}
    asked = told("change.proposed", actor="op@jump1", actor_name="", detail=behalf)
    assert asked == f"op@jump1, for Anton, asked: {CHANGED}."


def test_a_person_is_told_by_the_name_of_the_day_then_by_the_latest_then_mentioned() -> None:
    assert told("change.denied", actor="U0ANTON", actor_name="Toni").startswith("Toni denied")
    assert told("change.denied", actor="U0ANTON", actor_name="").startswith("Anton denied")
    assert told("change.denied", actor="U0NEW", actor_name="").startswith("<@U0NEW> denied")
    terminal = sentence(
        entry("change.denied", actor="op@jump1", actor_name=""),
        story(),
        KnownNames({"op@jump1": "Olga"}),
    )
    assert terminal.startswith("op@jump1 denied")
    assert told("change.denied", actor="<@U0NEW>", actor_name="").startswith("&lt;@U0NEW&gt; ")


def test_a_reason_names_people_and_notifies_nobody() -> None:
    why = "Who can grant it: <@U0ANTON>, <@W0NEW>.\nAsk them."
    assert told("refused", detail={"why": why}).endswith("grant it: Anton, @W0NEW. Ask them.")


def test_a_file_has_plain_text_and_ids() -> None:
    granted = entry("role.granted", detail={"subject": "S0TEAM", "role": "a<b", "expires_at": "2026-03-15T03:04:05+00:00"})  # fmt: skip
    assert sentence(granted, NO_STORY, KNOWN, PLAIN) == (
        "Olga granted the role a<b for Acme & Co (44444) to S0TEAM, until 2026-03-15 03:04:05 UTC."
    )


def test_the_longest_reason_is_whole_and_a_longer_text_is_cut() -> None:
    assert "…" not in told("change.denied", detail={"reason": "x" * len(REASON)})
    assert told("change.denied", detail={"why": "x" * 9_000}).endswith("x…")


def test_every_kind_that_is_recorded_has_a_sentence() -> None:
    assert VERBS.keys() - texts.OF_A_CHANGE.keys() - OWN_WORDS.keys() == set()


@settings(max_examples=100, deadline=None)
@given(HOSTILE)
def test_no_typed_text_is_live(typed: str) -> None:
    detail = {"why": typed, "subject": typed, "user": typed, "filters": typed, "people": [typed]}
    for kind in VERBS:
        inert(
            told(kind, story(typed), actor=typed, actor_name=typed, detail=detail).replace(
                "<@U0NEW>", ""
            )
        )
