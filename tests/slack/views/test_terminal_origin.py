"""The channel reads what was said at a terminal as that, and the named approver is asked to object."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.audit.chain import hash_entry
from bot.domain.change import Approval, Change
from bot.domain.change_state import State
from bot.slack.views.changes.card import card
from bot.slack.views.changes.outcome import outcome, timeline
from bot.slack.views.changes.terminal_origin import verbal_approval_notice
from tests.builders import ADMIN, APPROVER, NOW, REQUESTER, a_finished_change, a_record
from tests.slack.message_checks import check, shown

SAID = Approval(APPROVER, NOW, 2, "rows", "said at the terminal root@<jump>")


def said(**over: object) -> Change:
    change: Change = a_finished_change(approvals=(SAID,), terminal="root@<jump>")
    return replace(change, **over)  # type: ignore[arg-type]  # names are checked by replace()


def test_the_outcome_names_who_sat_there_and_that_nobody_clicked() -> None:
    text, blocks = outcome(said(), "Acme", None, ())
    check(text, blocks)
    assert (
        f"<@{REQUESTER}> at the terminal root@&lt;jump&gt;, approved by <@{APPROVER}> "
        "(said at the terminal root@&lt;jump&gt;, not clicked)"
    ) in shown(blocks)


def test_the_card_does_so_too() -> None:
    waiting = said(state=State.AWAITING_APPROVAL, approvals_needed=2)
    words = shown(card(waiting, "Acme")[1])
    assert f"1 of 2 (<@{APPROVER}> (said at the terminal root@&lt;jump&gt;, not clicked))" in words
    assert f"asked by <@{REQUESTER}> at the terminal root@&lt;jump&gt;" in words


def test_the_timeline_tells_for_whom_it_was_done() -> None:
    detail = {"on_behalf_of": APPROVER}
    entry = hash_entry(1, a_record("change.approved", actor="root@jump", detail=detail), "0" * 64)
    assert "root@jump, for on call, approved: C-7K3MX." in shown(timeline(said(), [entry])[1])


def test_the_approver_is_told_what_where_for_whom_and_whom_to_tell() -> None:
    change = said(reason="<!channel> now")
    text, blocks = verbal_approval_notice(change, "Acme & Co", APPROVER, [ADMIN, APPROVER])
    check(text, blocks)
    words = shown(blocks)
    assert f"<@{APPROVER}>: while Slack did not answer" in words
    assert f"your approval of {change.id} was said at the terminal root@&lt;jump&gt;" in words
    assert "APPLIED · FAILOVER ON · Acme &amp; Co (44444)*, for *ALL 1,284 users*" in words
    assert f"If you did not approve it, tell <@{ADMIN}> now" in words


def test_without_another_admin_it_is_the_security_team() -> None:
    words = shown(verbal_approval_notice(said(), "", APPROVER, [APPROVER])[1])
    assert "tell your security team now" in words


def test_he_is_told_also_where_his_approval_was_set_aside_meanwhile() -> None:
    text, blocks = verbal_approval_notice(said(approvals=()), "", APPROVER, [ADMIN])
    check(text, blocks)
    assert "was said at the terminal, and does not count any more" in shown(blocks)
