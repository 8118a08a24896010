"""The daily report: wording for a phone, buttons for each entry, Slack's limits, and inert."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.on import StillNeeded
from bot.domain.scope import Flag, Users
from bot.service.queries.on import OnRow
from bot.slack.views.notices.report import MAX_ENTRIES, report
from tests.builders import ADMIN, APPROVER, NOW, REQUESTER
from tests.slack.extreme_values import NAME
from tests.slack.message_checks import check
from tests.slack.views.test_on import AT, CARD, URL, entry, row


def named(name: str = "Acme GmbH") -> OnRow:
    one = row()
    return replace(one, card=replace(one.card, name=name))


def test_an_entry_has_what_since_when_by_whom_and_two_buttons() -> None:
    text, blocks = report([named()], URL)
    check(text, blocks)
    assert text == "On for more than a day: FAILOVER ON · Acme GmbH (44444)"
    assert blocks[0]["text"]["text"] == "On for more than a day: 1"
    assert blocks[1]["text"]["text"].split("\n") == [
        "*Acme GmbH (44444)*",
        "FAILOVER ON · all users",
        f"since {AT} by <@{REQUESTER}>, approved by <@{APPROVER}> · {CARD}",
    ]
    buttons = [
        (one["action_id"], one["text"]["text"], one["value"]) for one in blocks[2]["elements"]
    ]
    assert buttons == [
        ("report_back_1", "Back…", "C-7K3MX 6"),
        ("report_still_needed_1", "Still needed", "C-7K3MX 6"),
    ]


def test_what_was_said_before_is_shown() -> None:
    said = StillNeeded("C-7K3MX", ADMIN, "their <b> server", NOW, NOW)
    _, blocks = report([replace(named(), still_needed=said)], URL)
    until = "<!date^1773457445^{date_short_pretty} {time_secs}|2026-03-14 03:04:05 UTC>"
    last = blocks[1]["text"]["text"].split("\n")[-1]
    assert last == f"Still needed: their &lt;b&gt; server (<@{ADMIN}>, silent until {until})"


@pytest.mark.parametrize("name", ["Acme GmbH", "", NAME, "&" * 80])
@pytest.mark.parametrize("count", [1, 2, MAX_ENTRIES + 7])
def test_a_phone_shows_what_it_is_and_for_whom(name: str, count: int) -> None:
    rows = [named(name)] * count
    text, blocks = report(rows, URL)
    check(text, blocks)
    assert "FAILOVER ON" in text[:100]
    assert "on for more than a day" in text[:100].lower()
    assert len([one for one in blocks if one["type"] == "actions"]) == min(count, MAX_ENTRIES)
    more = f"… and {count - MAX_ENTRIES} more: `/continuity on`"
    assert (count > MAX_ENTRIES) is any(more in str(one) for one in blocks)


def test_many_long_entries_fit() -> None:
    users = Users(tuple(f"{'x' * 60}{n}@{'example' * 8}.com" for n in range(9)))
    one = row(entry(users, off_groups=(NAME[:90],) * 3, off_users=9, doubted_by=("C-00001",) * 9))
    check(*report([replace(one, card=replace(one.card, name=NAME))] * 40, URL))
    assert one.entry.flag is Flag.FAILOVER
