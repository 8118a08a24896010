"""Proposing for a time: resolved by the clock of who asks, kept when it is proposed again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.time_limit import TimeLimit, parse_lasts, parse_until
from bot.errors import Conflict, InvalidInput
from bot.ports import Message, MessageKind, Person, message_key
from bot.service.access.change_lookup import authorised_change
from bot.service.changes.propose import propose
from bot.service.changes.propose_again import propose_again
from bot.service.changes.time_limit import timed_request
from bot.service.end_deadlines import soon_notice
from bot.slack.views.modals.flag import TIME, FlagFileModal
from tests.builders import CHANNEL, NOW, REQUESTER
from tests.service.changes.timed.steps import proposed, switched
from tests.service.changes.timed.steps import timed_request as a_request
from tests.service.harness import ServiceHarness, actor, request


async def test_until_is_in_the_time_zone_of_who_asks(harness: ServiceHarness) -> None:
    harness.directory.people[REQUESTER] = Person(REQUESTER, "Olga", zone="Europe/Berlin")
    command = replace(request(), time=parse_until("06:00"))
    asked = await timed_request(harness.ctx, actor(), command)
    assert isinstance(asked, Proposal)
    five = datetime(2026, 3, 14, 5, 0, tzinfo=UTC)
    assert asked.time_limit == TimeLimit(until=five, zone="Europe/Berlin")


async def test_without_a_time_it_is_the_command_as_it_is(harness: ServiceHarness) -> None:
    assert await timed_request(harness.ctx, actor(), request()) == request()


async def test_too_long_is_refused_before_anything_is_written(harness: ServiceHarness) -> None:
    with pytest.raises(InvalidInput, match="at most 30 days"):
        await timed_request(harness.ctx, actor(), replace(request(), time=parse_lasts("31d")))
    assert await harness.trail() == []


async def test_the_same_for_the_same_time_is_the_open_one(harness: ServiceHarness) -> None:
    first = await proposed(harness)
    assert await propose(harness.ctx, actor(), a_request()) == (first, False)


@pytest.mark.parametrize("limit", [None, TimeLimit(lasts=timedelta(hours=3))])
async def test_the_same_for_another_time_is_refused(
    harness: ServiceHarness, limit: TimeLimit | None
) -> None:
    first = await proposed(harness)
    with pytest.raises(Conflict, match=f"{first.id} asks for the same with --for 2h"):
        await propose(harness.ctx, actor(), replace(a_request(), time_limit=limit))


async def _expired(harness: ServiceHarness, limit: TimeLimit) -> Change:
    change = await proposed(harness, None, limit)
    harness.clock.advance(minutes=31)
    await harness.executor.run()
    assert await harness.state(change.id) is State.EXPIRED
    return change


async def test_proposed_again_it_is_for_the_same_time(harness: ServiceHarness) -> None:
    limit = TimeLimit(lasts=timedelta(hours=2))
    again, new = await propose_again(harness.ctx, actor(), (await _expired(harness, limit)).id)
    assert (new, again.time_limit) == (True, limit)


async def test_it_is_not_proposed_again_for_good_where_its_time_is_past(
    harness: ServiceHarness,
) -> None:
    change = await _expired(harness, TimeLimit(until=NOW + timedelta(minutes=33)))
    with pytest.raises(Conflict, match="Type it again with another time, as `--for 2h`"):
        await propose_again(harness.ctx, actor(), change.id)


async def test_a_press_in_the_notice_counts_as_one_in_the_channel(harness: ServiceHarness) -> None:
    """The buttons of the requester's own notice work, and nobody else's conversation counts."""
    timed = await switched(harness)
    harness.clock.advance(hours=1, minutes=45)
    await harness.fall_due()
    key = message_key(MessageKind.NOTICE, timed.id, person=REQUESTER, name=soon_notice(timed))
    row = await harness.look(lambda tx: tx.message(key))
    assert isinstance(row, Message)
    posted = replace(row, channel="D0OLGA", ts="1.1", shown=row.wanted)
    await harness.store.write(lambda tx: tx.save_message(posted))
    found, _ = await authorised_change(
        harness.ctx, Actor(REQUESTER, "D0OLGA", clicked=True), timed.id
    )
    assert (found.id, found.channel) == (timed.id, CHANNEL)


def test_the_form_takes_a_time_and_keeps_what_was_typed() -> None:
    command = replace(request(), from_file=True, time=parse_lasts("90m"))
    view = FlagFileModal(command, "Acme GmbH", CHANNEL).build()
    [block] = [one for one in view["blocks"] if one.get("block_id") == TIME]
    assert block["element"]["initial_value"] == "1h30m"
    for typed, right in (("", True), ("2h", True), ("06:00", True), ("soon", False)):
        state = {"values": {TIME: {TIME: {"type": "plain_text_input", "value": typed}}}}
        assert (FlagFileModal.errors(view | {"state": state}) == {}) is right
