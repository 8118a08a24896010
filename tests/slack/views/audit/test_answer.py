"""The reply to `audit`: a table of sentences, and the same without tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from bot.domain.audit.chain import AuditEntry, hash_entry
from bot.domain.audit.change_story import KnownNames, change_stories
from bot.domain.audit.moment import parse_moment
from bot.domain.commands import AuditCommand
from bot.ports import AuditFilter
from bot.service.queries.audit import AuditPage, AuditRequest
from bot.slack.views.audit.answer import audit
from bot.slack.views.mrkdwn import BlockReply
from tests.builders import NOW, a_record
from tests.service.harness import actor
from tests.slack.extreme_values import HOSTILE, SENTENCE, entries
from tests.slack.message_checks import check, shown

KNOWN = KnownNames({"U0ANTON": "Anton"}, {"44444": "Acme GmbH"})


def entry(seq: int, kind: str = "change.denied", **over: Any) -> AuditEntry:
    return hash_entry(seq, a_record(kind, **{"actor_name": "Olga"} | over), "0" * 64)


def asked(command: AuditCommand | None = None, **over: Any) -> AuditRequest:
    command = command or AuditCommand("44444")
    where = AuditFilter(change_id=command.change_id or "")
    request = AuditRequest(actor(), "Olga", command, where, "Europe/Berlin", name="Acme GmbH")
    return replace(request, **over)


def answer(found: list[AuditEntry], request: AuditRequest | None = None) -> BlockReply:
    said = audit(request or asked(), AuditPage(found, change_stories(found), KNOWN))
    assert isinstance(said, BlockReply)
    check(said.text, said.blocks)
    check(said.text, said.older)
    return said


def rows(said: BlockReply) -> list[list[str]]:
    [table] = [block for block in said.blocks if block["type"] == "data_table"]
    return [[cell.get("text", "…") for cell in row] for row in table["rows"]]


def test_a_customers_entries_are_sentences_the_newest_first() -> None:
    proposed = entry(1, "change.proposed", detail={"command": "failover on 44444"})
    said = answer([proposed, entry(812, detail={"reason": "Not now"})])
    assert rows(said) == [
        ["What happened", "Time", "Change", "Entry"],
        [
            "Olga denied: failover on, all users. Reason: Not now",
            "2026-03-14 04:04:05",
            "C-7K3MX",
            entry(812, detail={"reason": "Not now"}).reference,
        ],
        ["Olga asked: failover on, all users.", "2026-03-14 04:04:05", "C-7K3MX", proposed.reference],
    ]  # fmt: skip
    assert shown(said.blocks[:1]) == (
        "*Audit trail of Acme GmbH (44444)* · the newest 2 entries, the last one first · times: Europe/Berlin"
    )
    assert "All entries, with ids and hashes: add `--file`" in shown(said.blocks)


def test_without_tables_each_entry_is_a_line() -> None:
    said = answer([entry(1), entry(2, detail={"why": "Because."})])
    assert [block["type"] for block in said.older] == ["section", "section", "context"]
    newest, oldest = shown(said.older[1:2]).split("\n")
    assert newest.startswith("<!date^1773457445^")
    assert f"> · Olga denied: C-7K3MX. Because. · C-7K3MX · {said_reference(2)}" in newest
    assert oldest.endswith(f" · {entry(1).reference}")
    assert said.text.split("\n")[1] == newest


def said_reference(seq: int) -> str:
    return entry(seq, detail={"why": "Because."}).reference


def test_the_story_of_a_change_is_in_its_order_and_names_the_change_once() -> None:
    said = answer([entry(1), entry(2)], asked(AuditCommand(change_id="C-7K3MX")))
    assert [row[-1].split()[0] for row in rows(said)[1:]] == ["1", "2"]
    assert rows(said)[0] == ["What happened", "Time", "Entry"]
    assert shown(said.blocks[:1]) == (
        "*Audit trail of C-7K3MX* · 2 entries, in their order · times: Europe/Berlin"
    )


def test_entries_of_several_customers_name_them() -> None:
    found = [entry(1), entry(2, customer="55555"), entry(3, customer="*"), entry(4, customer="")]
    said = answer(found, asked(AuditCommand()))
    assert [row[3] for row in rows(said)] == [
        *("Customer", " ", "All customers", "55555", "Acme GmbH (44444)"),
    ]


def test_the_heading_says_what_was_asked_for_in_the_zone_of_the_reader() -> None:
    zone = parse_moment("2026-03-01").begins(NOW, NOW.tzinfo)  # type: ignore[arg-type]  # UTC
    where = AuditFilter(since=zone, until=NOW)
    request = asked(person="U0ANTON", where=where)
    assert " · by Anton · since 2026-03-01 01:00:00 (Europe/Berlin) · until 2026-03-14 04:04:05 " in (
        shown(answer([entry(1)], request).blocks[:1])
    )  # fmt: skip
    assert " · by U0&lt;NEW " in shown(answer([entry(1)], replace(request, person="U0<NEW")).blocks)


def test_no_entry_is_told_in_words() -> None:
    assert audit(asked(), AuditPage([], {}, KNOWN)) == "No entries that you may read."


def test_whoever_has_no_name_is_mentioned_in_the_table() -> None:
    said = answer([entry(1, actor="U0NEW", actor_name="")])
    [table] = [block for block in said.blocks if block["type"] == "data_table"]
    [section] = table["rows"][1][0]["elements"]
    assert section["elements"] == [
        {"type": "user", "user_id": "U0NEW"},
        {"type": "text", "text": " denied: C-7K3MX. Reason: Exchange down"},
    ]


@pytest.mark.parametrize("count", [1, 15, 500])
def test_a_long_trail_is_cut_to_whole_rows(count: int) -> None:
    said = answer(entries(count))
    assert len(rows(said)) > min(count, 15)
    assert count < 500 or "… and " in shown(said.older)


def test_very_long_entries_are_cut() -> None:
    answer([entry(number, detail={"reason": SENTENCE * 5}) for number in range(1, 51)])


@settings(max_examples=50, deadline=None)
@given(HOSTILE)
def test_no_typed_text_is_live(typed: str) -> None:
    answer([entry(1, actor=typed, actor_name=typed, change_id=typed, detail={"why": typed})])
