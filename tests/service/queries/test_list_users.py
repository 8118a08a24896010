"""Lists of users: who may make one, where it goes, and what is recorded before it leaves."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from functools import partial

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.commands import ListUsersCommand
from bot.domain.roles import Role
from bot.domain.scope import EVERY_USER, Filters, Users
from bot.errors import Ambiguous, Conflict, InvalidInput, NotAllowed, Refused, SlackRefused
from bot.ports import Channel, UserState
from bot.service.queries.list_users import (
    BATCH_USERS,
    ListLimiter,
    ListRequest,
    batches,
    csv_of,
    record_export,
    record_export_end,
    record_list,
    request_cannot_read,
    request_list,
)
from tests.builders import CHANNEL, CUSTOMER, OTHER_CUSTOMER, REQUESTER, a_change, a_grant
from tests.service.harness import STRANGER, ServiceHarness, actor, groups

VIEWER = "U0VIEWER"
ELSEWHERE, DIRECT = "C0ELSEWHERE", "D0DIRECT"
FAILOVER_ON = Filters(("emea",), failover=True)
ASKED = ListUsersCommand(CUSTOMER, EVERY_USER)
HERE = replace(ASKED, here=True)


@pytest.fixture
async def viewed(harness: ServiceHarness) -> ServiceHarness:
    await harness.grant(a_grant(VIEWER, Role.VIEWER))
    return harness


async def test_in_an_incident_channel_the_channel_sees_it_if_asked(viewed: ServiceHarness) -> None:
    order = await request_list(viewed.ctx, actor(VIEWER), HERE)
    assert (order.to, order.private, order.total) == (CHANNEL, False, 3)
    await record_list(viewed.ctx, order)
    [listed] = await viewed.details("users.listed")
    assert listed["filters"] == "every user"
    assert (listed["total"], listed["to"]) == (3, CHANNEL)
    assert f"{VIEWER} viewer {CUSTOMER}" in listed["rows"]
    assert f"{CHANNEL} incident {CUSTOMER}" in listed["rows"]


@pytest.mark.parametrize(
    ("channel", "here"), [(CHANNEL, False), (ELSEWHERE, False), (ELSEWHERE, True), (DIRECT, True)]
)
async def test_the_asker_alone_sees_it_else(
    viewed: ServiceHarness, channel: str, here: bool
) -> None:
    """Slack does not tell of direct messages: the directory is not asked for this place."""
    viewed.directory.places[ELSEWHERE] = Channel(ELSEWHERE, "elsewhere", False, bot_is_member=False)
    place = viewed.directory.channel

    async def unseen(channel_id: str) -> Channel:
        if channel_id == DIRECT:
            raise SlackRefused("Slack refused it.", code="missing_scope")
        return await place(channel_id)

    viewed.directory.channel = unseen  # type: ignore[method-assign]  # as Slack answers
    asked = replace(ASKED, here=here)
    order = await request_list(viewed.ctx, actor(VIEWER, channel), asked)
    assert (order.to, order.private) == (VIEWER, True)
    await record_list(viewed.ctx, order)
    [entry] = [e for e in await viewed.entries() if e.record.kind == "users.listed"]
    assert (entry.record.channel, entry.record.detail["to"]) == (channel, VIEWER)


@pytest.mark.parametrize("channel", [CHANNEL, ELSEWHERE, DIRECT])
async def test_without_a_row_of_his_own_nobody_gets_it_anywhere(
    viewed: ServiceHarness, channel: str
) -> None:
    with pytest.raises(NotAllowed, match="needs the role viewer"):
        await request_list(viewed.ctx, actor(STRANGER, channel), ASKED)
    with pytest.raises(NotAllowed, match="needs the role viewer"):
        await request_list(
            viewed.ctx, actor(VIEWER, channel), ListUsersCommand(OTHER_CUSTOMER, EVERY_USER)
        )
    assert viewed.api.asked == []
    assert await viewed.trail() == ["refused", "refused"]


async def test_in_a_channel_shared_outside_nobody_gets_it(viewed: ServiceHarness) -> None:
    viewed.directory.places[ELSEWHERE] = Channel(ELSEWHERE, "shared", True, True)
    with pytest.raises(NotAllowed, match="shared with another company"):
        await request_list(viewed.ctx, actor(VIEWER, ELSEWHERE), ASKED)


async def test_where_the_bot_cannot_post_it_says_so_and_privately_it_goes(
    viewed: ServiceHarness,
) -> None:
    viewed.directory.places[CHANNEL] = Channel(CHANNEL, "incident", False, bot_is_member=False)
    with pytest.raises(NotAllowed, match="/invite, or leave out --here"):
        await request_list(viewed.ctx, actor(VIEWER), HERE)
    assert (await request_list(viewed.ctx, actor(VIEWER), ASKED)).private


async def test_at_the_terminal_it_goes_to_the_terminal(viewed: ServiceHarness) -> None:
    order = await request_list(viewed.ctx, Actor(VIEWER, None, terminal="op@jump1"), ASKED)
    assert (order.to, order.private) == ("terminal", False)
    await record_list(viewed.ctx, order)
    [listed] = await viewed.details("users.listed")
    assert listed["on_behalf_of"] == VIEWER


async def test_the_filters_are_counted_and_recorded(viewed: ServiceHarness) -> None:
    asked = ListUsersCommand(CUSTOMER, FAILOVER_ON)
    order = await request_list(viewed.ctx, actor(VIEWER), asked)
    assert (order.total, order.filters) == (0, FAILOVER_ON)
    await record_list(viewed.ctx, order)
    [listed] = await viewed.details("users.listed")
    assert listed["filters"] == "failover on, group emea"


async def test_an_api_that_says_no_is_told_and_one_that_is_silent_is_not_waited_for(
    viewed: ServiceHarness,
) -> None:
    viewed.api.unreadable = Refused("Forbidden", status=403)
    with pytest.raises(Refused):
        await request_list(viewed.ctx, actor(VIEWER), ASKED)
    viewed.api.unreadable = None
    viewed.api.gate.clear()
    order = await request_list(replace(viewed.ctx, preview_seconds=0.05), actor(VIEWER), ASKED)
    assert order.total is None


async def test_the_export_and_its_end_are_recorded_without_anybody_named(
    viewed: ServiceHarness,
) -> None:
    order = await request_list(viewed.ctx, actor(VIEWER), ASKED)
    await record_list(viewed.ctx, order)
    await record_export(viewed.ctx, order, 3)
    await record_export_end(viewed.ctx, order, 3, "", "F0123")
    assert await viewed.trail() == ["users.listed", "users.exported", "users.export_ended"]
    entries = await viewed.entries()
    assert not re.search("@example", str(entries))
    assert (await viewed.details("users.export_ended"))[0]["file"] == "F0123"


async def test_users_come_in_batches_and_none_is_empty(viewed: ServiceHarness) -> None:
    viewed.api.held[CUSTOMER].clear()
    order = await request_list(viewed.ctx, actor(VIEWER), ASKED)
    assert [len(batch) async for batch in batches(viewed.ctx, order)] == []
    viewed.api.add(CUSTOMER, *(f"u{number}@example.com" for number in range(2 * BATCH_USERS + 1)))
    assert [len(batch) async for batch in batches(viewed.ctx, order)] == [
        BATCH_USERS,
        BATCH_USERS,
        1,
    ]


async def test_what_is_left_early_is_closed(viewed: ServiceHarness) -> None:
    ended: list[str] = []

    async def endless(
        customer: str, filters: Filters = EVERY_USER
    ) -> AsyncGenerator[UserState, None]:
        try:
            while True:
                yield UserState("a@example.com", None, None, None)
        finally:
            ended.append("closed")

    viewed.api.users = endless  # type: ignore[method-assign]  # a list that never ends
    order = await request_list(viewed.ctx, actor(VIEWER), ASKED)
    async with aclosing(batches(viewed.ctx, order)) as stream:
        assert len(await anext(stream)) == BATCH_USERS
    assert ended == ["closed"]


async def test_a_list_that_breaks_raises_and_gives_no_rest(viewed: ServiceHarness) -> None:
    async def breaking(
        customer: str, filters: Filters = EVERY_USER
    ) -> AsyncGenerator[UserState, None]:
        yield UserState("a@example.com", None, None, None)
        raise Ambiguous("No answer.")

    viewed.api.users = breaking  # type: ignore[method-assign]  # a list that breaks off
    order = await request_list(viewed.ctx, actor(VIEWER), ASKED)
    with pytest.raises(Ambiguous):
        assert [batch async for batch in batches(viewed.ctx, order)] == []


def test_the_file_tells_flags_as_told_and_what_is_not_told_is_empty() -> None:
    fields = {"user": "A@example.com", "displayName": "=cmd()", "quota": 5, "access": "x"}
    told = UserState("a@example.com", True, None, False, fields)
    header, line = csv_of([told], header=True)
    columns = dict(zip(header.strip().split(","), line.strip().split(","), strict=True))
    assert columns["user"] == "a@example.com"
    assert columns["displayName"] == "'=cmd()"
    assert [columns[one] for one in ("failover", "access", "activation")] == ["true", "", "false"]
    assert "quota" not in columns
    assert list(csv_of([told], header=False)) == [line]


async def test_two_lists_are_read_at_once_and_none_twice(viewed: ServiceHarness) -> None:
    lists = ListLimiter()
    orders = [
        await request_list(viewed.ctx, actor(who), replace(HERE, filters=filters))
        for who, filters in (
            (VIEWER, EVERY_USER),
            (VIEWER, FAILOVER_ON),
            (VIEWER, Filters(access=True)),
            (REQUESTER, EVERY_USER),
        )
    ]
    end = lists.begin(orders[0])
    with pytest.raises(InvalidInput, match="read already"):
        lists.begin(orders[3])
    lists.begin(orders[1])
    with pytest.raises(InvalidInput, match="2 lists are being read now"):
        lists.begin(orders[2])
    end()
    lists.begin(orders[2])


async def cannot_read_file(
    harness: ServiceHarness, change: Change
) -> tuple[ListRequest, list[str]]:
    await harness.put(change)
    order = await request_cannot_read(harness.ctx, actor(VIEWER), change.id)
    return order, [user.address async for batch in batches(harness.ctx, order) for user in batch]


async def test_who_cannot_read_their_mail_is_listed_once_each_for_the_asker_alone(
    viewed: ServiceHarness,
) -> None:
    add = partial(viewed.api.add, CUSTOMER, failover=True, groups=frozenset({"emea"}))
    add("k@example.com")
    add("l@example.com", access=False)
    add("m@example.com", activation=False)
    add("n@example.com", access=False, activation=False)
    viewed.api.add(CUSTOMER, "o@example.com", failover=False, access=False)
    viewed.api.add(CUSTOMER, "p@example.com", failover=True, access=False)

    order, found = await cannot_read_file(viewed, a_change(scope=groups("emea")))
    assert found == ["l@example.com", "n@example.com", "m@example.com"]
    assert (order.to, order.private, order.total) == (VIEWER, True, 3)
    await record_list(viewed.ctx, order)
    assert (await viewed.details("users.listed"))[0]["filters"] == (
        "failover on, group emea, cannot read their mail"
    )

    _, everybody = await cannot_read_file(viewed, a_change(id="C-00002"))
    assert len(everybody) == 4
    named = Users(("K@example.com", "M@example.com"))
    order, found = await cannot_read_file(viewed, a_change(id="C-00003", scope=named))
    assert (found, order.total) == (["m@example.com"], None)
    assert order.words[-1] == "named in C-00003"


async def test_who_cannot_read_is_told_to_whoever_may_list_users_and_after_a_failover_alone(
    viewed: ServiceHarness,
) -> None:
    await viewed.put(a_change(), a_change(id="C-00002", on=False))
    with pytest.raises(NotAllowed, match="You may not view"):
        await request_cannot_read(viewed.ctx, actor(STRANGER), "C-7K3MX")
    with pytest.raises(Conflict, match="C-00002 moved nobody"):
        await request_cannot_read(viewed.ctx, actor(VIEWER), "C-00002")
