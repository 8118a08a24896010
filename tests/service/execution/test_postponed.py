"""What did not leave is tried again until its time to start is over, and never called anything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import UserStatus
from bot.domain.scope import EVERY_USER
from bot.errors import NotSent
from bot.ports import MessageKind, Transaction
from bot.service.changes import decide
from tests.builders import APPROVER, CUSTOMER
from tests.fakes import ACCEPTED, ACCEPTED_IN_VAIN, Answer, WatchedStore, ambiguous, not_sent
from tests.service.change_types import (
    test_delete_user,
    test_edit_user,
    test_import_users,
    test_purge_users,
)
from tests.service.changes import test_token_reveal
from tests.service.harness import ManualExecutor, ServiceHarness, actor, many, users

T = TypeVar("T")

FAILED, NOT_SENT = UserStatus.FAILED, UserStatus.NOT_SENT
UNREACHED = not_sent().error
DOWN = [not_sent()] * 999


def reached(harness: ServiceHarness) -> None:
    """The API is there again."""
    harness.api.answers = []
    harness.api.answers_to = {}


async def passed(harness: ServiceHarness, change: Change, **by: float) -> Change:
    """Let time pass, and let the executor do what is due then."""
    harness.clock.advance(**by)
    await harness.executor.run()
    return await harness.change(change.id)


async def test_an_api_that_is_not_reached_burns_no_approval(harness: ServiceHarness) -> None:
    harness.api.answers = DOWN
    change = await harness.executed()

    assert (change.state, change.attempts, change.begun_at) == (State.APPROVED, 0, None)
    assert change.outcome
    assert change.outcome.sentence == "The continuity API is not reached. Nothing was sent."
    assert (await harness.trail(change.id))[-2:] == ["change.executing", "change.postponed"]

    reached(harness)
    assert (await passed(harness, change, seconds=4.9)).state is State.APPROVED
    done = await passed(harness, change, seconds=0.1)
    assert (done.state, done.attempts, done.next_try_at) == (State.APPLIED, 1, None)
    assert done.outcome
    assert done.outcome.sentence == ""


async def test_it_is_tried_less_and_less_often_and_ends_with_a_sentence_that_can_be_relied_on(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = DOWN
    change = await harness.executed()
    pauses = []
    while change.state is State.APPROVED:
        assert change.next_try_at
        pauses.append((change.next_try_at - harness.clock.at).total_seconds())
        change = await passed(harness, change, seconds=pauses[-1])

    assert pauses[:6] == [5, 10, 20, 40, 60, 60]
    assert set(pauses[4:]) == {60}
    assert (change.state, change.attempts) == (State.FAILED, 1)
    assert change.deadline.timestamp() - harness.clock.at.timestamp() <= 60
    assert change.outcome
    assert change.outcome.sentence == (
        f"The continuity API is not reached. Nothing was sent. Tried {len(pauses) + 1} times."
    )
    assert await harness.message(MessageKind.OUTCOME, change)


async def test_only_the_first_try_is_of_three_requests_so_that_it_waits_where_it_can_be_withdrawn(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = DOWN
    change = await harness.executed()
    assert len(harness.api.sent) == 3
    await passed(harness, change, seconds=5)
    assert len(harness.api.sent) == 4


async def test_the_requests_stand_in_the_trail_once(harness: ServiceHarness) -> None:
    harness.api.answers = DOWN
    change = await harness.executed(users("a", "b"))
    await passed(harness, change, seconds=5)
    first, second = [one["requests"] for one in await harness.details("change.executing")]
    assert len(first) == 2
    assert second == ["as before: 2, tried 1 times and not sent"]


async def test_longer_than_its_time_it_does_not_wait(harness: ServiceHarness) -> None:
    harness.api.answers = [not_sent(3600.0)]
    change = await harness.executed()
    assert change.state is State.FAILED


async def test_put_off_by_the_api_is_not_called_unsent(harness: ServiceHarness) -> None:
    put_off = NotSent("The continuity API asks to wait (429).", status=429, retry_after=61.0)
    harness.api.answers = [Answer(put_off, effect=False)]
    change = await harness.executed()
    assert change.outcome
    assert change.outcome.sentence == "The continuity API asks to wait (429). Nothing was changed."


async def test_meanwhile_it_can_be_withdrawn(harness: ServiceHarness) -> None:
    harness.api.answers = DOWN
    change = await harness.executed()
    change = await decide.cancel(harness.ctx, actor(), change.id)
    assert change.state is State.CANCELLED
    reached(harness)
    harness.api.sent.clear()
    await passed(harness, change, minutes=1)
    assert harness.api.sent == []


async def test_a_bot_that_was_down_meanwhile_lets_it_expire(harness: ServiceHarness) -> None:
    harness.api.answers = DOWN
    change = await harness.executed()
    change = await passed(harness, change, minutes=31)
    assert (change.state, change.attempts) == (State.EXPIRED, 0)
    assert change.decision_reason == "It could not be sent in time."


async def test_the_next_process_goes_on_with_it(harness: ServiceHarness) -> None:
    harness.api.answers = DOWN
    change = await harness.executed()
    await harness.executor.kill()
    reached(harness)
    harness.executor = ManualExecutor(harness.ctx)
    assert (await passed(harness, change, seconds=4)).state is State.APPROVED
    assert (await passed(harness, change, seconds=1)).state is State.APPLIED


async def test_the_opposite_change_waits_its_turn_and_a_withdrawal_lets_it_go(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = DOWN
    first = await harness.executed()
    harness.clock.advance(seconds=1)
    back = await harness.executed(on=False)
    assert (back.state, back.waits_for) == (State.APPROVED, first.id)

    reached(harness)
    harness.api.add(CUSTOMER, *users("a").addresses, failover=True)
    await decide.cancel(harness.ctx, actor(), first.id)
    back = await passed(harness, back, seconds=1)
    assert (back.state, back.asked_again) == (State.APPLIED, "")  # nothing has run meanwhile


async def test_when_the_api_is_there_again_the_first_decision_runs_first(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = DOWN
    first = await harness.executed()
    harness.clock.advance(seconds=1)
    back = await harness.executed(on=False)
    reached(harness)
    harness.api.sent.clear()
    assert (await passed(harness, first, seconds=4)).state is State.APPLIED
    assert harness.api.sent[0] == "PUT /44444/failover"
    assert (await harness.state(back.id)) is State.AWAITING_APPROVAL  # the other has run meanwhile


# --- named users ----------------------------------------------------------------------------------


async def test_named_users_who_were_not_reached_are_sent_later_and_the_others_not_again(
    harness: ServiceHarness,
) -> None:
    harness.api.answers_to = {"b@example.com": list(DOWN)}
    change = await harness.executed(users("a", "b", "c"))
    assert (change.state, change.attempts) == (State.APPROVED, 1)
    assert await harness.statuses(change.id) == {
        "a": UserStatus.ACCEPTED,
        "b": NOT_SENT,
        "c": UserStatus.ACCEPTED,
    }
    assert change.outcome
    assert change.outcome.sentence == (
        "Accepted for 2 users, not sent to the others: The continuity API is not reached."
    )

    reached(harness)
    harness.api.sent.clear()
    done = await passed(harness, change, seconds=5)
    assert (done.state, done.attempts) == (State.APPLIED, 2)
    assert harness.api.sent == ["PUT /44444/b@example.com/failover"]


async def test_named_users_who_were_never_reached_are_told_at_the_end(
    harness: ServiceHarness,
) -> None:
    harness.api.answers_to = {"b@example.com": list(DOWN)}
    change = await harness.executed(users("a", "b", "c"))
    for _ in range(40):
        change = await passed(harness, change, minutes=1)
    assert change.state is State.PARTIAL
    rows = await harness.look(lambda tx: tx.user_outcomes(change.id, status=FAILED))
    told = [(row.address, row.reason) for row in rows]
    assert told == [("b@example.com", "The continuity API is not reached.")]


async def test_a_batch_of_which_nobody_was_reached_ends_the_attempt(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *many(30).addresses)
    harness.api.answers = DOWN
    change = await harness.executed(many(30))
    assert (change.state, change.attempts) == (State.APPROVED, 0)
    assert len(harness.api.sent) == 24  # 8 users, 3 times
    reached(harness)
    assert (await passed(harness, change, seconds=5)).state is State.APPLIED


async def test_with_an_open_question_the_unreached_are_sent_after_the_look(
    harness: ServiceHarness,
) -> None:
    harness.api.answers_to = {
        "a@example.com": [ambiguous(landed=True)],
        "b@example.com": [not_sent()] * 3,
    }
    change = await harness.executed(users("a", "b", "c"))
    assert change.state is State.UNKNOWN
    harness.api.sent.clear()
    done = await passed(harness, change, seconds=2)
    assert done.state is State.APPLIED
    assert harness.api.sent == ["PUT /44444/b@example.com/failover"]


async def test_stopped_it_ends_and_says_who_was_not_sent(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, *many(10).addresses)
    harness.api.answers = [ACCEPTED] * 8 + list(DOWN)
    change = await harness.released(many(10))
    harness.api.on_write = lambda _: harness.api.gate.clear() if len(harness.api.sent) > 8 else None
    await harness.executor.sweep()
    await harness.api.until_sent(9)
    await decide.stop(harness.ctx, actor(APPROVER), change.id)
    harness.api.on_write = lambda _: None
    harness.api.gate.set()
    await harness.executor.settle()
    assert (await harness.state(change.id)) is State.PARTIAL


class PressedLate(WatchedStore):
    """Somebody presses Stop in the moment in which the executor puts the change off."""

    def __init__(self, harness: ServiceHarness, change: Change) -> None:
        super().__init__(harness.store)
        self._press = partial(decide.stop, harness.ctx, actor(APPROVER), change.id)
        self.pressed = False

    async def write(self, step: Callable[[Transaction], T]) -> T:
        name = getattr(step, "__qualname__", "")
        if not self.pressed and name.startswith("Executor._conclude"):
            self.pressed = True
            await self._press()
        return await super().write(step)


async def stopped_late(harness: ServiceHarness, change: Change) -> Change:
    """Execute it, stopped in the moment of its postponement, and look at it for the first time."""
    store = PressedLate(harness, change)
    harness.executor = ManualExecutor(replace(harness.ctx, store=store))
    await harness.executor.run()
    assert store.pressed
    assert (await harness.state(change.id)) in (State.ACCEPTED, State.FAILED)
    return await passed(harness, change, seconds=2)


async def test_stopped_as_it_is_put_off_those_who_were_accepted_are_read_back(
    harness: ServiceHarness,
) -> None:
    harness.api.answers_to = {"a@example.com": [ACCEPTED_IN_VAIN], "b@example.com": list(DOWN)}
    change = await stopped_late(harness, await harness.released(users("a", "b", "c")))
    assert change.state is State.ACCEPTED  # one of them is not seen yet
    assert await harness.statuses(change.id) == {
        "a": UserStatus.ACCEPTED,
        "b": NOT_SENT,
        "c": UserStatus.APPLIED,
    }
    harness.api.held[CUSTOMER]["a@example.com"].failover = True
    change = await passed(harness, change, seconds=4)
    assert change.state is State.PARTIAL
    assert change.outcome
    assert (change.outcome.in_state, change.outcome.total, change.outcome.failed) == (2, 3, 1)
    rows = await harness.look(lambda tx: tx.user_outcomes(change.id, status=NOT_SENT))
    assert [row.reason for row in rows] == ["stopped before it was sent"]


async def test_stopped_as_it_is_put_off_whoever_came_after_the_last_batch_is_not_sent(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *many(24).addresses)
    harness.api.answers = [ACCEPTED] * 8 + list(DOWN)
    change = await stopped_late(harness, await harness.released(many(24)))
    assert change.state is State.PARTIAL
    assert Counter((await harness.statuses(change.id)).values()) == {
        UserStatus.APPLIED: 8,
        NOT_SENT: 16,
    }


async def test_stopped_as_it_is_put_off_where_nothing_was_accepted_it_has_failed(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = DOWN
    change = await stopped_late(harness, await harness.released(users("a", "b")))
    assert change.state is State.FAILED


async def test_a_purge_stopped_as_it_is_put_off_is_read_back(harness: ServiceHarness) -> None:
    test_purge_users.add_left(harness, 20)
    harness.api.answers = [ACCEPTED] * 8 + list(DOWN)
    change = await stopped_late(harness, await test_purge_users.approved(harness))
    assert change.state is State.PARTIAL
    assert change.outcome
    assert (change.outcome.in_state, change.outcome.total, change.outcome.failed) == (8, 20, 12)


async def test_an_import_stopped_as_it_is_put_off_is_read_back(harness: ServiceHarness) -> None:
    harness.api.answers = [ACCEPTED, *DOWN]
    change = await test_import_users.imported(harness, test_import_users.a_file(["a", "b", "c"]))
    await test_import_users.approve(harness, change)
    change = await stopped_late(harness, change)
    assert change.state is State.PARTIAL
    assert await harness.statuses(change.id) == {
        "a": UserStatus.APPLIED,
        "b": NOT_SENT,
        "c": NOT_SENT,
    }


# --- the other kinds ------------------------------------------------------------------------------


async def test_a_deletion_that_did_not_leave_is_sent_later(harness: ServiceHarness) -> None:
    harness.api.answers = DOWN
    change = await test_delete_user.deleted(harness)
    assert (change.state, change.attempts) == (State.APPROVED, 0)
    reached(harness)
    assert (await passed(harness, change, seconds=5)).state is State.APPLIED


async def test_a_deletion_of_one_who_went_meanwhile_is_not_called_applied(
    harness: ServiceHarness,
) -> None:
    """Nothing of it was ever sent, so it was not this change that did it."""
    harness.api.answers = DOWN
    change = await test_delete_user.deleted(harness)
    harness.api.held[CUSTOMER].clear()
    assert (await passed(harness, change, seconds=5)).state is State.FAILED


async def test_an_edit_that_did_not_leave_is_sent_later(harness: ServiceHarness) -> None:
    test_edit_user.known(harness)
    harness.api.answers = DOWN
    change = await test_edit_user.edited(harness)
    assert (change.state, change.attempts) == (State.APPROVED, 0)
    reached(harness)
    assert (await passed(harness, change, seconds=5)).state is State.APPLIED


async def test_a_purge_one_by_one_goes_on_where_it_was_and_exports_once(
    harness: ServiceHarness,
) -> None:
    test_purge_users.add_left(harness, 20)
    harness.api.answers = [ACCEPTED] * 8 + list(DOWN)
    change = await test_purge_users.purged(harness)
    assert change.state is State.APPROVED
    assert change.outcome
    assert change.outcome.sentence.startswith("Accepted for 8 users, not sent to the others: ")
    harness.export_sink.files.clear()
    reached(harness)
    done = await passed(harness, change, seconds=5)
    assert (done.state, harness.export_sink.files) == (State.APPLIED, {})


async def test_a_purge_of_everybody_is_not_tried_again_once_the_file_is_out(
    harness: ServiceHarness,
) -> None:
    """Each try would leave another file of personal data with the requester."""
    harness.api.answers = DOWN
    change = await test_purge_users.purged(harness, EVERY_USER)
    assert change.state is State.FAILED
    assert test_purge_users.sentence(change) == (
        "Nothing was deleted. The continuity API is not reached. Propose it again."
    )


async def test_a_purge_whose_list_cannot_be_had_waits_for_it(harness: ServiceHarness) -> None:
    change = await test_purge_users.approved(harness, EVERY_USER)
    harness.api.unreadable = UNREACHED
    await harness.executor.run()
    assert (await harness.state(change.id)) is State.APPROVED
    harness.api.unreadable = None
    assert (await passed(harness, change, seconds=5)).state is State.APPLIED


async def test_a_token_by_mail_is_asked_for_later(harness: ServiceHarness) -> None:
    harness.api.answers = DOWN
    change = await test_token_reveal.mailed(harness)
    assert (await harness.state(change.id)) is State.APPROVED
    reached(harness)
    assert (await passed(harness, change, seconds=5)).state is State.APPLIED


async def test_a_token_in_a_window_is_not_since_the_person_would_be_gone(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = DOWN
    change = await test_token_reveal.approved_token(harness)
    ended = await test_token_reveal.show(harness, change, test_token_reveal.Window())
    assert ended.state is State.FAILED
    assert ended.outcome
    assert ended.outcome.sentence == (
        "The continuity API is not reached. It is not tried again by itself, since you may not be there. "
        "Propose it again."
    )
