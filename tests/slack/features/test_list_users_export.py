"""The way of a list through Slack: its progress, its thread, and that nothing leaves unrecorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.actor import Actor
from bot.domain.roles import Right
from bot.domain.scope import EVERY_USER, Filters
from bot.errors import Ambiguous, BotError, StoreUnusable
from bot.ports import UserState
from bot.service.access.authorise import Authorization
from bot.service.access.principals import Principal
from bot.service.context import Context
from bot.service.queries.list_users import BATCH_USERS, ListRequest
from bot.slack.features import list_users_export
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.list_users_export import PROGRESS_INTERVAL, Export
from bot.slack.payloads import CommandPayload, MentionPayload, TypedPayload
from bot.slack.views.texts import list_users as texts
from bot.store.sqlite.store import SqliteStore
from sandbox.slack import Message, SlackSandbox
from tests.builders import CHANNEL, REQUESTER
from tests.fakes import FakeApi, FakeClock, FakeDirectory, WatchedStore
from tests.scenarios.conftest import said

PAYLOAD = CommandPayload(key="c:1", user=REQUESTER, team="T", app="A", channel=CHANNEL)


class Listed(FakeApi):
    """An API that takes ``seconds`` for each batch of users, and breaks after some of them."""

    def __init__(
        self, clock: FakeClock, users: int, seconds: float, breaks_after: int = -1
    ) -> None:
        super().__init__()
        self.clock, self.number, self.seconds, self.breaks = clock, users, seconds, breaks_after

    async def users(
        self, customer: str, filters: Filters = EVERY_USER
    ) -> AsyncGenerator[UserState, None]:
        for number in range(self.number):
            if number == self.breaks:
                raise Ambiguous("The continuity API broke off.")
            if number % BATCH_USERS == BATCH_USERS - 1:
                self.clock.advance(seconds=self.seconds)
            yield UserState(f"u{number}@example.com", True, None, False, {})


@pytest.fixture
async def watched(store: SqliteStore) -> WatchedStore:
    return WatchedStore(store)


def an_export(
    client: AsyncWebClient,
    store: WatchedStore,
    api: Listed,
    payload: TypedPayload = PAYLOAD,
    **over: Any,
) -> Export:
    ctx = Context(store=store, api=api, directory=FakeDirectory(), clock=api.clock)
    principal = Principal(Actor(REQUESTER, CHANNEL), "name", (), ())
    fields: dict[str, Any] = {
        "name": "Acme GmbH",
        "filters": EVERY_USER,
        "to": CHANNEL,
        "total": api.number,
    }
    order = ListRequest(Authorization(principal, (), Right.VIEW), "44444", **(fields | over))
    return Export(FeatureContext(ctx, client, ""), payload, order)


def one_page(slack: SlackSandbox) -> Message:
    [page] = [m for m in slack.messages if any(b["type"] == "data_table" for b in m.blocks)]
    return page


def progress(page: Message) -> list[str]:
    """What the line beneath the page said, one after the other."""
    return [revision.blocks[-1]["elements"][0]["text"] for revision in page.history]


async def kinds(store: WatchedStore) -> list[str]:
    return [one.record.kind for one in await store.read(lambda tx: tx.entries())]


async def test_how_far_it_is_is_told_every_few_seconds_and_at_the_end(
    slack: SlackSandbox, client: AsyncWebClient, watched: WatchedStore
) -> None:
    clock = FakeClock()
    api = Listed(clock, 6 * BATCH_USERS, PROGRESS_INTERVAL.total_seconds() / 2)
    assert await an_export(client, watched, api).run() == ""
    follows = "users. The file follows in the thread."
    assert progress(one_page(slack)) == [
        f"Reading: 500 of 3,000 {follows}",
        f"Reading: 1,000 of 3,000 {follows}",
        f"Reading: 2,000 of 3,000 {follows}",
        f"Reading: 3,000 of 3,000 {follows}",
        "All 3,000 are in the file in the thread.",
    ]


async def test_a_quick_list_tells_its_end_only(
    slack: SlackSandbox, client: AsyncWebClient, watched: WatchedStore
) -> None:
    await an_export(client, watched, Listed(FakeClock(), 6 * BATCH_USERS, 0)).run()
    assert len(progress(one_page(slack))) == 2


async def test_a_list_that_never_ends_fills_no_disk(
    slack: SlackSandbox, client: AsyncWebClient, watched: WatchedStore
) -> None:
    with pytest.raises(BotError, match="lists far more users than it counts"):
        await an_export(client, watched, Listed(FakeClock(), 20 * BATCH_USERS, 0), total=100).run()
    assert not slack.files_in(CHANNEL)
    assert "lists far more" in progress(one_page(slack))[-1]
    assert "users.exported" not in await kinds(watched)


async def test_a_list_that_drips_does_not_take_a_place_for_good(
    slack: SlackSandbox,
    client: AsyncWebClient,
    watched: WatchedStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(list_users_export, "MAX_EXPORT_SECONDS", 0.2)

    class Dripping(Listed):
        async def users(
            self, customer: str, filters: Filters = EVERY_USER
        ) -> AsyncGenerator[UserState, None]:
            async for user in super().users(customer, filters):
                yield user
            await asyncio.Event().wait()

    with pytest.raises(BotError, match="did not end in time"):
        await asyncio.wait_for(
            an_export(client, watched, Dripping(FakeClock(), BATCH_USERS, 0)).run(), 5
        )
    assert not slack.files_in(CHANNEL)


async def test_progress_that_slack_does_not_take_ends_nothing(
    slack: SlackSandbox, client: AsyncWebClient, watched: WatchedStore
) -> None:
    slack.fail("chat.update", error="ratelimited", retry_after=30, times=99)
    await an_export(client, watched, Listed(FakeClock(), 3 * BATCH_USERS, 60)).run()
    assert len(slack.files_in(CHANNEL)) == 1


async def test_a_mention_in_a_thread_is_answered_in_that_thread(
    slack: SlackSandbox, client: AsyncWebClient, watched: WatchedStore
) -> None:
    root = slack.post(CHANNEL, REQUESTER, "Exchange is down").ts
    payload = MentionPayload(**PAYLOAD.model_dump(exclude={"kind"}), thread_ts=root)
    await an_export(client, watched, Listed(FakeClock(), 3, 0), payload).run()
    page, file = slack.thread(CHANNEL, root)
    assert "All 3" in said(page)
    assert len(file.files) == 1
    [shared] = [c for c in slack.calls if c.method == "files.completeUploadExternal"]
    assert shared.payload["thread_ts"] == root  # Slack wants the thread's own, not a reply's


async def test_what_cannot_be_recorded_does_not_leave(
    slack: SlackSandbox, client: AsyncWebClient, watched: WatchedStore
) -> None:
    watched.errors.append(StoreUnusable("The disk is full."))
    with pytest.raises(StoreUnusable):
        await an_export(client, watched, Listed(FakeClock(), 3, 0)).run()
    assert slack.files == {}


async def test_an_end_that_cannot_be_recorded_does_not_say_that_nothing_was_done(
    slack: SlackSandbox, client: AsyncWebClient, watched: WatchedStore
) -> None:
    export = an_export(client, watched, Listed(FakeClock(), 3, 0))
    watched.meanwhile.append(lambda _: watched.errors.append(StoreUnusable("The disk is full.")))
    assert await export.run() == ""
    assert await kinds(watched) == ["users.exported"]
    assert "All 3" in said(one_page(slack))


async def test_a_list_that_breaks_off_after_the_page_says_so_there_and_leaves_no_file(
    slack: SlackSandbox, client: AsyncWebClient, watched: WatchedStore
) -> None:
    api = Listed(FakeClock(), 3 * BATCH_USERS, 0, breaks_after=2 * BATCH_USERS)
    with pytest.raises(BotError, match="after 1,000 users, so there is no file"):
        await an_export(client, watched, api).run()
    assert "The continuity API broke off. Repeat the command." in progress(one_page(slack))[-1]
    assert slack.files == {}
    assert await kinds(watched) == ["users.export_ended"]


async def test_a_list_that_is_cut_off_says_so_below_its_page(
    slack: SlackSandbox, client: AsyncWebClient, watched: WatchedStore
) -> None:
    reading = asyncio.Event()

    class Silent(Listed):
        async def users(
            self, customer: str, filters: Filters = EVERY_USER
        ) -> AsyncGenerator[UserState, None]:
            async for user in super().users(customer, filters):
                yield user
            reading.set()
            await asyncio.Event().wait()

    run = asyncio.create_task(
        an_export(client, watched, Silent(FakeClock(), BATCH_USERS, 0), total=BATCH_USERS + 1).run()
    )
    await reading.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert progress(one_page(slack))[-1] == texts.INTERRUPTED
    assert slack.files == {}


async def test_nobody_at_all_is_said_where_the_number_was_not_known(
    slack: SlackSandbox, client: AsyncWebClient, watched: WatchedStore
) -> None:
    told = await an_export(client, watched, Listed(FakeClock(), 0, 0), total=None).run()
    assert told == "Acme GmbH (44444) has no users."
    assert slack.messages == []
