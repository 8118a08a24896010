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
from tests.service.service_setup import STRANGER, House, actor

UNSEEN = SlackRefused("no", code="channel_not_found")
Case = Callable[[House], Awaitable[object]]


def _view(house: House, who: str = REQUESTER, channel: str = CHANNEL) -> Awaitable[object]:
    return authorise(house.ctx, actor(who, channel), Right.VIEW, CUSTOMER)


async def slack_is_silent(house: House) -> object:
    house.directory.error = SlackUnavailable("Slack is slow.")
    return await _view(house)


async def the_place_is_not_seen(house: House) -> object:
    house.directory.error = UNSEEN
    return await _view(house)


async def a_guest(house: House) -> object:
    house.directory.people[REQUESTER] = Person(REQUESTER, "on call", "a guest")
    return await _view(house)


async def a_shared_channel(house: House) -> object:
    house.directory.places[CHANNEL] = Channel(CHANNEL, "x", shared_outside=True, bot_is_member=True)
    return await _view(house)


async def no_row(house: House) -> object:
    return await _view(house, STRANGER)


async def an_approver_withdraws(house: House) -> object:
    await house.put(a_change())
    return await decide.cancel(house.ctx, actor(APPROVER), "C-7K3MX")


async def his_own_change(house: House) -> object:
    await house.put(a_change())
    return await decide.approve(house.ctx, actor(), "C-7K3MX", 0)


async def an_old_card(house: House) -> object:
    await house.put(a_change())
    return await decide.approve(house.ctx, actor(APPROVER), "C-7K3MX", 7)


async def another_channel(house: House) -> object:
    await house.put(a_change(channel="C0ELSEWHERE"))
    return await change_of_channel(house.ctx, actor(), "C-7K3MX")


async def a_typed_id(house: House) -> object:
    return await change_of_channel(house.ctx, actor(), "C-7K3MX")


async def a_card_of_another_database(house: House) -> object:
    return await change_of_channel(house.ctx, replace(actor(), clicked=True), "C-7K3MX")


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
    house: House, case: Case, kind: RefusalKind
) -> None:
    counted: list[RefusalKind] = []
    house.ctx = replace(house.ctx, on_refusal=counted.append)
    with pytest.raises(BotError):
        await case(house)
    assert counted == [kind]


async def test_a_card_of_another_database_says_that_nothing_was_done_and_whom_to_tell(
    house: House,
) -> None:
    with pytest.raises(BotError) as told:
        await a_card_of_another_database(house)
    assert str(told.value) == (
        "I do not know the change C-7K3MX: another bot with another database may be running on this "
        "Slack app, or my database was restored from an older backup. Nothing was done. Tell whoever "
        "runs the bot."
    )


@pytest.mark.parametrize(
    ("channel", "words"), [("D0DIRECT", "channels only"), (CHANNEL, "/invite")]
)
async def test_a_direct_message_is_no_channel_to_be_invited_to(
    house: House, channel: str, words: str
) -> None:
    house.directory.error = UNSEEN
    with pytest.raises(BotError, match=words):
        await _view(house, channel=channel)


async def test_a_silent_slack_in_a_direct_message_is_told_as_silent(house: House) -> None:
    house.directory.error = SlackUnavailable("Slack is slow.")
    with pytest.raises(BotError, match="Slack is slow"):
        await _view(house, channel="D0DIRECT")


async def test_who_is_refused_to_withdraw_is_recorded(house: House) -> None:
    with pytest.raises(BotError) as told:
        await an_approver_withdraws(house)
    assert str(told.value).startswith("Only the requester or an admin withdraws it.")
    [entry] = await house.entries()
    assert (entry.record.kind, entry.record.actor) == ("refused", APPROVER)


async def test_an_approver_whose_row_has_lapsed_is_told_what_it_needs(house: House) -> None:
    await house.grant(a_grant(APPROVER, role=Role.APPROVER, expires_at=house.clock.now()))
    with pytest.raises(BotError, match="needs the role admin"):
        await an_approver_withdraws(house)


async def test_whose_row_is_gone_within_the_step_is_recorded_as_refused(house: House) -> None:
    await house.put(a_change(preview_revision=0))
    house.store.meanwhile.append(
        lambda tx: tx.remove_grant(a_subject(APPROVER), Role.APPROVER, CUSTOMER)
    )
    with pytest.raises(BotError, match="needs the role approver"):
        await decide.deny(house.ctx, actor(APPROVER), "C-7K3MX", "no")
    [entry] = await house.entries()
    assert (entry.record.kind, entry.record.actor) == ("refused", APPROVER)
