"""The daily report: who is told of what, once a day, and who said that it is still needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.deadline import Deadline, DeadlineKind
from bot.domain.on import StillNeeded
from bot.domain.report import parse_report_time
from bot.domain.roles import Role
from bot.domain.scope import Everyone, Scope
from bot.errors import Conflict, InvalidInput, NotAllowed
from bot.ports import Message, MessageKind, Transaction, message_key
from bot.service.access.change_lookup import as_in_own_channel
from bot.service.context import Context
from bot.service.deadlines.runner import _fire
from bot.service.report.daily import KEY, plan_report, report
from bot.service.report.long_on import recipients
from bot.service.report.still_needed import may_say, still_needed
from bot.slack.outbox.notices import render_notice
from bot.terminal.audit.verify import verify_trail
from tests.builders import (
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    REQUESTER,
    a_change,
    a_grant,
)
from tests.service.harness import STRANGER, ServiceHarness, actor, users

OPS = "C0OPS"
DAY = timedelta(days=1)
DUE = NOW.replace(hour=9, minute=0, second=0, microsecond=0)


def on_since(hours: float, scope: Scope | None = None, **over: Any) -> Change:
    """A change that was applied so many hours before."""
    times = dict.fromkeys(("started_at", "finished_at", "created_at"), NOW - timedelta(hours=hours))
    fields = {"id": f"C-{int(hours * 10):05}", "state": State.APPLIED, "revision": 3, **times}
    return a_change(scope=scope or Everyone(), **(fields | over))


def reporting(harness: ServiceHarness, at: str = "09:00") -> Context:
    return replace(harness.ctx, ops_channel=OPS, report_at=parse_report_time(at))


async def fire(ctx: Context) -> None:
    """Do what is due, as the runner does."""
    now = ctx.clock.now()
    for deadline in await ctx.store.read(lambda tx: tx.due_deadlines(now)):
        step = await report(ctx, deadline)
        await ctx.store.write(partial(_fire, deadline=deadline, step=step))


async def told(harness: ServiceHarness, change: str, person: str, day: str) -> Message | None:
    key = message_key(MessageKind.NOTICE, change, person=person, name=f"report-{day}")
    return await harness.look(lambda tx: tx.message(key))


async def shown(harness: ServiceHarness, change_id: str, person: str) -> str:
    """What the message would say now: text and blocks."""
    change = await harness.change(change_id)
    key = message_key(MessageKind.NOTICE, change_id, person=person, name="report-2026-03-14")
    row = Message(key, MessageKind.NOTICE, change_id, person, 1)

    def query(tx: Transaction) -> str:
        text, blocks = render_notice(tx, row, change, "", harness.clock.now(), "")
        said = [one["text"]["text"] for one in blocks if "text" in one]
        return "\n".join([text, *said])

    return await harness.look(query)


async def test_channel_and_requesters_are_told_of_what_is_on_for_long(
    harness: ServiceHarness,
) -> None:
    await harness.grant(a_grant(APPROVER, Role.OPERATOR, customer=OTHER_CUSTOMER))
    await harness.put(
        on_since(48),
        on_since(30, customer=OTHER_CUSTOMER, requester=APPROVER),
        on_since(23, users("a"), customer="66666"),
        on_since(50, customer="77777", requester="user@host"),
    )
    found = await harness.look(lambda tx: recipients(tx, NOW, OPS))
    assert {person: one.id for person, one in found.items()} == {
        OPS: "C-00500", REQUESTER: "C-00480", APPROVER: "C-00300",
    }  # fmt: skip
    people = await harness.look(lambda tx: recipients(tx, NOW, ""))
    assert people.keys() == {REQUESTER, APPROVER}
    channel = await shown(harness, "C-00500", OPS)
    assert channel.count("FAILOVER ON · all users") == 3
    mine = await shown(harness, "C-00480", REQUESTER)
    assert mine.startswith("On for more than a day: FAILOVER ON · 44444")
    assert OTHER_CUSTOMER not in mine


async def test_who_may_view_no_more_is_told_nothing(harness: ServiceHarness) -> None:
    await harness.put(on_since(48, requester=STRANGER), on_since(49, customer="66666"))
    assert await harness.look(lambda tx: recipients(tx, NOW, "")) == {}


async def test_nothing_for_long_is_no_report(harness: ServiceHarness) -> None:
    await harness.put(on_since(23))
    assert await harness.look(lambda tx: recipients(tx, NOW, OPS)) == {}
    await harness.put(
        on_since(48, customer=OTHER_CUSTOMER), on_since(2, customer=OTHER_CUSTOMER, on=False)
    )
    assert await harness.look(lambda tx: recipients(tx, NOW, OPS)) == {}


async def test_it_is_due_once_a_day_whatever_the_clock_and_the_process_do(
    harness: ServiceHarness,
) -> None:
    ctx, clock = reporting(harness), harness.clock
    await harness.put(on_since(48))
    await plan_report(ctx)
    await fire(ctx)
    assert await told(harness, "C-00480", OPS, "2026-03-14") is None
    clock.at = DUE
    await plan_report(ctx)  # a restart
    await fire(ctx)
    assert await told(harness, "C-00480", OPS, "2026-03-14") is not None
    assert await told(harness, "C-00480", REQUESTER, "2026-03-14") is not None
    for hours in (-1, 1, 2):  # a clock step, and restarts
        clock.at = DUE + timedelta(hours=hours)
        await plan_report(ctx)
        await fire(ctx)
    deadline = await harness.look(lambda tx: tx.deadline(KEY))
    assert deadline == Deadline(KEY, DeadlineKind.REPORT, DUE + DAY)


async def test_days_on_which_no_bot_ran_are_left_out(harness: ServiceHarness) -> None:
    ctx = reporting(harness)
    await harness.put(on_since(48))
    await plan_report(ctx)
    harness.clock.at = DUE + 3 * DAY + timedelta(hours=5)
    await fire(ctx)
    await fire(ctx)
    deadline = await harness.look(lambda tx: tx.deadline(KEY))
    assert deadline == Deadline(KEY, DeadlineKind.REPORT, DUE + 4 * DAY)


async def test_after_an_outage_of_slack_for_days_the_last_reports_alone_are_posted(
    harness: ServiceHarness,
) -> None:
    await harness.put(on_since(48))
    for days, posted in ((0, True), (1, True), (2, False)):
        harness.clock.at = NOW + timedelta(days=days)
        assert bool(await shown(harness, "C-00480", OPS)) is posted


async def test_another_time_or_off_takes_effect_at_the_start(harness: ServiceHarness) -> None:
    await plan_report(reporting(harness))
    await plan_report(reporting(harness, "10:30 Europe/Berlin"))
    deadline = await harness.look(lambda tx: tx.deadline(KEY))
    assert deadline == Deadline(KEY, DeadlineKind.REPORT, DUE + timedelta(minutes=30))
    await plan_report(reporting(harness, "off"))
    assert await harness.look(lambda tx: tx.deadline(KEY)) is None


async def test_one_that_was_put_while_the_clock_was_a_year_ahead_is_put_anew_at_the_start(
    harness: ServiceHarness,
) -> None:
    def put(deadline: Deadline, tx: Transaction) -> None:
        tx.put_deadline(deadline)

    await plan_report(reporting(harness))
    for days, seen in ((1, DUE + DAY), (365, DUE)):
        ahead = Deadline(KEY, DeadlineKind.REPORT, DUE + timedelta(days=days))
        await harness.store.write(partial(put, ahead))
        await plan_report(reporting(harness))
        assert await harness.look(lambda tx: tx.deadline(KEY)) == replace(ahead, due_at=seen)


PAGE = (
    "INSERT INTO pages (change_id, pager, wanted, shown, tries, error, asked_at) "
    "VALUES ('C-00480', 'webhook', '{wanted}', '', 0, '', '2026-03-14T03:00:00+00:00')"
)


def run_sql(tx: Transaction, sql: str) -> None:
    """Write as somebody does by hand."""
    tx._run(sql)  # type: ignore[attr-defined]  # of the rows that stand behind the port


async def found_by_verify(harness: ServiceHarness) -> list[str]:
    """Return what `audit verify` finds, but messages that rows of the tests lack."""
    found = (await verify_trail(harness.store)).differences.first
    return [one for one in found if "the outbox has no row" not in one]


async def test_still_needed_is_recorded_and_silent_for_a_day(harness: ServiceHarness) -> None:
    await harness.put(on_since(48))
    press = Actor(REQUESTER, OPS, clicked=True)
    assert (await may_say(harness.ctx, press, "C-00480")).id == "C-00480"
    said = await still_needed(harness.ctx, press, "C-00480", "  their   server is away ")
    assert said == StillNeeded("C-00480", REQUESTER, "their server is away", NOW, NOW + DAY)
    [detail] = await harness.details("on.still_needed")
    assert (detail["reason"], detail["until"]) == (said.reason, (NOW + DAY).isoformat())
    for hours, silent in ((0, True), (23, True), (24, False)):
        harness.clock.at = NOW + timedelta(hours=hours)
        found = await harness.look(partial(recipients, now=harness.clock.now(), ops_channel=OPS))
        assert (not found) is silent
    await still_needed(harness.ctx, press, "C-00480", "again")
    assert await harness.look(lambda tx: recipients(tx, harness.clock.now(), OPS)) == {}


@pytest.mark.parametrize(
    "by_hand",
    [
        "DELETE FROM still_needed",
        "UPDATE still_needed SET until = '2027-01-01T00:00:00+00:00'",
        "UPDATE still_needed SET person = 'U0STRANGER'",
        "UPDATE still_needed SET reason = 'another'",
    ],
)
async def test_a_still_needed_that_nobody_said_so_is_found(
    harness: ServiceHarness, by_hand: str
) -> None:
    await harness.put(on_since(48), on_since(60))
    await still_needed(harness.ctx, Actor(REQUESTER, OPS, clicked=True), "C-00480", "move runs")
    assert await found_by_verify(harness) == []
    harness.rewritten = True
    await harness.store.write(partial(run_sql, sql=by_hand))
    [told] = await found_by_verify(harness)
    assert told.startswith("C-00480: the table still_needed is not as entry ")

    forged = StillNeeded("C-00600", REQUESTER, "forged", NOW, NOW + DAY)
    await harness.store.write(lambda tx: tx.put_still_needed(forged))
    assert "C-00600: the table still_needed has a row, and no entry said so" in (
        await found_by_verify(harness)
    )


async def test_a_pager_that_is_not_to_be_told_of_an_end_is_found(harness: ServiceHarness) -> None:
    await harness.put(on_since(48))
    await harness.store.write(partial(run_sql, sql=PAGE.format(wanted="resolved")))
    assert await found_by_verify(harness) == []
    await harness.store.write(partial(run_sql, sql="UPDATE pages SET wanted = 'triggered'"))
    ended = "C-00480: it ended, and the table pages does not tell the pager webhook so"
    assert await found_by_verify(harness) == [ended]
    harness.rewritten = True
    # Of a batch the pagers are told when the last change has ended.
    first = (await harness.change("C-00480")).revised(batch="C-00480")
    other = replace(on_since(60), customer=OTHER_CUSTOMER, batch=first.id, state=State.EXECUTING)
    await harness.store.write(lambda tx: tx.save_change(first))
    await harness.put(other)
    assert ended not in await found_by_verify(harness)
    await harness.store.write(lambda tx: tx.save_change(other.revised(state=State.APPLIED)))
    assert ended in await found_by_verify(harness)


async def test_a_press_elsewhere_counts_only_for_who_is_in_the_channel_of_the_change(
    harness: ServiceHarness,
) -> None:
    await harness.put(on_since(48))
    press = Actor(REQUESTER, OPS, clicked=True)
    assert (await as_in_own_channel(harness.ctx, press, "C-00480")).channel == CHANNEL
    harness.directory.outside = {REQUESTER: {CHANNEL}}
    for here in (OPS, "D0DIRECT"):
        with pytest.raises(NotAllowed, match=f"not in, so nothing was done. It is <#{CHANNEL}>"):
            await as_in_own_channel(harness.ctx, replace(press, channel=here), "C-00480")
    with pytest.raises(NotAllowed, match="a channel that you are not in"):
        await still_needed(harness.ctx, press, "C-00480", "why not")
    assert len(await harness.refusals()) == 3
    await as_in_own_channel(harness.ctx, replace(press, channel=CHANNEL), "C-00480")
    harness.directory.unknown = {CHANNEL}
    with pytest.raises(NotAllowed, match="Slack did not tell whether you are in this channel"):
        await as_in_own_channel(harness.ctx, press, "C-00480")


async def test_who_may_not_propose_says_nothing(harness: ServiceHarness) -> None:
    await harness.put(on_since(48))
    for person in (APPROVER, STRANGER):
        with pytest.raises(NotAllowed if person == APPROVER else Exception, match="may"):
            await still_needed(harness.ctx, Actor(person, OPS, clicked=True), "C-00480", "why not")
    assert await harness.look(lambda tx: tx.still_needed(["C-00480"])) == {}
    # The channel of the change counts, wherever it is pressed.
    await harness.grant(a_grant("U0LOOSE", Role.OPERATOR, customer="66666"))
    await harness.put(on_since(60, customer="66666"))
    with pytest.raises(NotAllowed, match="is not an incident channel"):
        await still_needed(harness.ctx, Actor("U0LOOSE", OPS, clicked=True), "C-00600", "why not")


async def test_without_a_reason_and_of_what_is_off_nothing_is_said(harness: ServiceHarness) -> None:
    await harness.put(on_since(48))
    for reason in ("", "  ", "no", " n o "[:3]):
        with pytest.raises(InvalidInput, match="Say why, in 3 characters or more"):
            await still_needed(harness.ctx, actor(ADMIN, CHANNEL), "C-00480", reason)
    await harness.put(on_since(1, on=False))
    with pytest.raises(Conflict, match="not on any more"):
        await still_needed(harness.ctx, actor(ADMIN), "C-00480", "why not")
    assert await harness.details("on.still_needed") == []
    assert CUSTOMER == "44444"
