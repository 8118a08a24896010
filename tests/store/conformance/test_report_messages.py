"""Messages that people added to the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.incident_report.message import ReportMessage
from bot.ports import MessageKind, Store, Transaction, message_key
from tests.builders import CHANNEL, CUSTOMER, NOW, REQUESTER, a_change

OTHER_CHANNEL = "C0OTHER"

MESSAGE = ReportMessage(
    channel=CHANNEL,
    ts="1773457445.000100",
    author="U0AUTHOR",
    text="The server room is on fire\0.",
    permalink="https://acme.slack.com/archives/C0INCIDENT/p1773457445000100",
    posted_at=NOW,
    added_by=REQUESTER,
    added_at=NOW + timedelta(minutes=5),
    change_id="C-7K3MX",
    customer=CUSTOMER,
)
KEPT = replace(MESSAGE, text="The server room is on fire\N{REPLACEMENT CHARACTER}.")


async def test_a_message_comes_back_whole_and_is_there_once(store: Store) -> None:
    assert await store.write(lambda tx: tx.add_report_message(MESSAGE))
    again = replace(MESSAGE, text="another", added_by="U0OTHER")
    assert not await store.write(lambda tx: tx.add_report_message(again))
    assert list(await store.read(lambda tx: tx.report_messages())) == [KEPT]


async def test_a_removed_message_is_returned_once(store: Store) -> None:
    await store.write(lambda tx: tx.add_report_message(MESSAGE))
    other = await store.write(lambda tx: tx.remove_report_message(OTHER_CHANNEL, MESSAGE.ts))
    removed = await store.write(lambda tx: tx.remove_report_message(CHANNEL, MESSAGE.ts))
    again = await store.write(lambda tx: tx.remove_report_message(CHANNEL, MESSAGE.ts))
    assert (other, removed, again) == (None, KEPT, None)
    assert not await store.read(lambda tx: tx.report_messages())


async def test_messages_are_found_by_channel_and_time_in_the_order_of_their_posting(
    store: Store,
) -> None:
    rows = [
        replace(KEPT, ts=str(at), posted_at=NOW + timedelta(minutes=at), channel=channel)
        for at, channel in ((3, CHANNEL), (1, CHANNEL), (2, OTHER_CHANNEL), (4, CHANNEL))
    ]

    def add(tx: Transaction) -> None:
        for row in rows:
            tx.add_report_message(row)

    await store.write(add)

    async def found(**where: object) -> list[str]:
        return [
            one.ts
            for one in await store.read(lambda tx: tx.report_messages(**where))  # type: ignore[arg-type]  # what each test asks
        ]

    assert await found() == ["1", "2", "3", "4"]
    assert await found(channel=CHANNEL) == ["1", "3", "4"]
    since, until = NOW + timedelta(minutes=3), NOW + timedelta(minutes=4)
    assert await found(channel=CHANNEL, since=since) == ["3", "4"]
    assert await found(until=until) == ["1", "2", "3"]
    assert await found(limit=2) == ["1", "2"]


async def test_the_change_of_a_card_is_found_by_its_place(store: Store) -> None:
    change = a_change()

    def post(tx: Transaction) -> None:
        tx.add_change(change)
        for kind, ts in ((MessageKind.CARD, "1.0"), (MessageKind.TIMELINE, "2.0")):
            tx.enqueue_message(kind, change)
            row = tx.message(message_key(kind, change.id, change.revision))
            assert row is not None
            tx.save_message(replace(row, ts=ts, shown=row.wanted))

    await store.write(post)

    async def found(channel: str, ts: str) -> str:
        return await store.read(lambda tx: tx.card_change(channel, ts))

    assert await found(CHANNEL, "1.0") == change.id
    assert await found(CHANNEL, "2.0") == ""
    assert await found(OTHER_CHANNEL, "1.0") == ""
