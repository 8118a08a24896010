"""What stands in the way of those who are refused is counted, in few kinds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.domain.roles import Right, Role
from bot.errors import BotError, SlackRefused, SlackUnavailable
from bot.ports import Channel, Person
from bot.service.access.authorise import authorise
from bot.service.access.change_lookup import change_of_channel
from bot.service.changes import decide
from bot.service.context import RefusalKind
from tests.builders import APPROVER, CHANNEL, CUSTOMER, REQUESTER, a_change, a_grant, a_subject
from tests.service.harness import STRANGER, ServiceHarness, actor

UNSEEN = SlackRefused("no", code="channel_not_found")
Case = Callable[[ServiceHarness], Awaitable[object]]


def _view(
    harness: ServiceHarness, who: str = REQUESTER, channel: str = CHANNEL
) -> Awaitable[object]:
    return authorise(harness.ctx, actor(who, channel), Right.VIEW, CUSTOMER)


async def slack_is_silent(harness: ServiceHarness) -> object:
    harness.directory.error = SlackUnavailable("Slack is slow.")
    return await _view(harness)


async def the_place_is_not_seen(harness: ServiceHarness) -> object:
    harness.directory.error = UNSEEN
    return await _view(harness)


async def a_guest(harness: ServiceHarness) -> object:
    harness.directory.people[REQUESTER] = Person(REQUESTER, "on call", "a guest")
    return await _view(harness)


async def a_shared_channel(harness: ServiceHarness) -> object:
    harness.directory.places[CHANNEL] = Channel(
        CHANNEL, "x", shared_outside=True, bot_is_member=True
    )
    return await _view(harness)


async def no_row(harness: ServiceHarness) -> object:
    return await _view(harness, STRANGER)


async def an_approver_withdraws(harness: ServiceHarness) -> object:
    await harness.put(a_change())
    return await decide.cancel(harness.ctx, actor(APPROVER), "C-7K3MX")


async def his_own_change(harness: ServiceHarness) -> object:
    await harness.put(a_change())
    return await decide.approve(harness.ctx, actor(), "C-7K3MX", 0)


async def an_old_card(harness: ServiceHarness) -> object:
    await harness.put(a_change())
    return await decide.approve(harness.ctx, actor(APPROVER), "C-7K3MX", 7)


async def another_channel(harness: ServiceHarness) -> object:
    await harness.put(a_change(channel="C0ELSEWHERE"))
    return await change_of_channel(harness.ctx, actor(), "C-7K3MX")


async def a_typed_id(harness: ServiceHarness) -> object:
    return await change_of_channel(harness.ctx, actor(), "C-7K3MX")


async def a_card_of_another_database(harness: ServiceHarness) -> object:
    return await change_of_channel(harness.ctx, replace(actor(), clicked=True), "C-7K3MX")


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        (slack_is_silent, RefusalKind.SLACK_SILENT),
        (the_place_is_not_seen, RefusalKind.UNSEEN_PLACE),
        (a_guest, RefusalKind.BARRED),
        (a_shared_channel, RefusalKind.SHARED_CHANNEL),
        (no_row, RefusalKind.NO_RIGHT),
        (an_approver_withdraws, RefusalKind.NO_RIGHT),
        (his_own_change, RefusalKind.RULE),
        (an_old_card, RefusalKind.CONFLICT),
        (another_channel, RefusalKind.OTHER_CHANNEL),
        (a_typed_id, RefusalKind.UNKNOWN_CHANGE),
        (a_card_of_another_database, RefusalKind.UNKNOWN_CARD),
    ],
)
async def test_each_refusal_is_counted_once_as_what_it_is(
    harness: ServiceHarness, case: Case, kind: RefusalKind
) -> None:
    counted: list[RefusalKind] = []
    harness.ctx = replace(harness.ctx, on_refusal=counted.append)
    with pytest.raises(BotError):
        await case(harness)
    assert counted == [kind]


async def test_a_card_of_another_database_says_that_nothing_was_done_and_whom_to_tell(
    harness: ServiceHarness,
) -> None:
    with pytest.raises(BotError) as told:
        await a_card_of_another_database(harness)
    assert str(told.value) == (
        "I do not know the change C-7K3MX: another bot with another database may be running on this "
        "Slack app, or my database was restored from an older backup. Nothing was done. Tell whoever "
        "runs the bot."
    )


async def test_the_bot_is_invited_to_a_channel_that_it_does_not_see(
    harness: ServiceHarness,
) -> None:
    harness.directory.error = UNSEEN
    with pytest.raises(BotError, match="/invite"):
        await _view(harness, channel=CHANNEL)


async def test_a_silent_slack_in_a_direct_message_is_told_as_silent(
    harness: ServiceHarness,
) -> None:
    harness.directory.error = SlackUnavailable("Slack is slow.")
    with pytest.raises(BotError, match="Slack is slow"):
        await _view(harness, channel="D0DIRECT")


async def test_who_is_refused_to_withdraw_is_recorded(harness: ServiceHarness) -> None:
    with pytest.raises(BotError) as told:
        await an_approver_withdraws(harness)
    assert str(told.value).startswith("Only the requester or an admin withdraws it.")
    [entry] = await harness.entries()
    assert (entry.record.kind, entry.record.actor) == ("refused", APPROVER)


async def test_an_approver_whose_row_has_lapsed_is_told_what_it_needs(
    harness: ServiceHarness,
) -> None:
    await harness.grant(a_grant(APPROVER, role=Role.APPROVER, expires_at=harness.clock.now()))
    with pytest.raises(BotError, match="needs the role admin"):
        await an_approver_withdraws(harness)


async def test_whose_row_is_gone_within_the_step_is_recorded_as_refused(
    harness: ServiceHarness,
) -> None:
    await harness.put(a_change(preview_revision=0))
    harness.store.meanwhile.append(
        lambda tx: tx.remove_grant(a_subject(APPROVER), Role.APPROVER, CUSTOMER)
    )
    with pytest.raises(BotError, match="needs the role approver"):
        await decide.deny(harness.ctx, actor(APPROVER), "C-7K3MX", "no")
    [entry] = await harness.entries()
    assert (entry.record.kind, entry.record.actor) == ("refused", APPROVER)
