"""The entries of the audit trail: short enough for Slack, and inert."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from bot.domain.audit.chain import AuditEntry, hash_entry
from bot.slack.views import audit as view
from tests.builders import a_record
from tests.slack.extreme_values import HOSTILE, REASON, SENTENCE, entries
from tests.slack.message_checks import reply


def entry(**over: Any) -> AuditEntry:
    return hash_entry(812, a_record(**over), "0" * 64)


def test_an_audit_line_has_number_time_kind_actor_reason_and_hash() -> None:
    one = entry(kind="refused", detail={"why": "Nobody <approves> his own change."})
    told = reply(view.audit([one]))
    assert told.startswith("812 · <!date^")
    assert "· refused · 44444 · C-7K3MX · U0OPERATOR · Nobody &lt;approves&gt;" in told
    assert told.endswith(f"· {one.hash[:16]}")
    assert view.audit([]) == "No entries that you may read."


def test_an_entry_with_a_very_long_reason_does_not_push_the_others_out() -> None:
    long = entry(detail={"reason": SENTENCE * 5})
    told = reply(view.audit([entry(), long]))
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
    assert f"· {told} · " in reply(view.audit([entry(detail=detail)]))


def test_an_entry_without_a_reason_is_a_shorter_line() -> None:
    assert " ·  · " not in reply(view.audit([entry(detail={}, customer="", change_id="")]))


@pytest.mark.parametrize("count", [1, 15, 500])
def test_a_long_list_is_cut_to_whole_lines_and_says_so(count: int) -> None:
    told = reply(view.audit(entries(count)))
    assert count < 500 or "… and " in told


@settings(max_examples=100, deadline=None)
@given(HOSTILE)
def test_no_typed_text_is_live(typed: str) -> None:
    reply(view.audit([entry(actor=typed, detail={"why": typed})]))


def test_the_longest_reason_is_still_told_in_the_audit_trail() -> None:
    assert "…" not in view.audit([entry(detail={"reason": "x" * len(REASON)})])
