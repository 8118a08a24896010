"""What only the asker sees: short enough for Slack, and inert."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from bot.domain.audit.chain import AuditEntry, hash_entry
from bot.domain.change import Change
from bot.domain.roles import Decision, Right, Role
from bot.grammar import COMMANDS
from bot.service.queries.history import CustomerRights, OpenChange
from bot.slack.views import replies
from bot.slack.views.mrkdwn import escape
from tests.builders import APPROVER, CHANNEL, NOW, a_change, a_grant, a_record
from tests.slack.extreme_values import CUSTOMER_NAME, HOSTILE, NAME, REASON, SENTENCE, entries
from tests.slack.message_checks import ADVISED, inert

URL = "https://home.slack.example/"


def check(text: str) -> str:
    """Every reply is within the length that Slack advises, and nothing typed is live in it."""
    assert 0 < len(text) <= ADVISED
    inert(text)
    return text


def waiting(change: Change | None = None, name: str = NAME, ts: str | None = "1.2") -> OpenChange:
    return OpenChange(change or a_change(), name, CHANNEL, ts)


def entry(**over: Any) -> AuditEntry:
    return hash_entry(812, a_record(**over), "0" * 64)


def test_pending_links_each_card_that_is_posted() -> None:
    told = check(replies.pending([waiting(), waiting(ts=None)], URL)).split("\n")
    assert told[0].endswith(f"<https://home.slack.example/archives/{CHANNEL}/p12|card>")
    assert "<" not in told[1]
    assert replies.pending([], URL) == "Nothing waits here."
    assert "<" not in replies.pending([waiting()], "")


def test_pending_says_how_many_it_did_not_read() -> None:
    assert check(replies.pending([waiting()], URL, more=9950)).endswith("\n… and 9,950 more")
    cut = check(replies.pending([waiting()] * 500, URL, more=9500))
    shown = cut.count(" · WAITING · ")
    assert cut.endswith(f"\n… and {10_000 - shown:,} more")


@pytest.mark.parametrize("count", [1, 15, 500])
def test_long_lists_are_cut_to_whole_lines_and_say_so(count: int) -> None:
    for told in (
        replies.pending([waiting()] * count, URL),
        replies.audit(entries(count)),
        replies.roles([a_grant(expires_at=NOW)] * count),
    ):
        check(told)
        assert count < 500 or "… and " in told


def test_a_proposal_that_is_there_already_is_linked_where_it_is_posted() -> None:
    assert check(replies.proposed_already(waiting(), URL)).endswith("|Open the card>")
    told = check(replies.proposed_already(waiting(ts=None), URL))
    assert told == "This is proposed already: C-7K3MX."


def test_an_audit_line_has_number_time_kind_actor_reason_and_hash() -> None:
    one = entry(kind="refused", detail={"why": "Nobody <approves> his own change."})
    told = check(replies.audit([one]))
    assert told.startswith("812 · <!date^")
    assert "· refused · 44444 · C-7K3MX · U0OPERATOR · Nobody &lt;approves&gt;" in told
    assert told.endswith(f"· {one.hash[:16]}")
    assert replies.audit([]) == "No entries that you may read."


def test_an_entry_with_a_very_long_reason_does_not_push_the_others_out() -> None:
    long = entry(detail={"reason": SENTENCE * 5})
    told = check(replies.audit([entry(), long]))
    assert "more" not in told
    assert len(told.split("\n")) == 2


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ({"subject": "U0A", "role": "admin", "expires_at": None}, "subject U0A, role admin"),
        ({"flag": "failover", "scope": "*", "approvals": 0}, "flag failover, scope *, approvals 0"),
        ({"before": "", "name": "A & B"}, "name A &amp; B"),
        ({"total": 20, "already": 0, "problem": ""}, "total 20, already 0"),
        ({"affected": 20, "api_id": "x", "sentence": "Not for all."}, "Not for all."),
        (
            {"user": "jo@example.com", "expires": "2026-03-15"},
            "user jo@example.com, expires 2026-03-15",
        ),
    ],
)
def test_an_audit_line_says_what_was_granted_set_counted_or_answered(
    detail: dict[str, Any], told: str
) -> None:
    assert f"· {told} · " in check(replies.audit([entry(detail=detail)]))


def test_an_entry_without_a_reason_is_a_shorter_line() -> None:
    assert " ·  · " not in check(replies.audit([entry(detail={}, customer="", change_id="")]))


def test_role_rows_say_who_what_for_whom_and_until_when() -> None:
    rows = [a_grant(), a_grant(expires_at=NOW + timedelta(hours=1), granted_by="x<y@host")]
    told = check(replies.roles(rows)).split("\n")
    assert told[0] == "user U0OPERATOR · operator · 44444 · by U0ADMIN"
    assert " until <!date^" in told[1]
    assert told[1].endswith("by x&lt;y@host")
    assert replies.roles([]) == "No role rows of customers that you are admin for."


def test_whoami_names_the_row_or_what_is_missing_and_who_grants_it() -> None:
    yes = Decision(allowed=True, reason="", evidence=(a_grant(),))
    no = Decision(allowed=False, reason="You may not approve.")
    cure = f"Who can grant it: <@{APPROVER}>."
    told = CustomerRights("44444", NAME, ((Right.PROPOSE, yes, ""), (Right.APPROVE, no, cure)))
    said = check(replies.whoami([told]))
    assert "propose: yes (U0OPERATOR operator 44444)" in said
    assert f"approve: no. You may not approve. {cure}" in said
    check(replies.whoami([told] * 100))


def test_every_help_page_shows_its_examples_first() -> None:
    for page in COMMANDS.values():
        lines = check(replies.help_page(page)).split("\n")
        assert lines[0].startswith(f"*{page.title}*: ")
        assert lines[1] == escape(f"`/continuity {page.examples[0]}`")
        assert any(line.startswith("Usage: ") for line in lines)


@pytest.mark.parametrize("rights", [frozenset(), frozenset({Right.VIEW}), frozenset(Right)])
def test_the_overview_shows_what_the_reader_may_use_and_no_more(rights: frozenset[Right]) -> None:
    told = check(replies.help_overview(rights))
    for page in COMMANDS.values():
        shown = escape(f"`/continuity {page.examples[0]}`") in told
        assert shown == replies.usable(page, rights), page.title
    assert told.endswith("and the name of a command.")


def test_a_page_that_needs_no_right_is_for_everybody() -> None:
    page = replace(next(iter(COMMANDS.values())), right=None)
    assert replies.usable(page, frozenset())
    assert not replies.usable(replace(page, right=Right.ADMINISTER), {Right.VIEW})


@settings(max_examples=100, deadline=None)
@given(CUSTOMER_NAME, HOSTILE)
def test_no_typed_text_is_live_in_a_reply(name: str, typed: str) -> None:
    grant = a_grant(role=Role.VIEWER, granted_by=typed or "x")
    decided = Decision(allowed=True, reason="", evidence=(grant,))
    for told in (
        replies.pending([waiting(name=name)], URL),
        replies.audit([entry(actor=typed, detail={"why": typed})]),
        replies.roles([grant]),
        replies.whoami([CustomerRights("44444", name, ((Right.VIEW, decided, ""),))]),
    ):
        check(told)


def test_the_longest_reason_is_still_told_in_the_audit_trail() -> None:
    assert "…" not in replies.audit([entry(detail={"reason": "x" * len(REASON)})])
