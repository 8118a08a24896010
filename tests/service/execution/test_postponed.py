"""What did not leave is tried again until its time to start is over, and never called anything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from bot.domain.change import Change, State
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
from tests.service.service_setup import HandExecutor, House, actor, many, users

T = TypeVar("T")

FAILED, NOT_SENT = UserStatus.FAILED, UserStatus.NOT_SENT
UNREACHED = not_sent().error
DOWN = [not_sent()] * 999


def reached(house: House) -> None:
    """The API is there again."""
    house.api.answers = []
    house.api.answers_to = {}


async def passed(house: House, change: Change, **by: float) -> Change:
    """Let time pass, and let the executor do what is due then."""
    house.clock.advance(**by)
    await house.executor.run()
    return await house.change(change.id)


async def test_an_api_that_is_not_reached_burns_no_approval(house: House) -> None:
    house.api.answers = DOWN
    change = await house.executed()

    assert (change.state, change.attempts, change.begun_at) == (State.APPROVED, 0, None)
    assert change.outcome
    assert change.outcome.sentence == "The continuity API is not reached. Nothing was sent."
    assert (await house.trail(change.id))[-2:] == ["change.executing", "change.postponed"]

    reached(house)
    assert (await passed(house, change, seconds=4.9)).state is State.APPROVED
    done = await passed(house, change, seconds=0.1)
    assert (done.state, done.attempts, done.next_try_at) == (State.APPLIED, 1, None)
    assert done.outcome
    assert done.outcome.sentence == ""


async def test_it_is_tried_less_and_less_often_and_ends_with_a_sentence_that_can_be_relied_on(
    house: House,
) -> None:
    house.api.answers = DOWN
    change = await house.executed()
    pauses = []
    while change.state is State.APPROVED:
        assert change.next_try_at
        pauses.append((change.next_try_at - house.clock.at).total_seconds())
        change = await passed(house, change, seconds=pauses[-1])

    assert pauses[:6] == [5, 10, 20, 40, 60, 60]
    assert set(pauses[4:]) == {60}
    assert (change.state, change.attempts) == (State.FAILED, 1)
    assert change.deadline.timestamp() - house.clock.at.timestamp() <= 60
    assert change.outcome
    assert change.outcome.sentence == (
        "The continuity API is not reached. Nothing was sent. "
        f"Tried {len(pauses) + 1} times, the last time at {house.clock.at:%H:%M:%S} UTC."
    )
    assert await house.message(MessageKind.OUTCOME, change)


async def test_only_the_first_try_is_of_three_requests_so_that_it_waits_where_it_can_be_withdrawn(
    house: House,
) -> None:
    house.api.answers = DOWN
    change = await house.executed()
    assert len(house.api.sent) == 3
    await passed(house, change, seconds=5)
    assert len(house.api.sent) == 4


async def test_the_requests_stand_in_the_trail_once(house: House) -> None:
    house.api.answers = DOWN
    change = await house.executed(users("a", "b"))
    await passed(house, change, seconds=5)
    first, second = [one["requests"] for one in await house.details("change.executing")]
    assert len(first) == 2
    assert second == ["as before: 2, tried 1 times and not sent"]


async def test_longer_than_its_time_it_does_not_wait(house: House) -> None:
    house.api.answers = [not_sent(3600.0)]
    change = await house.executed()
    assert change.state is State.FAILED


async def test_put_off_by_the_api_is_not_called_unsent(house: House) -> None:
    put_off = NotSent("The continuity API asks to wait (429).", status=429, retry_after=61.0)
    house.api.answers = [Answer(put_off, effect=False)]
    change = await house.executed()
    assert change.outcome
    assert change.outcome.sentence == "The continuity API asks to wait (429). Nothing was changed."


async def test_meanwhile_it_can_be_withdrawn(house: House) -> None:
    house.api.answers = DOWN
    change = await house.executed()
    change = await decide.cancel(house.ctx, actor(), change.id)
    assert change.state is State.CANCELLED
    reached(house)
    house.api.sent.clear()
    await passed(house, change, minutes=1)
    assert house.api.sent == []


async def test_a_bot_that_was_down_meanwhile_lets_it_expire(house: House) -> None:
    house.api.answers = DOWN
    change = await house.executed()
    change = await passed(house, change, minutes=31)
    assert (change.state, change.attempts) == (State.EXPIRED, 0)
    assert change.decision_reason == "It could not be sent in time."


async def test_the_next_process_goes_on_with_it(house: House) -> None:
    house.api.answers = DOWN
    change = await house.executed()
    await house.executor.kill()
    reached(house)
    house.executor = HandExecutor(house.ctx)
    assert (await passed(house, change, seconds=4)).state is State.APPROVED
    assert (await passed(house, change, seconds=1)).state is State.APPLIED


async def test_the_opposite_change_waits_its_turn_and_a_withdrawal_lets_it_go(
    house: House,
) -> None:
    house.api.answers = DOWN
    first = await house.executed()
    house.clock.advance(seconds=1)
    back = await house.executed(on=False)
    assert (back.state, back.waits_for) == (State.APPROVED, first.id)

    reached(house)
    house.api.add(CUSTOMER, *users("a").addresses, failover=True)
    await decide.cancel(house.ctx, actor(), first.id)
    back = await passed(house, back, seconds=1)
    assert (back.state, back.asked_again) == (State.APPLIED, "")  # nothing has run meanwhile


async def test_when_the_api_is_there_again_the_first_decision_runs_first(house: House) -> None:
    house.api.answers = DOWN
    first = await house.executed()
    house.clock.advance(seconds=1)
    back = await house.executed(on=False)
    reached(house)
    house.api.sent.clear()
    assert (await passed(house, first, seconds=4)).state is State.APPLIED
    assert house.api.sent[0] == "PUT /44444/failover"
    assert (await house.state(back.id)) is State.AWAITING_APPROVAL  # the other has run meanwhile


# --- named users ----------------------------------------------------------------------------------


async def test_named_users_who_were_not_reached_are_sent_later_and_the_others_not_again(
    house: House,
) -> None:
    house.api.answers_to = {"b@example.com": list(DOWN)}
    change = await house.executed(users("a", "b", "c"))
    assert (change.state, change.attempts) == (State.APPROVED, 1)
    assert await house.statuses(change.id) == {
        "a": UserStatus.ACCEPTED,
        "b": NOT_SENT,
        "c": UserStatus.ACCEPTED,
    }
    assert change.outcome
    assert change.outcome.sentence == (
        "Accepted for 2 users, not sent to the others: The continuity API is not reached."
    )

    reached(house)
    house.api.sent.clear()
    done = await passed(house, change, seconds=5)
    assert (done.state, done.attempts) == (State.APPLIED, 2)
    assert house.api.sent == ["PUT /44444/b@example.com/failover"]


async def test_named_users_who_were_never_reached_are_told_at_the_end(house: House) -> None:
    house.api.answers_to = {"b@example.com": list(DOWN)}
    change = await house.executed(users("a", "b", "c"))
    for _ in range(40):
        change = await passed(house, change, minutes=1)
    assert change.state is State.PARTIAL
    rows = await house.look(lambda tx: tx.user_outcomes(change.id, status=FAILED))
    told = [(row.address, row.reason) for row in rows]
    assert told == [("b@example.com", "The continuity API is not reached.")]


async def test_a_batch_of_which_nobody_was_reached_ends_the_attempt(house: House) -> None:
    house.api.add(CUSTOMER, *many(30).addresses)
    house.api.answers = DOWN
    change = await house.executed(many(30))
    assert (change.state, change.attempts) == (State.APPROVED, 0)
    assert len(house.api.sent) == 24  # 8 users, 3 times
    reached(house)
    assert (await passed(house, change, seconds=5)).state is State.APPLIED


async def test_with_an_open_question_the_unreached_are_sent_after_the_look(house: House) -> None:
    house.api.answers_to = {
        "a@example.com": [ambiguous(landed=True)],
        "b@example.com": [not_sent()] * 3,
    }
    change = await house.executed(users("a", "b", "c"))
    assert change.state is State.UNKNOWN
    house.api.sent.clear()
    done = await passed(house, change, seconds=2)
    assert done.state is State.APPLIED
    assert house.api.sent == ["PUT /44444/b@example.com/failover"]


async def test_stopped_it_ends_and_says_who_was_not_sent(house: House) -> None:
    house.api.add(CUSTOMER, *many(10).addresses)
    house.api.answers = [ACCEPTED] * 8 + list(DOWN)
    change = await house.released(many(10))
    house.api.on_write = lambda _: house.api.gate.clear() if len(house.api.sent) > 8 else None
    await house.executor.sweep()
    await house.api.until_sent(9)
    await decide.stop(house.ctx, actor(APPROVER), change.id)
    house.api.on_write = lambda _: None
    house.api.gate.set()
    await house.executor.settle()
    assert (await house.state(change.id)) is State.PARTIAL


class PressedLate(WatchedStore):
    """Somebody presses Stop in the moment in which the executor puts the change off."""

    def __init__(self, house: House, change: Change) -> None:
        super().__init__(house.store)
        self._press = partial(decide.stop, house.ctx, actor(APPROVER), change.id)
        self.pressed = False

    async def write(self, step: Callable[[Transaction], T]) -> T:
        name = getattr(step, "__qualname__", "")
        if not self.pressed and name.startswith("Executor._conclude"):
            self.pressed = True
            await self._press()
        return await super().write(step)


async def stopped_late(house: House, change: Change) -> Change:
    """Execute it, stopped in the moment of its postponement, and look at it for the first time."""
    store = PressedLate(house, change)
    house.executor = HandExecutor(replace(house.ctx, store=store))
    await house.executor.run()
    assert store.pressed
    assert (await house.state(change.id)) in (State.ACCEPTED, State.FAILED)
    return await passed(house, change, seconds=2)


async def test_stopped_as_it_is_put_off_those_who_were_accepted_are_read_back(house: House) -> None:
    house.api.answers_to = {"a@example.com": [ACCEPTED_IN_VAIN], "b@example.com": list(DOWN)}
    change = await stopped_late(house, await house.released(users("a", "b", "c")))
    assert change.state is State.ACCEPTED  # one of them is not seen yet
    assert await house.statuses(change.id) == {
        "a": UserStatus.ACCEPTED,
        "b": NOT_SENT,
        "c": UserStatus.APPLIED,
    }
    house.api.held[CUSTOMER]["a@example.com"].failover = True
    change = await passed(house, change, seconds=4)
    assert change.state is State.PARTIAL
    assert change.outcome
    assert (change.outcome.in_state, change.outcome.total, change.outcome.failed) == (2, 3, 1)
    rows = await house.look(lambda tx: tx.user_outcomes(change.id, status=NOT_SENT))
    assert [row.reason for row in rows] == ["stopped before it was sent"]


async def test_stopped_as_it_is_put_off_whoever_came_after_the_last_batch_is_not_sent(
    house: House,
) -> None:
    house.api.add(CUSTOMER, *many(24).addresses)
    house.api.answers = [ACCEPTED] * 8 + list(DOWN)
    change = await stopped_late(house, await house.released(many(24)))
    assert change.state is State.PARTIAL
    assert Counter((await house.statuses(change.id)).values()) == {
        UserStatus.APPLIED: 8,
        NOT_SENT: 16,
    }


async def test_stopped_as_it_is_put_off_where_nothing_was_accepted_it_has_failed(
    house: House,
) -> None:
    house.api.answers = DOWN
    change = await stopped_late(house, await house.released(users("a", "b")))
    assert change.state is State.FAILED


async def test_a_purge_stopped_as_it_is_put_off_is_read_back(house: House) -> None:
    test_purge_users.add_left(house, 20)
    house.api.answers = [ACCEPTED] * 8 + list(DOWN)
    change = await stopped_late(house, await test_purge_users.approved(house))
    assert change.state is State.PARTIAL
    assert change.outcome
    assert (change.outcome.in_state, change.outcome.total, change.outcome.failed) == (8, 20, 12)


async def test_an_import_stopped_as_it_is_put_off_is_read_back(house: House) -> None:
    house.api.answers = [ACCEPTED, *DOWN]
    change = await test_import_users.imported(house, test_import_users.a_file(["a", "b", "c"]))
    await test_import_users.approve(house, change)
    change = await stopped_late(house, change)
    assert change.state is State.PARTIAL
    assert await house.statuses(change.id) == {
        "a": UserStatus.APPLIED,
        "b": NOT_SENT,
        "c": NOT_SENT,
    }


# --- the other kinds ------------------------------------------------------------------------------


async def test_a_deletion_that_did_not_leave_is_sent_later(house: House) -> None:
    house.api.answers = DOWN
    change = await test_delete_user.deleted(house)
    assert (change.state, change.attempts) == (State.APPROVED, 0)
    reached(house)
    assert (await passed(house, change, seconds=5)).state is State.APPLIED


async def test_a_deletion_of_one_who_went_meanwhile_is_not_called_applied(house: House) -> None:
    """Nothing of it was ever sent, so it was not this change that did it."""
    house.api.answers = DOWN
    change = await test_delete_user.deleted(house)
    house.api.held[CUSTOMER].clear()
    assert (await passed(house, change, seconds=5)).state is State.FAILED


async def test_an_edit_that_did_not_leave_is_sent_later(house: House) -> None:
    test_edit_user.known(house)
    house.api.answers = DOWN
    change = await test_edit_user.edited(house)
    assert (change.state, change.attempts) == (State.APPROVED, 0)
    reached(house)
    assert (await passed(house, change, seconds=5)).state is State.APPLIED


async def test_a_purge_one_by_one_goes_on_where_it_was_and_exports_once(house: House) -> None:
    test_purge_users.add_left(house, 20)
    house.api.answers = [ACCEPTED] * 8 + list(DOWN)
    change = await test_purge_users.purged(house)
    assert change.state is State.APPROVED
    assert change.outcome
    assert change.outcome.sentence.startswith("Accepted for 8 users, not sent to the others: ")
    house.export_sink.files.clear()
    reached(house)
    done = await passed(house, change, seconds=5)
    assert (done.state, house.export_sink.files) == (State.APPLIED, {})


async def test_a_purge_of_everybody_is_not_tried_again_once_the_file_is_out(house: House) -> None:
    """Each try would leave another file of personal data with the requester."""
    house.api.answers = DOWN
    change = await test_purge_users.purged(house, EVERY_USER)
    assert change.state is State.FAILED
    assert test_purge_users.sentence(change) == (
        "Nothing was deleted. The continuity API is not reached. Propose it again."
    )


async def test_a_purge_whose_list_cannot_be_had_waits_for_it(house: House) -> None:
    change = await test_purge_users.approved(house, EVERY_USER)
    house.api.unreadable = UNREACHED
    await house.executor.run()
    assert (await house.state(change.id)) is State.APPROVED
    house.api.unreadable = None
    assert (await passed(house, change, seconds=5)).state is State.APPLIED


async def test_a_token_by_mail_is_asked_for_later(house: House) -> None:
    house.api.answers = DOWN
    change = await test_token_reveal.mailed(house)
    assert (await house.state(change.id)) is State.APPROVED
    reached(house)
    assert (await passed(house, change, seconds=5)).state is State.APPLIED


async def test_a_token_in_a_window_is_not_since_the_person_would_be_gone(house: House) -> None:
    house.api.answers = DOWN
    change = await test_token_reveal.approved_token(house)
    ended = await test_token_reveal.show(house, change, test_token_reveal.Window())
    assert ended.state is State.FAILED
    assert ended.outcome
    assert ended.outcome.sentence == (
        "The continuity API is not reached. It is not tried again by itself, since you may not be there. "
        "Propose it again."
    )
