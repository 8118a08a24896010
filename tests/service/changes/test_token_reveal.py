"""A token is made while its requester looks: once, for nobody else, and never without an approval."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import MakeToken, PurgeUsers
from bot.domain.change import Change
from bot.domain.change_commands import TokenCommand
from bot.domain.change_state import Event, State
from bot.domain.preview import Facts, UserFlags
from bot.domain.roles import Role
from bot.domain.scope import EVERY_USER, Everyone, Users
from bot.errors import Conflict, NotAllowed, StoreBusy, UnknownChange
from bot.ports import MessageKind, Token, Transaction
from bot.service.change_types.token import MAY_BE_SENT, MAY_EXIST
from bot.service.changes import decide
from bot.service.changes.propose import propose
from bot.service.changes.schedule import wait_reason
from bot.service.changes.token_reveal import MAX_PARALLEL_TOKENS, reveal_token, token_request
from tests.builders import ADMIN, APPROVER, CUSTOMER, REQUESTER, a_grant, a_subject
from tests.fakes import ambiguous, not_sent, refusal
from tests.service.harness import REPLICA, SECOND, ServiceHarness, actor, approved, running_executor

JO = "a@example.com"


@dataclass
class Window:
    """What the requester looks at."""

    why_not: str = ""
    error: Exception | None = None
    seen: list[Token] = field(default_factory=list)

    async def show(self, token: Token) -> str:
        if self.error:
            raise self.error
        self.seen += [] if self.why_not else [token]
        return self.why_not


async def proposed(harness: ServiceHarness, address: str = JO, *, notify: bool = False) -> Change:
    asked = TokenCommand(CUSTOMER, address, notify, "locked out")
    change, _ = await propose(harness.ctx, actor(ADMIN), token_request(asked))
    await harness.executor.run()
    return await harness.change(change.id)


async def approved_token(harness: ServiceHarness, address: str = JO) -> Change:
    change = await proposed(harness, address)
    await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)
    await harness.executor.run()
    return await harness.change(change.id)


async def mailed(harness: ServiceHarness) -> Change:
    change = await proposed(harness, notify=True)
    await decide.confirm(harness.ctx, actor(ADMIN), change.id, change.preview_revision)
    await harness.executor.run()
    return await harness.change(change.id)


async def show(
    harness: ServiceHarness, change: Change, window: Window, user: str = ADMIN
) -> Change:
    return await reveal_token(harness.ctx, actor(user), change.id, window.show)


async def test_once_approved_it_waits_for_the_hand_of_its_requester(
    harness: ServiceHarness,
) -> None:
    change = await approved_token(harness)
    assert change.state is State.APPROVED
    assert harness.api.sent == []
    ended = await show(harness, change, window := Window())
    assert ended.state is State.APPLIED
    assert [token.token.reveal() for token in window.seen] == ["token-1"]
    assert harness.api.sent == [f"POST /{CUSTOMER}/{JO}/token"]


async def test_the_preview_tells_how_the_user_stands(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, JO, failover=True, access=None, activation=False)
    seen = (await proposed(harness)).preview
    assert seen is not None
    flags = UserFlags(failover=True, access=None, activation=False)
    assert seen.facts == Facts(flags=flags)
    [previewed] = await harness.details("change.previewed")
    told = [previewed[one] for one in ("failover", "access", "activation")]
    assert told == ["on", "not told", "no"]


async def test_the_approver_sees_whose_mailbox_it_is_and_the_trail_does_not(
    harness: ServiceHarness,
) -> None:
    harness.api.held[CUSTOMER][JO].fields["displayName"] = "Jo Example"
    seen = (await proposed(harness)).preview
    assert seen is not None
    assert seen.display_name == "Jo Example"
    assert "Jo Example" not in str(await harness.details("change.previewed"))


async def test_a_user_whom_the_api_does_not_know_ends_it(harness: ServiceHarness) -> None:
    change = await proposed(harness, "nobody@example.com")
    assert (change.state, change.decision_reason) == (
        State.CANCELLED,
        "There is no user nobody@example.com for customer 44444. Not Found",
    )


async def test_the_trail_says_that_for_whom_by_whom_when_and_until_when_and_no_more(
    harness: ServiceHarness,
) -> None:
    ended = await show(harness, await approved_token(harness), Window())
    [told] = await harness.details("change.applied")
    assert told == {
        "user": JO,
        "asked_by": ADMIN,
        "api_id": "R-1",
        "api_timestamp": "2026-03-14T03:10:01Z",
        "affected": None,
        "read_back": [None, None],
        "failed": 0,
        "sentence": "",
        "expires": "2026-03-15T03:10:00Z",
    }
    [intent] = await harness.details("change.executing")
    assert intent["requests"] == [f"POST /{CUSTOMER}/{JO}/token"]
    assert await harness.message(MessageKind.OUTCOME, ended) is not None
    entries = await harness.entries()
    assert "token-1" not in repr([entries, ended])


async def test_the_intent_is_saved_before_the_request_is_made(harness: ServiceHarness) -> None:
    change = await approved_token(harness)
    harness.api.gate.clear()
    showing = asyncio.create_task(show(harness, change, Window()))
    await harness.api.until_sent(1)
    assert await harness.state(change.id) is State.EXECUTING
    assert await harness.details("change.executing")
    harness.api.gate.set()
    await showing


@pytest.mark.parametrize("user", [APPROVER, SECOND, REQUESTER])
async def test_it_is_shown_to_nobody_else(harness: ServiceHarness, user: str) -> None:
    change = await approved_token(harness)
    await harness.grant(a_grant(user, Role.ADMIN))
    with pytest.raises(NotAllowed, match="nobody but who asked for it"):
        await show(harness, change, window := Window(), user)
    assert (window.seen, harness.api.sent) == ([], [])
    assert (await harness.refusals())[-1].startswith("A token is shown to nobody but")
    assert await harness.state(change.id) is State.APPROVED


async def test_it_is_not_shown_before_it_is_approved(harness: ServiceHarness) -> None:
    change = await proposed(harness)
    with pytest.raises(Conflict, match="awaiting approval"):
        await show(harness, change, Window())
    assert harness.api.sent == []


async def test_its_requester_alone_cannot_approve_it_whatever_the_policy_says(
    harness: ServiceHarness,
) -> None:
    change = await proposed(harness)
    assert change.approvals_needed == 1
    with pytest.raises(NotAllowed):
        await decide.approve(harness.ctx, actor(ADMIN), change.id, change.preview_revision)


async def test_an_operator_cannot_ask_for_one(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed, match="role admin"):
        await propose(harness.ctx, actor(REQUESTER), token_request(TokenCommand(CUSTOMER, JO)))
    assert harness.api.asked == []


async def test_another_kind_of_change_is_not_carried_out_by_hand(harness: ServiceHarness) -> None:
    other = approved("C-00007", requester=ADMIN)
    await harness.put(other)
    with pytest.raises(Conflict):
        await show(harness, other, Window())
    with pytest.raises(UnknownChange):
        await reveal_token(harness.ctx, actor(ADMIN), "C-00008", Window().show)


async def test_who_lost_his_right_meanwhile_gets_none(harness: ServiceHarness) -> None:
    change = await approved_token(harness)
    await harness.store.write(lambda tx: tx.remove_grant(a_subject(ADMIN), Role.ADMIN, CUSTOMER))
    with pytest.raises(NotAllowed):
        await show(harness, change, Window())
    assert harness.api.sent == []


async def test_an_approver_who_lost_his_right_in_the_last_moment_stops_it(
    harness: ServiceHarness,
) -> None:
    change = await approved_token(harness)
    harness.store.meanwhile.append(
        lambda tx: tx.remove_grant(a_subject(APPROVER), Role.APPROVER, CUSTOMER)
    )
    with pytest.raises(Conflict, match="lost the right"):
        await show(harness, change, Window())
    assert harness.api.sent == []
    assert await harness.state(change.id) is State.CANCELLED


async def test_pressed_twice_there_is_one_request(harness: ServiceHarness) -> None:
    change = await approved_token(harness)
    first, second = Window(), Window()
    done = await asyncio.gather(
        show(harness, change, first), show(harness, change, second), return_exceptions=True
    )
    assert len([one for one in done if isinstance(one, Conflict)]) == 1
    assert len(first.seen + second.seen) == len(harness.api.sent) == 1
    with pytest.raises(Conflict, match="applied"):
        await show(harness, change, first)


async def test_two_processes_make_one_request(harness: ServiceHarness) -> None:
    """The step decides, whoever holds it in hand."""
    change = await approved_token(harness)
    harness.rewritten = True
    harness.store.meanwhile.append(lambda tx: tx.save_change(change.revised(state=State.EXECUTING)))
    with pytest.raises(Conflict, match="executing"):
        await show(harness, change, Window())
    assert harness.api.sent == []


async def test_the_running_executor_leaves_what_is_in_hand_alone(harness: ServiceHarness) -> None:
    change = await approved_token(harness)
    async with running_executor(harness) as (_, bell):
        harness.api.gate.clear()
        showing = asyncio.create_task(show(harness, change, Window()))
        await harness.api.until_sent(1)
        for _ in range(3):
            bell.set()
            await asyncio.sleep(0.05)
        harness.api.gate.set()
        assert (await showing).state is State.APPLIED
    assert "change.lost" not in await harness.trail(change.id)
    assert await harness.look(lambda tx: tx.claimed_changes()) == set()


async def test_a_second_press_does_not_take_it_out_of_the_hand_of_the_first(
    harness: ServiceHarness,
) -> None:
    change = await approved_token(harness)
    harness.api.gate.clear()
    both = [asyncio.create_task(show(harness, change, Window())) for _ in range(2)]
    await harness.api.until_sent(1)
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    await harness.executor.run()
    harness.api.gate.set()
    done = await asyncio.gather(*both, return_exceptions=True)
    # Either may be first: on PostgreSQL each reads on a connection of its own.
    assert {type(one) for one in done} == {Change, Conflict}
    assert "change.lost" not in await harness.trail(change.id)


async def test_only_a_few_are_made_at_the_same_time(harness: ServiceHarness) -> None:
    change = await approved_token(harness)

    def others(tx: Transaction) -> None:
        for number in range(MAX_PARALLEL_TOKENS):
            tx.claim_change(f"C-0000{number}", REPLICA.id)

    await harness.store.write(others)
    with pytest.raises(Conflict, match="in a minute"):
        await show(harness, change, Window())
    assert await harness.state(change.id) is State.APPROVED


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (Window(why_not="The window was closed."), "could not be shown. The window was closed."),
        (Window(error=RuntimeError("token-1")), "could not be shown. Something went wrong here."),
    ],
)
async def test_a_token_that_nobody_saw_is_told_as_one(
    harness: ServiceHarness, logs: list[Any], window: Window, words: str
) -> None:
    ended = await show(harness, await approved_token(harness), window)
    assert ended.state is State.FAILED
    assert ended.outcome is not None
    assert f"A token was made and {words}" in ended.outcome.sentence
    assert ended.outcome.expires == "2026-03-15T03:10:00Z"
    assert await harness.message(MessageKind.OUTCOME, ended) is not None
    assert "token-1" not in repr(logs)


async def test_the_apis_no_is_told_and_nothing_was_made(harness: ServiceHarness) -> None:
    harness.api.answers = [refusal("Forbidden")]
    ended = await show(harness, await approved_token(harness), window := Window())
    assert (ended.state, window.seen) == (State.FAILED, [])
    assert ended.outcome is not None
    assert ended.outcome.sentence == "Forbidden"


async def test_what_did_not_leave_is_sent_again(harness: ServiceHarness) -> None:
    harness.api.answers = [not_sent()]
    ended = await show(harness, await approved_token(harness), Window())
    assert ended.state is State.APPLIED
    assert len(harness.api.sent) == 2


@pytest.mark.parametrize("landed", [True, False])
async def test_an_ambiguous_answer_ends_it_and_nothing_is_sent_again(
    harness: ServiceHarness, landed: bool
) -> None:
    harness.api.answers = [ambiguous(landed=landed)]
    change = await approved_token(harness)
    ended = await show(harness, change, window := Window())
    assert ended.state is State.FAILED
    assert ended.outcome is not None
    assert ended.outcome.sentence == MAY_EXIST
    harness.clock.advance(minutes=5)
    await harness.executor.run()
    assert (len(harness.api.sent), window.seen) == (1, [])


async def test_what_a_process_before_left_ends_as_not_known(harness: ServiceHarness) -> None:
    change = await approved_token(harness)
    harness.api.gate.clear()
    showing = asyncio.create_task(show(harness, change, Window()))
    await harness.api.until_sent(1)
    showing.cancel()  # killed between the claim and the answer
    await asyncio.gather(showing, return_exceptions=True)
    harness.api.gate.set()
    await harness.executor.run()
    assert await harness.state(change.id) is State.EXECUTING  # nobody knows yet that it was killed
    await harness.store.write(lambda tx: tx.remove_replica(REPLICA.id))
    await harness.executor.run()
    ended = await harness.change(change.id)
    assert (ended.state, len(harness.api.sent)) == (State.FAILED, 1)
    assert ended.outcome is not None
    assert ended.outcome.sentence == MAY_EXIST
    assert await harness.message(MessageKind.OUTCOME, ended) is not None


async def test_how_it_ended_is_saved_as_soon_as_that_is_possible(harness: ServiceHarness) -> None:
    change = await approved_token(harness)

    async def show_on_a_full_disk(token: Token) -> str:
        harness.store.errors = [StoreBusy("full")] * 3
        return await Window().show(token)

    ended = await reveal_token(harness.ctx, actor(ADMIN), change.id, show_on_a_full_disk)
    assert ended.state is State.APPLIED
    assert harness.clock.slept == [1.0, 1.0, 1.0]


async def test_it_expires_half_an_hour_after_the_decision(harness: ServiceHarness) -> None:
    change = await approved_token(harness)
    harness.clock.advance(minutes=30)
    with pytest.raises(Conflict, match="has expired"):
        await show(harness, change, Window())
    await harness.executor.run()
    expired = await harness.change(change.id)
    assert expired.state is State.EXPIRED
    assert expired.decision_reason == "The requester did not press Show token in time."
    assert harness.api.sent == []


async def test_nothing_waits_for_a_hand(harness: ServiceHarness) -> None:
    """Half an hour of an approved token must not hold up what deletes its user, nor anything else."""
    await approved_token(harness)
    harness.clock.advance(seconds=1)
    purge = approved("C-00009", EVERY_USER, action=PurgeUsers(), decided_at=harness.clock.now())
    await harness.put(purge)
    assert await harness.look(lambda tx: wait_reason(tx, harness.ctx, purge)) is None
    harness.rewritten = True
    await harness.store.write(lambda tx: tx.save_change(purge.moved(Event.HALT)))
    later = await harness.executed(Users((JO,)))
    assert later.state is State.APPLIED


async def test_a_token_waits_for_what_deletes_its_user(harness: ServiceHarness) -> None:
    change = await approved_token(harness)
    purge = approved(
        "C-00009",
        EVERY_USER,
        action=PurgeUsers(),
        decided_at=harness.clock.now() - timedelta(seconds=1),
    )
    await harness.put(purge)
    with pytest.raises(Conflict, match="C-00009 runs first"):
        await show(harness, change, Window())
    assert await harness.state(change.id) is State.APPROVED
    assert harness.api.sent == []


async def test_a_token_does_not_wait_for_a_failover(harness: ServiceHarness) -> None:
    change = await approved_token(harness)
    await harness.put(approved("C-00009", Everyone(), state=State.EXECUTING))
    assert (await show(harness, change, Window())).state is State.APPLIED


async def test_by_mail_the_executor_sends_it_and_what_comes_back_is_dropped(
    harness: ServiceHarness,
) -> None:
    ended = await mailed(harness)
    assert (ended.state, ended.approvals_needed) == (State.APPLIED, 0)
    assert harness.api.sent == [f"POST /{CUSTOMER}/{JO}/token?mailNotification=true"]
    assert ended.outcome is not None
    assert ended.outcome.expires == "2026-03-15T03:10:00Z"
    entries = await harness.entries()
    assert "token-1" not in repr([entries, ended])


async def test_an_ambiguous_mail_is_never_sent_a_second_time(harness: ServiceHarness) -> None:
    harness.api.answers = [ambiguous(landed=True)]
    ended = await mailed(harness)
    assert ended.state is State.FAILED
    assert ended.outcome is not None
    assert ended.outcome.sentence == MAY_BE_SENT
    assert len(harness.api.sent) == 1


async def test_a_mail_that_a_process_before_left_is_not_sent_again(harness: ServiceHarness) -> None:
    change = await proposed(harness, notify=True)
    harness.api.gate.clear()
    await decide.confirm(harness.ctx, actor(ADMIN), change.id, change.preview_revision)
    await harness.executor.sweep()
    await harness.api.until_sent(1)
    await harness.executor.kill()
    harness.api.gate.set()
    await harness.executor.run()
    ended = await harness.change(change.id)
    assert (ended.state, len(harness.api.sent)) == (State.FAILED, 1)
    assert ended.outcome is not None
    assert ended.outcome.sentence == MAY_BE_SENT


async def test_a_refused_mail_is_told(harness: ServiceHarness) -> None:
    harness.api.answers = [refusal("no mail")]
    ended = await mailed(harness)
    assert ended.state is State.FAILED
    assert ended.outcome is not None
    assert ended.outcome.sentence == "no mail"


def test_the_wish_is_for_one_user() -> None:
    made = token_request(TokenCommand(CUSTOMER, JO, notify=True))
    assert (made.scope, made.action) == (Users((JO,)), MakeToken(notify=True))
