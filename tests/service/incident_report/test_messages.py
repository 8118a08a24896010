"""Messages that people add to the report: rights, text, and what is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.incident_report.message import MAX_MESSAGE_CHARS, ReportMessage
from bot.errors import InvalidInput, NotAllowed
from bot.ports import MessageKind, Transaction, message_key
from bot.redaction import log_redactor
from bot.service.incident_report.messages import ChosenMessage, add_message, remove_message
from bot.terminal.audit.verify import verify_trail
from tests.builders import APPROVER, CHANNEL, CUSTOMER, NOW, a_change
from tests.service.harness import STRANGER, ServiceHarness, actor

CHOSEN = ChosenMessage("1773457445.000100", "U0AUTHOR", "Mail is down.", "https://acme/p1")


async def card_of(harness: ServiceHarness, customer: str) -> str:
    """Put a change whose card is posted; return the card's ts."""
    change = a_change(customer=customer)
    await harness.put(change)

    def post(tx: Transaction) -> None:
        tx.enqueue_message(MessageKind.CARD, change)
        row = tx.message(message_key(MessageKind.CARD, change.id))
        assert row is not None
        tx.save_message(replace(row, ts="1773457000.000100"))

    await harness.store.write(post)
    return "1773457000.000100"


async def test_a_message_is_kept_with_who_added_it(harness: ServiceHarness) -> None:
    message, new = await add_message(harness.ctx, actor(APPROVER), CHOSEN)
    assert new
    assert message.posted_at == datetime.fromtimestamp(1773457445.0001, UTC)
    assert (message.channel, message.author, message.text) == (CHANNEL, "U0AUTHOR", "Mail is down.")
    assert (message.added_by, message.added_at, message.permalink) == (
        APPROVER,
        NOW,
        "https://acme/p1",
    )
    assert await harness.look(lambda tx: tx.report_messages()) == [message]
    (detail,) = await harness.details("report.message_added")
    assert detail == {"ts": CHOSEN.ts, "author": "U0AUTHOR", "sha256": message.digest}
    _again, new = await add_message(harness.ctx, actor(APPROVER), CHOSEN)
    assert not new
    assert len(await harness.details("report.message_added")) == 1


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\0xox\0b-1234567890-abcdef"])
async def test_what_no_database_holds_is_left_out(harness: ServiceHarness, text: str) -> None:
    message, _ = await add_message(harness.ctx, actor(APPROVER), replace(CHOSEN, text=text))
    assert message.text in ("ab", "[redacted]")
    assert await harness.look(lambda tx: tx.report_messages()) == [message]
    assert not (await verify_trail(harness.store)).differences.first


@pytest.mark.parametrize("channel", ["D0DIRECT", None])
async def test_nothing_is_added_elsewhere_than_in_a_channel(
    harness: ServiceHarness, channel: str | None
) -> None:
    with pytest.raises(NotAllowed):
        await add_message(harness.ctx, actor(APPROVER, channel or "D0DIRECT"), CHOSEN)


async def test_a_row_that_is_not_as_its_entry_is_found(harness: ServiceHarness) -> None:
    message, _ = await add_message(harness.ctx, actor(APPROVER), CHOSEN)

    async def found(*rows: ReportMessage) -> str:
        def step(tx: Transaction) -> None:
            tx.remove_report_message(CHANNEL, CHOSEN.ts)
            for one in rows:
                tx.add_report_message(one)

        await harness.store.write(step)
        return "\n".join((await verify_trail(harness.store)).differences.first)

    assert await found(message) == ""
    for other in (
        {"text": "All is well."},
        {"author": "U0X"},
        {"added_by": "U0X"},
        {"customer": "1"},
    ):
        altered = replace(message, **other)  # type: ignore[arg-type]  # str fields
        assert "not as entry " in await found(altered)
    assert ", and not in the table" in await found()
    assert "no entry added it" in await found(message, replace(message, ts="1.2"))
    await harness.store.write(lambda tx: tx.remove_report_message(CHANNEL, "1.2"))
    await remove_message(harness.ctx, actor(APPROVER), CHOSEN)
    assert await found() == ""


async def test_the_text_is_redacted_before_it_is_cut(harness: ServiceHarness) -> None:
    harness.ctx = replace(harness.ctx, redact=log_redactor(["canary-secret"]))
    # The cut is in the middle of the secret.
    text = "x" * (MAX_MESSAGE_CHARS - 8) + " canary-secret"
    message, _ = await add_message(harness.ctx, actor(APPROVER), replace(CHOSEN, text=text))
    assert len(message.text) == MAX_MESSAGE_CHARS
    assert message.text.endswith("x [redac…")


async def test_a_message_in_the_thread_of_a_card_is_of_its_change(harness: ServiceHarness) -> None:
    thread = await card_of(harness, CUSTOMER)
    chosen = replace(CHOSEN, thread_ts=thread)
    message, _ = await add_message(harness.ctx, actor(APPROVER), chosen)
    assert (message.change_id, message.customer) == ("C-7K3MX", CUSTOMER)


async def test_of_a_card_the_right_to_view_its_customer_is_needed(harness: ServiceHarness) -> None:
    thread = await card_of(harness, "99999")
    with pytest.raises(NotAllowed):
        await add_message(harness.ctx, actor(APPROVER), replace(CHOSEN, thread_ts=thread))
    with pytest.raises(NotAllowed, match="people who may view a customer of an incident channel"):
        await add_message(harness.ctx, actor(STRANGER), CHOSEN)
    with pytest.raises(NotAllowed, match="people who may view a customer of an incident channel"):
        await add_message(harness.ctx, actor(APPROVER, "C0NOROLE"), CHOSEN)
    assert not await harness.look(lambda tx: tx.report_messages())


@pytest.mark.parametrize("text", ["", " \n"])
async def test_a_message_without_text_is_not_added(harness: ServiceHarness, text: str) -> None:
    with pytest.raises(InvalidInput, match="has no text"):
        await add_message(harness.ctx, actor(APPROVER), replace(CHOSEN, text=text))


@pytest.mark.parametrize("ts", ["", "soon", "1e99", "nan"])
async def test_a_forged_time_is_refused(harness: ServiceHarness, ts: str) -> None:
    with pytest.raises(InvalidInput):
        await add_message(harness.ctx, actor(APPROVER), replace(CHOSEN, ts=ts))


async def test_what_is_removed_is_gone_and_recorded(harness: ServiceHarness) -> None:
    message, _ = await add_message(harness.ctx, actor(APPROVER), CHOSEN)
    with pytest.raises(NotAllowed):
        await remove_message(harness.ctx, actor(STRANGER), CHOSEN)
    assert await remove_message(harness.ctx, actor(APPROVER), CHOSEN) == message
    assert not await harness.look(lambda tx: tx.report_messages())
    (detail,) = await harness.details("report.message_removed")
    assert detail["sha256"] == message.digest
    with pytest.raises(InvalidInput, match="not in the report"):
        await remove_message(harness.ctx, actor(APPROVER), CHOSEN)
