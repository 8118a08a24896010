"""Files of a change: personal data stands in the incident channel of the customer, or with the requester alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.actions import ImportUsers
from bot.domain.change import Change
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.roles import Grant, Role
from bot.domain.scope import FileUsers
from bot.domain.user_files.import_rows import ImportRow, RowStatus
from bot.errors import SlackUnavailable
from bot.ports import MessageKind, Transaction, message_key
from bot.slack.api.channels import ChannelCheck
from bot.slack.outbox.attachments import AttachmentPoster
from bot.store.sqlite.store import SqliteStore
from sandbox.slack import SlackSandbox
from tests.builders import CHANNEL, CUSTOMER, NOW, OTHER_CUSTOMER, REQUESTER, a_change, a_grant
from tests.fakes import FakeClock

OPS = "C0OPS"
INCIDENT = a_grant(CHANNEL, Role.INCIDENT, customer=CUSTOMER)


async def post(
    store: SqliteStore,
    client: AsyncWebClient,
    grant: Grant,
    card_in: str = CHANNEL,
    kind: MessageKind = MessageKind.RESULTS,
    then: Callable[[Transaction, Change], None] = lambda _, __: None,
) -> None:
    """Enclose what became of one user in a change whose card stands in ``card_in``."""
    change = a_change(action=ImportUsers("users.csv"), scope=FileUsers(1, "0" * 64))
    card = str((await client.chat_postMessage(channel=card_in, text="card"))["ts"])

    def step(tx: Transaction) -> None:
        tx.put_grant(grant)
        tx.add_change(change)
        tx.put_user_outcomes(change.id, [UserOutcome("jo@example.com", UserStatus.APPLIED)])
        for one in (MessageKind.CARD, kind):
            tx.enqueue_message(one, change)
        then(tx, change)
        posted = tx.message(message_key(MessageKind.CARD, change.id))
        assert posted
        tx.save_message(replace(posted, channel=card_in, ts=card, shown=change.revision))

    await store.write(step)
    [due] = await store.read(lambda tx: tx.due_messages(NOW, files=True))
    await AttachmentPoster(store, client, FakeClock(), ChannelCheck(client)).deliver(due)


async def test_it_stands_in_the_thread_of_the_card(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore
) -> None:
    await post(store, client, INCIDENT)
    card = slack.channel_messages(CHANNEL)[0].ts
    assert [len(message.files) for message in slack.thread(CHANNEL, card)] == [1]


@pytest.mark.parametrize(
    "grant",
    [
        a_grant(REQUESTER, Role.OPERATOR, customer=CUSTOMER),
        replace(INCIDENT, customer=OTHER_CUSTOMER),
        replace(INCIDENT, expires_at=NOW - timedelta(seconds=1)),
    ],
)
async def test_where_the_channel_has_no_row_for_the_customer_the_requester_alone_has_it(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore, grant: Grant
) -> None:
    await post(store, client, grant)
    assert not slack.files_in(CHANNEL)
    assert len(slack.files_in(REQUESTER)) == 1


@pytest.mark.parametrize("rows", [0, 1])
async def test_what_was_there_before_is_not_told_by_halves_once_it_has_begun(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore, rows: int
) -> None:
    """The rows tell by then what is there now, or are gone; the card promises a file."""
    row = ImportRow(1, "jo@example.com", {"displayName": "Jo B"}, None, RowStatus.CHANGED)

    def begun(tx: Transaction, change: Change) -> None:
        tx.add_import(change.id, [row][:rows], skipped=0)
        tx.save_compared(change.id, [row][:rows])
        tx.save_change(change.revised(attempts=1))

    await post(store, client, INCIDENT, kind=MessageKind.DIFF, then=begun)
    assert not slack.files_in(CHANNEL)
    [told] = slack.thread(CHANNEL, slack.channel_messages(CHANNEL)[0].ts)
    assert told.text.startswith("import-C-7K3MX-changes.csv was not posted before the change began")


async def test_a_card_that_went_elsewhere_takes_no_file_along(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore
) -> None:
    slack.add_channel(OPS, "ops", members=[REQUESTER])
    await post(store, client, INCIDENT, card_in=OPS)
    assert not slack.files_in(OPS)
    assert len(slack.files_in(REQUESTER)) == 1


@pytest.mark.parametrize("withheld", [False, True])
async def test_a_channel_that_became_shared_is_told_that_the_file_is_with_the_requester(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore, withheld: bool
) -> None:
    why = "this channel is shared with another company"
    if withheld:
        slack.withheld["conversations.info"] = ("channel.is_ext_shared",)
        why = f"Slack does not tell whether {why}"
    else:
        slack.channels[CHANNEL].is_ext_shared = True
    await post(store, client, INCIDENT)
    assert slack.files_in(CHANNEL) == []
    [file] = slack.files_in(REQUESTER)
    assert b"jo@example.com" in file.content
    card = slack.channel_messages(CHANNEL)[0].ts
    [said] = slack.thread(CHANNEL, card)
    assert said.text == f"A file of C-7K3MX went to its requester alone: {why}."


async def test_while_slack_does_not_tell_of_the_channel_no_file_leaves(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore
) -> None:
    slack.fail("conversations.info", status=503)
    with pytest.raises(SlackUnavailable):
        await post(store, client, INCIDENT)
    assert slack.files_in(CHANNEL) == slack.files_in(REQUESTER) == []
