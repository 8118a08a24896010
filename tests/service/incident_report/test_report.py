"""What a report holds and who may have it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.audit.chain import Record
from bot.domain.audit.moment import parse_moment
from bot.domain.commands import ReportCommand
from bot.domain.incident_report.message import ReportMessage
from bot.domain.roles import Role
from bot.errors import InvalidInput, NotAllowed, UnknownChange
from bot.ports import Channel, Recipient, Transaction
from bot.service.incident_report.read import IncidentReport, read_report, record_report
from bot.service.incident_report.request import request_report, terminal_request
from bot.terminal.admin import at_this_terminal
from tests.builders import (
    APPROVER,
    CHANNEL,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    REQUESTER,
    a_change,
    a_grant,
    a_record,
)
from tests.service.harness import STRANGER, ServiceHarness, actor

OTHER_CHANNEL = "C0OTHER"
ALL = ReportCommand(CUSTOMER, since=parse_moment("2026-01-01"))


async def report(
    harness: ServiceHarness, command: ReportCommand = ALL, user: str = APPROVER, **where: Any
) -> IncidentReport:
    request = await request_report(harness.ctx, actor(user, **where), command)
    return await read_report(harness.store, request)


def looked(**over: Any) -> Record:
    return a_record("change.looked_at", **over)


def kinds(found: IncidentReport) -> list[str]:
    return [entry.record.kind for entry in found.entries]


def a_message(minutes: int, **over: Any) -> ReportMessage:
    at = NOW + timedelta(minutes=minutes)
    fields: dict[str, Any] = {
        "channel": CHANNEL,
        "ts": str(minutes),
        "author": REQUESTER,
        "text": f"message {minutes}",
        "permalink": "",
        "posted_at": at,
        "added_by": APPROVER,
        "added_at": at,
    }
    return ReportMessage(**(fields | over))


async def added(harness: ServiceHarness, *messages: ReportMessage) -> None:
    def step(tx: Transaction) -> None:
        for one in messages:
            tx.add_report_message(one)

    await harness.store.write(step)


async def test_a_channel_reads_the_entries_on_changes_and_how_many_others_there_are(
    harness: ServiceHarness,
) -> None:
    change = await harness.executed()
    with pytest.raises(NotAllowed):
        await report(harness, user=STRANGER)
    await harness.record(
        a_record(kind="users.listed", change_id=""),
        a_record(kind="user.shown", change_id=""),
        a_record(kind="refused", change_id=change.id),
    )
    found = await report(harness)
    assert set(kinds(found)) == {
        "change.proposed",
        "change.previewed",
        "change.approved",
        "change.executing",
        "change.applied",
    }
    assert {one.record.change_id for one in found.entries} == {change.id}
    assert found.left_out == len(await harness.look(lambda tx: tx.entries())) - 5


async def test_the_terminal_reads_everything_of_the_customer(harness: ServiceHarness) -> None:
    await harness.record(
        a_record(kind="users.listed", change_id=""),
        a_record(kind="users.listed", change_id="", customer=OTHER_CUSTOMER),
    )
    request = await terminal_request(harness.ctx, at_this_terminal(), ALL, "Europe/Berlin")
    found = await read_report(harness.store, request)
    assert kinds(found).count("users.listed") == 1
    assert found.left_out == 0
    assert found.request.audit.zone == "Europe/Berlin"
    unknown = ReportCommand(change_id="C-00000")
    with pytest.raises(UnknownChange, match="The audit trail has no change C-00000"):
        await terminal_request(harness.ctx, at_this_terminal(), unknown, "UTC")


async def test_a_report_on_the_channel_has_its_changes_alone(harness: ServiceHarness) -> None:
    await harness.grant(a_grant(OTHER_CHANNEL, Role.INCIDENT), a_grant(APPROVER, Role.VIEWER))
    here = await harness.executed()
    await harness.put(a_change(id="C-0THER", channel=OTHER_CHANNEL))
    await harness.record(looked(change_id="C-0THER", channel=OTHER_CHANNEL))
    whole = ReportCommand(since=parse_moment("2026-01-01"))
    found = await report(harness, whole)
    assert {one.record.change_id for one in found.entries} == {here.id}
    assert "change.executing" in kinds(found), "entries of the bot have no channel"
    there = await report(harness, whole, channel=OTHER_CHANNEL)
    assert {one.record.change_id for one in there.entries} == {"C-0THER"}


async def test_of_the_channel_only_customers_that_the_asker_may_view(
    harness: ServiceHarness,
) -> None:
    await harness.grant(a_grant(CHANNEL, Role.INCIDENT, customer=OTHER_CUSTOMER))
    await harness.put(a_change(), a_change(id="C-0THER", customer=OTHER_CUSTOMER))
    await harness.record(
        looked(change_id="C-7K3MX"), looked(change_id="C-0THER", customer=OTHER_CUSTOMER)
    )
    found = await report(harness, ReportCommand(since=parse_moment("2026-01-01")))
    assert {one.record.customer for one in found.entries} == {CUSTOMER}


async def test_without_since_it_begins_a_day_ago_and_of_a_change_it_has_all(
    harness: ServiceHarness,
) -> None:
    change = await harness.executed()
    harness.clock.advance(days=2)
    assert not (await report(harness, ReportCommand(CUSTOMER))).entries
    found = await report(harness, ReportCommand(change_id=change.id))
    assert len(found.entries) == 5


async def test_only_a_channel_in_which_the_bot_is_gets_one(harness: ServiceHarness) -> None:
    harness.directory.places[CHANNEL] = Channel(CHANNEL, "incident", False, bot_is_member=False)
    with pytest.raises(NotAllowed, match="I am not in this channel, so no report can be posted"):
        await report(harness)
    with pytest.raises(InvalidInput, match="A report is posted in a channel"):
        await report(harness, channel="D0DIRECT")


async def test_more_entries_than_a_report_holds_are_refused(harness: ServiceHarness) -> None:
    await harness.put(a_change())
    await harness.record(*[looked()] * 20)
    asked = await request_report(harness.ctx, actor(APPROVER), ALL)
    assert len((await read_report(harness.store, asked, 21)).entries) == 21
    with pytest.raises(InvalidInput, match="Ask for a shorter time, with --since and --until"):
        await read_report(harness.store, asked, 20)


async def test_messages_are_those_of_the_channel_and_the_customer(harness: ServiceHarness) -> None:
    await harness.executed()
    await added(
        harness,
        a_message(2),
        a_message(1, customer=CUSTOMER),
        a_message(3, customer=OTHER_CUSTOMER),
        a_message(4, channel=OTHER_CHANNEL),
    )
    assert [one.ts for one in (await report(harness)).messages] == ["1", "2"]
    late = replace(ALL, until=parse_moment((NOW + timedelta(seconds=90)).isoformat()))
    assert [one.ts for one in (await report(harness, late)).messages] == ["1"]


async def test_of_a_change_messages_of_its_thread_and_of_its_time(harness: ServiceHarness) -> None:
    harness.clock.advance(minutes=10)
    change = await harness.released()
    harness.clock.advance(minutes=10)
    await harness.executor.run()
    await added(
        harness,
        a_message(1),
        a_message(15),
        a_message(16, change_id="C-0THER"),
        a_message(25),
        a_message(90, change_id=change.id),
    )
    found = await report(harness, ReportCommand(change_id=change.id))
    assert [one.ts for one in found.messages] == ["15", "90"]


async def test_who_was_told_of_a_change_is_in_it(harness: ServiceHarness) -> None:
    change = await harness.executed()
    told = Recipient(change.id, "U0TOLD", 0, NOW)
    await harness.store.write(lambda tx: tx.put_recipient(told))
    found = await report(harness)
    assert told in found.told[change.id]


async def test_that_it_is_made_is_recorded_with_the_head_before(harness: ServiceHarness) -> None:
    await harness.executed()
    found = await report(harness)
    entry = await record_report(harness.store, harness.clock, found, {"a.pdf": "12ab"})
    assert found.head is not None
    assert entry.seq == found.head.seq + 1
    assert entry.previous == found.head.hash
    assert entry.record.kind == "report.made"
    assert entry.record.actor_name
    assert entry.record.detail == {
        "entries": 5,
        "filters": "customer 44444, since 2026-01-01 00:00:00 UTC",
        "head": str(found.head),
        "messages": 0,
        "sha256": {"a.pdf": "12ab"},
    }
