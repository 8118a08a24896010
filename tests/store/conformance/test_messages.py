"""The outbox: what is behind, in which order, when to try again, and what waits for its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.ports import Message, MessageKind, Store, Transaction
from tests.builders import CHANNEL, NOW, a_change

CARD, TIMELINE, OUTCOME = MessageKind.CARD, MessageKind.TIMELINE, MessageKind.OUTCOME
LATER = NOW + timedelta(seconds=20)
CHANGE = a_change()


@pytest.fixture
async def store_with_a_change(store: Store) -> Store:
    await _add(store, CHANGE)
    return store


async def _add(store: Store, *changes: Change) -> None:
    def step(tx: Transaction) -> None:
        for change in changes:
            tx.add_change(change)

    await store.write(step)


async def _want(store: Store, change: Change, *kinds: MessageKind) -> None:
    def step(tx: Transaction) -> None:
        for kind in kinds:
            tx.enqueue_message(kind, change)

    await store.write(step)


async def _due(store: Store, now: datetime = NOW) -> list[str]:
    return [message.key for message in await store.read(lambda tx: tx.due_messages(now))]


async def _message(store: Store, key: str) -> Message:
    message = await store.read(lambda tx: tx.message(key))
    assert message is not None
    return message


async def _save(store: Store, key: str, **fields: object) -> None:
    row = await _message(store, key)
    await store.write(lambda tx: tx.save_message(replace(row, **fields)))  # type: ignore[arg-type]  # names are checked by replace()


async def test_a_wanted_message_is_due_at_once(store_with_a_change: Store) -> None:
    store = store_with_a_change
    await _want(store, CHANGE, CARD)

    due = await store.read(lambda tx: tx.due_messages(NOW))

    assert due == [Message("card:C-7K3MX", CARD, "C-7K3MX", CHANNEL, wanted=1)]
    assert due[0] == await _message(store, "card:C-7K3MX")
    at = await store.read(lambda tx: tx.next_due())
    assert at is not None
    assert at <= NOW


async def test_each_person_is_told_directly_and_waits_for_no_card(
    store_with_a_change: Store,
) -> None:
    store = store_with_a_change
    for person in ("U0ONE", "U0TWO", "U0ONE"):
        await store.write(
            lambda tx, person=person: tx.enqueue_message(
                MessageKind.ASSERTED, CHANGE, person=person
            )  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
        )
    assert await _due(store) == ["asserted:C-7K3MX:U0ONE", "asserted:C-7K3MX:U0TWO"]
    assert await store.read(lambda tx: sorted(tx.due_channels(NOW))) == ["U0ONE", "U0TWO"]


async def test_nothing_wanted_is_nothing_due(store: Store) -> None:
    assert await _due(store) == []
    assert await store.read(lambda tx: tx.next_due()) is None
    assert await store.read(lambda tx: tx.message("card:C-00000")) is None


async def test_a_message_that_shows_what_is_wanted_is_not_due(store_with_a_change: Store) -> None:
    store = store_with_a_change
    await _want(store, CHANGE, CARD)
    await _save(store, "card:C-7K3MX", shown=1, ts="1.0")

    assert await _due(store) == []
    assert await store.read(lambda tx: tx.next_due()) is None
    assert (await _message(store, "card:C-7K3MX")).ts == "1.0"


async def test_the_newest_revision_is_wanted_once(store_with_a_change: Store) -> None:
    """Three steps are one update of the card, and an old step cannot ask for less."""
    store = store_with_a_change
    for revision in (1, 3, 2):
        await _want(store, a_change(revision=revision), CARD)

    due = await store.read(lambda tx: tx.due_messages(NOW))

    assert [(message.key, message.wanted) for message in due] == [("card:C-7K3MX", 3)]


async def test_a_change_that_moved_while_its_card_was_sent_is_due_again(
    store_with_a_change: Store,
) -> None:
    """Saving what was sent must not overwrite what has been asked for meanwhile."""
    store = store_with_a_change
    await _want(store, CHANGE, CARD)
    sending = await _message(store, "card:C-7K3MX")
    await _want(store, a_change(revision=2), CARD)

    await store.write(lambda tx: tx.save_message(replace(sending, shown=1, ts="1.0")))

    assert await _due(store) == ["card:C-7K3MX"]
    row = await _message(store, "card:C-7K3MX")
    assert (row.wanted, row.shown, row.ts) == (2, 1, "1.0")


async def test_each_ending_has_its_own_outcome(store_with_a_change: Store) -> None:
    store = store_with_a_change
    await _want(store, a_change(revision=1), OUTCOME)
    await _save(store, "outcome:C-7K3MX:1", shown=1, ts="1.0")
    await _want(store, a_change(revision=2), OUTCOME, OUTCOME)

    assert await _due(store) == ["outcome:C-7K3MX:2"]
    assert (await _message(store, "outcome:C-7K3MX:1")).wanted == 1


async def test_an_ending_that_was_overtaken_before_it_was_posted_is_not_posted_as_well(
    store_with_a_change: Store,
) -> None:
    """Both would tell of the change as it stands now: the same outcome twice."""
    store = store_with_a_change
    await _want(store, a_change(revision=1), OUTCOME)
    failing = await _message(store, "outcome:C-7K3MX:1")
    await _want(store, a_change(revision=2), OUTCOME)
    assert await _due(store) == ["outcome:C-7K3MX:2"]

    error = replace(failing, tries=1, error="Slack did not answer.", due_at=NOW)
    await store.write(lambda tx: tx.save_message(error))  # it was on its way meanwhile

    assert await _due(store) == ["outcome:C-7K3MX:2"]


async def test_timelines_come_last_and_everything_else_is_in_its_order(
    store: Store,
) -> None:
    first, second = a_change(id="C-00001"), a_change(id="C-00002")
    await _add(store, first, second)
    await _want(store, second, TIMELINE, OUTCOME)
    await _want(store, first, OUTCOME, TIMELINE, CARD)
    await _save(store, "card:C-00001", shown=1, ts="1.1")
    await _want(store, second, CARD)
    await _save(store, "card:C-00002", shown=1, ts="2.1")
    await _want(store, replace(second, revision=2), CARD)
    await _want(store, replace(first, revision=2), CARD)

    assert await _due(store) == [
        "outcome:C-00002:1",
        "outcome:C-00001:1",
        "card:C-00002",
        "card:C-00001",
        "timeline:C-00002",
        "timeline:C-00001",
    ]
    two: Sequence[Message] = await store.read(lambda tx: tx.due_messages(NOW, limit=2))
    assert [message.key for message in two] == ["outcome:C-00002:1", "outcome:C-00001:1"]


async def test_a_failed_delivery_waits_for_its_time(store_with_a_change: Store) -> None:
    store = store_with_a_change
    await _want(store, CHANGE, CARD)
    await _save(store, "card:C-7K3MX", due_at=LATER, tries=2, error="ratelimited")

    assert await _due(store, LATER - timedelta(microseconds=1)) == []
    assert await _due(store, LATER) == ["card:C-7K3MX"]
    assert await store.read(lambda tx: tx.next_due()) == LATER
    row = await _message(store, "card:C-7K3MX")
    assert (row.tries, row.error, row.due_at) == (2, "ratelimited", LATER)


async def test_a_new_revision_does_not_cut_the_wait_after_an_error_short(
    store_with_a_change: Store,
) -> None:
    store = store_with_a_change
    await _want(store, CHANGE, CARD)
    await _save(store, "card:C-7K3MX", due_at=LATER, tries=1, error="ratelimited")
    await _want(store, a_change(revision=2), CARD)

    assert await _due(store) == []
    assert await store.read(lambda tx: tx.next_due()) == LATER


async def test_a_new_revision_is_due_at_once_after_a_success(store_with_a_change: Store) -> None:
    store = store_with_a_change
    await _want(store, CHANGE, CARD)
    await _save(store, "card:C-7K3MX", shown=1, due_at=LATER, error="")
    await _want(store, a_change(revision=2), CARD)

    assert await _due(store) == ["card:C-7K3MX"]


async def test_the_next_due_is_the_earliest_of_those_behind(store: Store) -> None:
    ids = ("C-00001", "C-00002", "C-00003")
    await _add(store, *(a_change(id=one) for one in ids))
    for hours, one in enumerate(ids):
        await _want(store, a_change(id=one), CARD)
        at = NOW + timedelta(hours=hours)
        await _save(store, f"card:{one}", due_at=at, error="x", shown=1 if hours == 0 else 0)

    assert await store.read(lambda tx: tx.next_due()) == NOW + timedelta(hours=1)


@pytest.mark.parametrize("order", [(CARD, OUTCOME), (OUTCOME, CARD)])
async def test_an_outcome_is_held_back_until_its_card_shows_the_same_step(
    store_with_a_change: Store, order: tuple[MessageKind, MessageKind]
) -> None:
    store = store_with_a_change
    await _want(store, CHANGE, CARD)
    await _save(store, "card:C-7K3MX", shown=1, ts="1.0")
    ended = a_change(revision=2)
    await _want(store, ended, *order)

    assert await _due(store) == ["card:C-7K3MX"]
    await _save(store, "card:C-7K3MX", shown=2)
    assert await _due(store) == ["outcome:C-7K3MX:2"]


async def test_a_card_that_keeps_moving_does_not_hold_the_outcome_back_for_good(
    store_with_a_change: Store,
) -> None:
    store = store_with_a_change
    await _want(store, a_change(revision=2), CARD, OUTCOME)
    await _want(store, a_change(revision=3), CARD)
    await _save(store, "card:C-7K3MX", shown=2)

    assert await _due(store) == ["card:C-7K3MX", "outcome:C-7K3MX:2"]


async def test_a_card_given_up_on_lets_the_outcome_go(store_with_a_change: Store) -> None:
    """The publisher marks it: shown = wanted, though nothing was shown."""
    store = store_with_a_change
    await _want(store, a_change(revision=2), CARD, OUTCOME)
    await _save(store, "card:C-7K3MX", shown=2, error="channel_not_found")

    assert await _due(store) == ["outcome:C-7K3MX:2"]


async def test_an_outcome_without_a_card_is_not_held_back(store_with_a_change: Store) -> None:
    store = store_with_a_change
    await _want(store, a_change(), OUTCOME)

    assert await _due(store) == ["outcome:C-7K3MX:1"]


async def test_an_outcome_of_another_change_is_not_held_back(store: Store) -> None:
    first, second = a_change(id="C-00001"), a_change(id="C-00002")
    await _add(store, first, second)
    await _want(store, first, CARD)
    await _want(store, second, OUTCOME)

    assert await _due(store) == ["card:C-00001", "outcome:C-00002:1"]


async def test_an_outcome_that_is_held_back_does_not_make_the_next_due_early(
    store_with_a_change: Store,
) -> None:
    """Else the publisher would wake, find nothing due, and wake again at once."""
    store = store_with_a_change
    await _want(store, a_change(), CARD, OUTCOME)
    await _save(store, "card:C-7K3MX", due_at=LATER, error="ratelimited")

    assert await _due(store) == []
    assert await store.read(lambda tx: tx.next_due()) == LATER


async def test_a_change_from_the_terminal_has_a_row_without_a_channel(store: Store) -> None:
    change = a_change(channel="")
    await _add(store, change)
    await _want(store, change, CARD)

    assert (await _message(store, "card:C-7K3MX")).channel == ""


async def test_a_message_that_was_posted_stays_in_its_channel(store_with_a_change: Store) -> None:
    """A ts means nothing in another channel; before the post the newest channel counts."""
    store = store_with_a_change
    await _want(store, a_change(channel="C0ONE"), CARD)
    await _want(store, a_change(channel="C0TWO", revision=2), CARD)
    assert (await _message(store, "card:C-7K3MX")).channel == "C0TWO"
    await _save(store, "card:C-7K3MX", shown=2, ts="1.0")
    await _want(store, a_change(channel="C0THREE", revision=3), CARD)

    assert (await _message(store, "card:C-7K3MX")).channel == "C0TWO"


async def test_an_outcome_does_not_wait_for_a_card_that_was_not_asked_to_move(
    store_with_a_change: Store,
) -> None:
    store = store_with_a_change
    await _want(store, CHANGE, CARD)
    await _save(store, "card:C-7K3MX", shown=1)
    await _want(store, a_change(revision=2), OUTCOME)

    assert await _due(store) == ["outcome:C-7K3MX:2"]


async def test_a_message_that_is_behind_keeps_its_place_when_more_is_wanted(
    store: Store,
) -> None:
    first, second = a_change(id="C-00001"), a_change(id="C-00002")
    await _add(store, first, second)
    await _want(store, first, CARD)
    await _want(store, second, CARD)
    await _want(store, replace(first, revision=2), CARD)

    assert await _due(store) == ["card:C-00001", "card:C-00002"]


async def test_a_timeline_waits_until_its_card_is_posted(store_with_a_change: Store) -> None:
    store = store_with_a_change
    await _want(store, CHANGE, CARD, TIMELINE)
    assert await _due(store) == [f"card:{CHANGE.id}"]
    await _save(store, f"card:{CHANGE.id}", shown=1, ts="1.1")
    assert await _due(store) == [f"timeline:{CHANGE.id}"]


async def test_each_channel_has_its_own_row_of_what_is_due(store: Store) -> None:
    here, there = a_change(id="C-00001"), a_change(id="C-00002", channel="C0OTHER")
    await _add(store, here, there)
    await _want(store, here, CARD)
    await _want(store, there, CARD)
    await _save(store, "card:C-00002", due_at=LATER)
    assert await store.read(lambda tx: tx.due_channels(NOW)) == [CHANNEL]
    assert set(await store.read(lambda tx: tx.due_channels(LATER))) == {CHANNEL, "C0OTHER"}
    due = await store.read(lambda tx: tx.due_messages(LATER, channel="C0OTHER"))
    assert [message.key for message in due] == ["card:C-00002"]


async def test_a_message_stays_where_it_was_posted(store_with_a_change: Store) -> None:
    store = store_with_a_change
    await _want(store, CHANGE, CARD)
    await _save(store, f"card:{CHANGE.id}", shown=1, ts="1.1", channel="D0REQUESTER")
    await _want(store, replace(CHANGE, revision=2), CARD)
    assert (await _message(store, f"card:{CHANGE.id}")).channel == "D0REQUESTER"


async def test_a_new_card_may_wait_for_its_count(store_with_a_change: Store) -> None:
    store = store_with_a_change
    await store.write(lambda tx: tx.enqueue_message(CARD, CHANGE, not_before=LATER))
    assert await _due(store) == []
    assert await _due(store, LATER) == ["card:C-7K3MX"]

    await _want(store, a_change(revision=2), CARD)
    assert await _due(store) == ["card:C-7K3MX"]


async def test_a_card_with_buttons_that_hold_no_more_goes_before_every_outcome(
    store: Store,
) -> None:
    """Another card whose buttons are right waits its turn."""
    false, moving, ended = (a_change(id=f"C-0000{one}") for one in (1, 2, 3))
    await _add(store, false, moving, ended)
    await _want(store, ended, OUTCOME)
    for change in (moving, false):
        await _want(store, change, CARD)
        await _save(store, f"card:{change.id}", shown=1, ts="1.0", offers=change.state)
        await _want(store, replace(change, revision=2), CARD)
    assert await _due(store) == ["outcome:C-00003:1", "card:C-00002", "card:C-00001"]

    gone = replace(false, revision=2, state=State.EXECUTING)
    await store.write(lambda tx: tx.save_change(gone))

    assert await _due(store) == ["card:C-00001", "outcome:C-00003:1", "card:C-00002"]


async def test_the_last_outcome_is_brought_up_to_date_and_no_other_message(
    store_with_a_change: Store,
) -> None:
    """A timed change counts down there: its card and an earlier outcome stay as they are."""
    store = store_with_a_change
    await _want(store, CHANGE, CARD, OUTCOME)
    for key in ("card:C-7K3MX", "outcome:C-7K3MX:1"):
        shown = replace(await _message(store, key), shown=1, ts="1.0")
        await store.write(lambda tx, row=shown: tx.save_message(row))  # type: ignore[misc]  # bound at once
    again = CHANGE.revised().revised()
    await _want(store, again, OUTCOME)
    posted = replace(await _message(store, "outcome:C-7K3MX:3"), shown=3, ts="2.0")
    await store.write(lambda tx: tx.save_message(posted))
    assert await _due(store) == []

    await store.write(lambda tx: tx.refresh_outcome(again.revised()))
    assert await _due(store) == ["outcome:C-7K3MX:3"]
    assert (await _message(store, "outcome:C-7K3MX:3")).wanted == 4
    nothing = a_change(id="C-0NONE")
    await store.write(lambda tx: tx.refresh_outcome(nothing))
    assert await _due(store) == ["outcome:C-7K3MX:3"]


async def test_a_removed_card_is_deleted_after_its_timeline_and_has_no_outcome(
    store_with_a_change: Store,
) -> None:
    store = store_with_a_change
    await _want(store, CHANGE, CARD, TIMELINE, OUTCOME)
    posting = await _message(store, "card:C-7K3MX")
    await store.write(lambda tx: tx.remove_card(CHANGE))
    await store.write(lambda tx: tx.save_message(replace(posting, shown=1, ts="1.0")))

    due = await store.read(lambda tx: tx.due_messages(NOW))

    assert [(one.key, one.removed) for one in due] == [
        ("timeline:C-7K3MX", True),
        ("card:C-7K3MX", True),
    ]


async def test_what_holds_now_is_told_behind_the_outcomes_of_an_outage(store: Store) -> None:
    """Once, before timelines; customers whose outcomes were not late are not in it."""
    ids = ("C-00001", "C-00002", "C-00003")
    changes = [a_change(id=one, customer=f"4444{at}") for at, one in enumerate(ids)]
    await _add(store, *changes)
    for change in changes[:2]:
        await _want(store, change, TIMELINE, OUTCOME)
        await _save(store, f"outcome:{change.id}:1", unanswered_since=NOW)
    await store.write(lambda tx: tx.note_outage(CHANNEL, NOW))
    await store.write(lambda tx: tx.note_outage(CHANNEL, NOW))
    await _want(store, changes[2], OUTCOME)
    await store.write(lambda tx: tx.note_outage("C0OTHER", NOW))

    now = f"now:{CHANNEL}"
    outcomes = [f"outcome:{one}:1" for one in ids]
    assert await _due(store) == [
        *outcomes,
        now,
        "timeline:C-00001",
        "timeline:C-00002",
    ]
    customers = await store.read(lambda tx: tx.late_customers(CHANNEL))
    assert customers == ["44440", "44441"]

    for key in (*outcomes, now):
        await _save(store, key, shown=1, ts="1.0")
    assert await store.read(lambda tx: tx.late_customers(CHANNEL)) == []
    await store.write(lambda tx: tx.note_outage(CHANNEL, NOW))
    assert now not in await _due(store)

    await _want(store, a_change(id="C-00001", customer="44440", revision=2), OUTCOME)
    await store.write(lambda tx: tx.note_outage(CHANNEL, NOW))
    row = await _message(store, now)
    assert (row.kind, row.wanted, row.shown, row.ts) == (MessageKind.NOW, 2, 1, None)


async def test_an_outcome_that_has_just_happened_is_not_of_the_outage(
    store_with_a_change: Store,
) -> None:
    store = store_with_a_change
    await _want(store, CHANGE, OUTCOME)
    before = NOW - timedelta(seconds=10)
    await store.write(lambda tx: tx.note_outage(CHANNEL, before))
    assert await _due(store) == ["outcome:C-7K3MX:1"]


async def test_a_notice_is_asked_for_once(store_with_a_change: Store) -> None:
    """A reminder whose step runs twice is one message; another text or another person is another one."""
    store = store_with_a_change

    def step(tx: Transaction) -> None:
        for change in (CHANGE, CHANGE.revised()):
            for name, person in (("remind-5", "U1"), ("remind-5", "U2"), ("remind-15", "U1")):
                tx.enqueue_message(MessageKind.NOTICE, change, person=person, name=name)

    await store.write(step)
    keys = [f"notice:{CHANGE.id}:{one}" for one in ("remind-5:U1", "remind-5:U2", "remind-15:U1")]
    assert await _due(store) == keys
    message = await _message(store, keys[1])
    assert (message.channel, message.wanted) == ("U2", CHANGE.revision)
    assert set(keys) == await store.read(lambda tx: tx.message_keys(CHANGE.id))

    await _save(store, keys[0], ts="1.0", shown=CHANGE.revision)
    await store.write(step)
    assert await _due(store) == keys[1:]


async def test_a_direct_message_waits_for_its_card(store_with_a_change: Store) -> None:
    """It links to the card; one that Slack refuses for good is waited for no longer."""
    store = store_with_a_change

    def step(tx: Transaction) -> None:
        tx.enqueue_message(CARD, CHANGE)
        tx.enqueue_message(MessageKind.DIRECT, CHANGE, person="U1")

    await store.write(step)
    card, direct = f"card:{CHANGE.id}", f"direct:{CHANGE.id}:U1"
    assert await _due(store) == [card]
    await _save(store, card, shown=CHANGE.revision, error="refused")
    assert await _due(store) == [direct]
    await _save(store, card, ts="1.0", shown=CHANGE.revision)
    await store.write(lambda tx: tx.enqueue_message(CARD, CHANGE.revised()))
    assert set(await _due(store)) == {card, direct}


async def test_the_notice_of_an_end_waits_for_its_outcome(store_with_a_change: Store) -> None:
    """It links to the outcome; where that is put off for long, it waits no longer."""
    store = store_with_a_change

    def step(tx: Transaction) -> None:
        tx.enqueue_message(OUTCOME, CHANGE)
        name = f"ended-{CHANGE.revision}"
        tx.enqueue_message(MessageKind.NOTICE, CHANGE, person="U1", name=name)
        tx.enqueue_message(MessageKind.NOTICE, CHANGE, person="U1", name="remind-5")

    await store.write(step)
    outcome, notice = f"outcome:{CHANGE.id}:{CHANGE.revision}", f"notice:{CHANGE.id}:ended-1:U1"
    reminder = f"notice:{CHANGE.id}:remind-5:U1"
    assert CHANGE.revision == 1
    assert await _due(store) == [outcome, reminder]
    await _save(store, outcome, due_at=LATER, error="refused")
    assert await _due(store) == [notice, reminder]
    await _save(store, outcome, ts="1.0", shown=CHANGE.revision, due_at=None, error="")
    assert await _due(store) == [notice, reminder]


async def test_direct_messages_do_not_count_as_an_outbox_that_is_behind(
    store_with_a_change: Store,
) -> None:
    """They may wait for minutes behind everything else."""
    store = store_with_a_change

    def step(tx: Transaction) -> None:
        tx.enqueue_message(MessageKind.DIRECT, CHANGE, person="U1")
        tx.enqueue_message(MessageKind.NOTICE, CHANGE, person="U1", name="remind-5")

    await store.write(step)
    assert (await store.read(lambda tx: tx.backlog())).outbox_behind_since is None
    await _want(store, CHANGE, CARD)
    assert (await store.read(lambda tx: tx.backlog())).outbox_behind_since == NOW


async def test_a_removed_card_takes_its_direct_messages_with_it(store_with_a_change: Store) -> None:
    store = store_with_a_change

    def step(tx: Transaction) -> None:
        tx.enqueue_message(CARD, CHANGE)
        tx.enqueue_message(MessageKind.DIRECT, CHANGE, person="U1")
        tx.remove_card(CHANGE)

    await store.write(step)
    assert (await _message(store, f"direct:{CHANGE.id}:U1")).removed
