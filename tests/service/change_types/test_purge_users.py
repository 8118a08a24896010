"""Users who are deleted in bulk: the approved ones, exported before, and nobody else."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator

import pytest

from bot.domain.actions import PurgeUsers
from bot.domain.change import Change, State
from bot.domain.change_request import Proposal
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.preview import Facts
from bot.domain.scope import EVERY_USER, Filters
from bot.errors import Ambiguous, NotAllowed, NotSent, SlackUnavailable
from bot.ports import UserState
from bot.service.change_types import purge_users
from bot.service.change_types.attempt import pre_delete_export
from bot.service.changes import decide, resolve
from bot.service.changes.propose import propose
from tests.builders import ADMIN, APPROVER, CUSTOMER, OTHER_CUSTOMER, a_policy_rule
from tests.fakes import ambiguous, not_sent, refusal
from tests.service.service_setup import SECOND, House, actor, many

LEFT = Filters(groups=("left",), access=False)
BULK = f"DELETE /{CUSTOMER}"


def add_left(house: House, number: int) -> None:
    """Add so many users who match LEFT."""
    addresses = many(number).addresses
    house.api.add(CUSTOMER, *addresses, access=False, groups=frozenset({"left"}))
    for address in addresses:
        house.api.held[CUSTOMER][address].fields["failoverGroups"] = ["Left", "emea"]


async def proposed(house: House, filters: Filters = LEFT) -> Change:
    change, _ = await propose(
        house.ctx, actor(ADMIN), Proposal(CUSTOMER, PurgeUsers(), filters, "gone")
    )
    await house.executor.run()
    return await house.change(change.id)


async def approved(house: House, filters: Filters = LEFT) -> Change:
    change = await proposed(house, filters)
    for person in (APPROVER, SECOND):
        change = await decide.approve(house.ctx, actor(person), change.id, change.preview_revision)
    return change


async def purged(house: House, filters: Filters = LEFT) -> Change:
    change = await approved(house, filters)
    await house.executor.run()
    return await house.change(change.id)


def sentence(change: Change) -> str:
    assert change.outcome
    return change.outcome.sentence


# --- who may, and on what ground ------------------------------------------------------------------


async def test_an_operator_may_not_propose_it(house: House) -> None:
    with pytest.raises(NotAllowed, match="admin"):
        await propose(house.ctx, actor(), Proposal(CUSTOMER, PurgeUsers(), LEFT))


async def test_two_others_approve_whatever_the_policy_says(house: House) -> None:
    await house.policy(a_policy_rule(approvals=0))
    add_left(house, 2)
    change = await proposed(house)
    assert change.approvals_needed == 2
    with pytest.raises(NotAllowed, match="Nobody approves their own"):
        await decide.approve(house.ctx, actor(ADMIN), change.id, change.preview_revision)
    await decide.approve(house.ctx, actor(APPROVER), change.id, change.preview_revision)
    await house.executor.run()
    assert (await house.state(change.id), house.api.sent) == (State.AWAITING_APPROVAL, [])


async def test_the_preview_tells_how_many_of_how_many(house: House) -> None:
    add_left(house, 4)
    change = await proposed(house)
    assert change.preview
    assert change.preview.total == 4
    assert change.preview.facts == Facts(everyone=7, in_failover=0)
    [previewed] = await house.details("change.previewed")
    told = (previewed["Users of this customer"], previewed["In failover now"])
    assert told == ("7", "0")


@pytest.mark.parametrize("error", [Ambiguous("no answer"), NotSent("not reached")])
async def test_without_a_number_nobody_is_asked_to_decide(house: House, error: Exception) -> None:
    house.api.unreadable = error
    change = await proposed(house)
    assert change.state is State.CANCELLED
    assert change.decision_reason == f"Not counted, so nobody can decide it. {error}"


async def test_more_than_can_be_deleted_one_by_one_is_stopped_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge_users, "MAX_USERS_ONE_BY_ONE", 3)
    add_left(house, 4)
    change = await proposed(house)
    assert change.state is State.CANCELLED
    assert "Narrow it down" in change.decision_reason


async def test_more_than_can_be_kept_in_mind_for_the_file_is_stopped_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge_users, "MAX_USERS_AT_ONCE", 2)
    change = await proposed(house, EVERY_USER)
    assert change.state is State.CANCELLED
    assert change.decision_reason.startswith("3 users match; at once at most 2 are deleted.")


# --- by filters: one by one -----------------------------------------------------------------------


async def test_who_matches_is_exported_and_deleted_by_an_own_request_each(house: House) -> None:
    add_left(house, 20)
    change = await purged(house)
    assert (change.state, sentence(change)) == (State.APPLIED, "")
    assert sorted(house.api.sent) == [
        f"DELETE /{CUSTOMER}/{address}" for address in many(20).addresses
    ]
    assert len(house.api.held[CUSTOMER]) == 3
    rows = [*csv.DictReader(io.StringIO(house.export_sink.files[change.id]))]
    assert [row["user"] for row in rows] == [*many(20).addresses]
    assert (rows[0]["failoverGroups"], rows[0]["access"]) == ("Left|emea", "false")
    [exported] = await house.details("change.exported")
    assert (exported["users"], exported["file"]) == (20, f"to {ADMIN}")


async def test_the_file_holds_what_the_bot_does_not_know_too(house: House) -> None:
    add_left(house, 1)
    house.api.held[CUSTOMER]["u000@example.com"].fields["pet"] = {"kind": "cat"}
    change = await purged(house)
    [row] = csv.DictReader(io.StringIO(house.export_sink.files[change.id]))
    assert row["more"] == '{"pet": {"kind": "cat"}}'


async def test_an_api_that_ignores_the_filter_deletes_nobody(house: House) -> None:
    add_left(house, 3)
    change = await approved(house)
    matching = house.api._matching
    house.api._matching = lambda customer, filters: matching(customer, EVERY_USER)[:3]  # type: ignore[method-assign]
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent, house.export_sink.files) == (State.FAILED, [], {})
    assert "and does not tell that they match by access and group" in sentence(change)
    assert "filters are not to be trusted" in sentence(change)


async def test_an_api_that_does_not_tell_the_groups_deletes_nobody(house: House) -> None:
    add_left(house, 1)
    del house.api.held[CUSTOMER]["u000@example.com"].fields["failoverGroups"]
    change = await purged(house)
    assert (change.state, house.api.sent) == (State.FAILED, [])
    assert "by group" in sentence(change)


async def test_a_list_that_somebody_wrote_before_the_first_attempt_spares_no_export(
    house: House,
) -> None:
    add_left(house, 3)
    change = await approved(house)
    forged = [UserOutcome(one, UserStatus.NOT_SENT) for one in many(3).addresses]
    await house.store.write(lambda tx: tx.put_user_outcomes(change.id, forged))
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent, house.export_sink.files) == (State.FAILED, [], {})
    assert sentence(change) == (
        "Nothing was deleted: there was a list of users before the bot made one."
    )


@pytest.mark.parametrize("filters", [LEFT, EVERY_USER])
@pytest.mark.parametrize("more", [1, -1])
async def test_another_number_than_approved_stops_it_with_both_and_before_any_file(
    house: House, filters: Filters, more: int
) -> None:
    add_left(house, 3)
    change = await approved(house, filters)
    assert change.preview
    then = change.preview.total or 0
    if more > 0:
        add_left(house, 4)
    else:
        del house.api.held[CUSTOMER]["u000@example.com"]
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent, house.export_sink.files) == (State.FAILED, [], {})
    assert f"{then} users when it was decided, {then + more} now." in sentence(change)
    assert "change.asked_again" not in await house.trail(change.id)


@pytest.mark.parametrize("filters", [LEFT, EVERY_USER])
@pytest.mark.parametrize("error", [SlackUnavailable("Slack did not answer."), OSError("disk full")])
async def test_without_the_file_nobody_is_deleted(
    house: House, filters: Filters, error: Exception
) -> None:
    add_left(house, 3)
    house.export_sink.error = error
    change = await purged(house, filters)
    assert (change.state, house.api.sent) == (State.FAILED, [])
    assert sentence(change) == f"Nothing was deleted. {error}"


async def test_a_list_without_end_is_left_long_before_memory_ends(
    house: House,
) -> None:
    add_left(house, 3)
    change = await approved(house)
    told = 0

    async def endless(customer: str, filters: Filters) -> AsyncIterator[UserState]:
        nonlocal told
        while told < 5000:
            told += 1
            fields = {"failoverGroups": ["left"]}
            yield UserState(f"x{told}@example.com", False, False, False, fields)

    house.api.users = endless  # type: ignore[method-assign, assignment]
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent, house.export_sink.files) == (State.FAILED, [], {})
    assert "3 users when it was decided, more than 1,006 are listed now" in sentence(change)
    assert told < 1100


async def test_a_list_that_drips_holds_nothing_up_for_long(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pre_delete_export, "MAX_EXPORT_SECONDS", 0.05)
    add_left(house, 3)
    change = await approved(house)

    async def dripping(customer: str, filters: Filters) -> AsyncIterator[UserState]:
        await asyncio.Event().wait()
        yield UserState("x@example.com", False, False, False)

    house.api.users = dripping  # type: ignore[method-assign, assignment]
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent, house.export_sink.files) == (State.FAILED, [], {})
    assert "not listed and brought to the requester in time" in sentence(change)


@pytest.mark.parametrize("filters", [LEFT, EVERY_USER])
async def test_more_in_failover_than_the_approvers_saw_stops_it(
    house: House, filters: Filters
) -> None:
    """Their mail is in the mailboxes that would be deleted."""
    add_left(house, 3)
    house.api.held[CUSTOMER]["u000@example.com"].failover = True
    change = await approved(house, filters)
    house.api.held[CUSTOMER]["u001@example.com"].failover = True
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent, house.export_sink.files) == (State.FAILED, [], {})
    words = "Nothing was deleted. 1 of them in failover when it was decided, 2 now."
    assert sentence(change) == words


async def test_fewer_in_failover_do_not_stop_it(house: House) -> None:
    add_left(house, 3)
    house.api.held[CUSTOMER]["u000@example.com"].failover = True
    change = await approved(house)
    house.api.held[CUSTOMER]["u000@example.com"].failover = False
    await house.executor.run()
    assert await house.state(change.id) is State.APPLIED


async def test_a_list_that_breaks_off_deletes_nobody(house: House) -> None:
    add_left(house, 3)
    change = await approved(house)
    house.api.unreadable = Ambiguous("The list broke off.")
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent, house.export_sink.files) == (State.APPROVED, [], {})
    assert sentence(change).endswith("The list broke off. Nothing was sent.")


@pytest.mark.parametrize("filters", [LEFT, EVERY_USER])
async def test_a_user_of_another_customer_in_the_list_deletes_nobody(
    house: House, filters: Filters
) -> None:
    add_left(house, 3)
    house.api.held[CUSTOMER]["u001@example.com"].fields["customer"] = OTHER_CUSTOMER
    change = await purged(house, filters)
    assert (change.state, house.api.sent, house.export_sink.files) == (State.FAILED, [], {})
    assert "does not tell that they match by customer" in sentence(change)


async def test_a_user_listed_twice_deletes_nobody(house: House) -> None:
    add_left(house, 3)
    change = await approved(house)
    matching = house.api._matching
    house.api._matching = lambda customer, filters: matching(customer, filters) * 2  # type: ignore[method-assign]
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent, house.export_sink.files) == (State.FAILED, [], {})
    assert "lists u000@example.com twice" in sentence(change)


async def test_one_who_is_gone_when_his_turn_comes_is_no_failure(house: House) -> None:
    add_left(house, 3)
    house.api.answers_to = {"u001@example.com": [refusal("Not Found", 404)]}
    change = await approved(house)
    house.export_sink.on_kept = lambda: house.api.held[CUSTOMER].__delitem__("u001@example.com")
    await house.executor.run()
    assert await house.state(change.id) is State.APPLIED


async def test_one_who_was_taken_out_while_the_others_were_exported_is_kept(house: House) -> None:
    add_left(house, 3)
    change = await approved(house)

    def spare() -> None:
        house.api.held[CUSTOMER]["u001@example.com"].access = True

    house.export_sink.on_kept = spare
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, len(house.api.sent)) == (State.PARTIAL, 2)
    [kept] = await house.look(lambda tx: tx.user_outcomes(change.id, status=UserStatus.FAILED))
    assert kept.reason == "Not deleted: the API does not tell that they still match by access."


async def test_one_who_cannot_be_looked_at_is_not_deleted(house: House) -> None:
    add_left(house, 3)
    house.api.unreadable_users = {"u001@example.com": Ambiguous("no answer")}
    change = await purged(house)
    assert (change.state, len(house.api.sent)) == (State.PARTIAL, 2)
    assert (await house.statuses(change.id))["u001"] is UserStatus.FAILED


async def test_it_can_be_stopped_and_says_who_is_left(house: House) -> None:
    add_left(house, 20)
    change = await approved(house)
    house.store.meanwhile = []
    stopped = False

    def stop(_: str) -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            house.store.meanwhile.append(
                lambda tx: tx.save_change(tx.change(change.id).revised(stopped_by=APPROVER))  # type: ignore[union-attr]
            )

    house.api.on_write = stop
    await house.executor.run()
    change = await house.change(change.id)
    assert change.outcome
    assert (change.state, change.outcome.in_state, change.outcome.total) == (State.PARTIAL, 8, 20)
    statuses = [*(await house.statuses(change.id)).values()]
    assert statuses.count(UserStatus.NOT_SENT) == 12
    assert len(house.api.sent) == 8


async def test_stopped_while_the_file_was_made_nobody_is_deleted(house: House) -> None:
    add_left(house, 9)
    change = await approved(house)
    house.export_sink.on_kept = lambda: house.store.meanwhile.append(
        lambda tx: tx.save_change(tx.change(change.id).revised(stopped_by=APPROVER))  # type: ignore[union-attr]
    )
    await house.executor.run()
    assert (await house.state(change.id), house.api.sent) == (State.FAILED, [])


async def test_one_who_does_not_match_any_more_when_his_turn_comes_stays(house: House) -> None:
    add_left(house, 3)
    change = await approved(house)
    back = house.api.held[CUSTOMER]["u001@example.com"]
    house.export_sink.on_kept = lambda: setattr(back, "access", True)
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, len(house.api.sent)) == (State.PARTIAL, 2)
    assert back in house.api.held[CUSTOMER].values()
    [row] = await house.look(lambda tx: tx.user_outcomes(change.id, status=UserStatus.FAILED))
    assert row.reason == "Not deleted: the API does not tell that they still match by access."


async def test_put_off_he_is_looked_at_again_before_it_is_sent_again(house: House) -> None:
    add_left(house, 1)
    house.api.answers = [not_sent(retry_after=30.0)]
    back = house.api.held[CUSTOMER]["u000@example.com"]
    house.api.on_write = lambda _: setattr(back, "access", True)
    change = await purged(house)
    assert (change.state, len(house.api.sent)) == (State.FAILED, 1)
    assert back in house.api.held[CUSTOMER].values()


async def test_trying_again_what_was_stopped_sends_nobody_who_was_not_sent(house: House) -> None:
    add_left(house, 20)
    house.api.answers_to = {"u000@example.com": [ambiguous(landed=False)]}
    change = await approved(house)
    house.api.on_write = lambda _: house.store.meanwhile.append(
        lambda tx: tx.save_change(tx.change(change.id).revised(stopped_by=APPROVER))  # type: ignore[union-attr]
    )
    await house.executor.run()
    house.api.on_write = lambda _: None
    house.store.meanwhile.clear()
    house.clock.advance(seconds=3)
    await house.executor.run()
    assert await house.state(change.id) is State.NEEDS_OPERATOR
    house.clock.advance(seconds=61)
    await resolve.retry(house.ctx, actor(ADMIN), change.id, "try it")
    await house.executor.run()
    change = await house.change(change.id)
    assert change.outcome
    assert (change.state, change.outcome.in_state) == (State.PARTIAL, 8)
    assert len(house.api.sent) == 9  # the eight of the first batch, and once more the lost one


async def test_what_a_killed_process_left_is_gone_on_with_by_its_list_and_exported_once(
    house: House,
) -> None:
    add_left(house, 20)
    change = await approved(house)
    house.api.on_write = lambda _: house.api.gate.clear() if len(house.api.sent) > 8 else None
    await house.executor.sweep()
    await house.api.until_sent(9)
    await house.executor.kill()
    house.api.gate.set()
    house.api.on_write = lambda _: None
    house.export_sink.files.clear()
    late = "late@example.com"  # who comes to match meanwhile is on no list
    house.api.add(CUSTOMER, late, access=False, groups=frozenset({"left"}))
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.export_sink.files) == (
        State.APPLIED,
        {},
    )  # all on the list are gone
    assert sentence(change) == "1 match now."
    assert {*house.api.held[CUSTOMER]} >= {late, "a@example.com"}
    assert len(house.api.held[CUSTOMER]) == 4


async def test_an_ambiguous_answer_for_one_of_them_is_settled_by_looking_at_him(
    house: House,
) -> None:
    add_left(house, 3)
    house.api.answers_to = {
        "u000@example.com": [ambiguous(landed=True)],
        "u001@example.com": [ambiguous(landed=False)],
    }
    change = await purged(house)
    assert change.state is State.UNKNOWN
    house.clock.advance(seconds=3)
    await house.executor.run()
    assert await house.state(change.id) is State.APPLIED
    assert len(house.api.sent) == 4
    assert house.api.sent[-1].endswith("u001@example.com")


async def test_a_no_for_one_of_them_is_his_alone(house: House) -> None:
    add_left(house, 3)
    house.api.answers_to = {"u000@example.com": [refusal("Forbidden")]}
    change = await purged(house)
    assert change.state is State.PARTIAL
    assert (await house.statuses(change.id))["u000"] is UserStatus.FAILED


async def test_decided_anew_it_never_deletes_more_than_was_approved_last(house: House) -> None:
    """The list of the first attempt has three; two were left when it was decided anew."""
    add_left(house, 3)
    house.api.answers_to = {f"u00{n}@example.com": [ambiguous(landed=False)] for n in range(3)}
    change = await purged(house)
    house.api.unreadable = Ambiguous("no answer")
    for _ in range(6):
        house.clock.advance(seconds=61)
        await house.executor.run()
    house.clock.advance(minutes=40)
    house.api.unreadable = None
    house.api.held[CUSTOMER]["u000@example.com"].access = True
    await resolve.retry(house.ctx, actor(ADMIN), change.id, "try it")
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, change.preview and change.preview.total) == (State.AWAITING_APPROVAL, 2)
    sent = len(house.api.sent)
    for person in (APPROVER, SECOND):
        await decide.approve(house.ctx, actor(person), change.id, change.preview_revision)
    await house.executor.run()
    change = await house.change(change.id)
    assert change.state is State.FAILED
    assert "2 were approved, 3 are on the list" in sentence(change)
    assert len(house.api.sent) == sent


# --- the whole customer: one request --------------------------------------------------------------


async def test_everybody_is_one_request_after_the_file(house: House) -> None:
    change = await purged(house, EVERY_USER)
    assert (change.state, house.api.sent) == (State.APPLIED, [BULK])
    assert house.api.held[CUSTOMER] == {}
    assert house.export_sink.files[change.id].count("\r\n") == 4
    assert change.outcome
    assert (change.outcome.affected, change.outcome.in_state, change.outcome.total) == (3, 3, 3)


async def test_they_are_counted_again_between_the_file_and_the_request(house: House) -> None:
    change = await approved(house, EVERY_USER)
    house.export_sink.on_kept = lambda: house.api.add(CUSTOMER, "new@example.com")
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent) == (State.FAILED, [])
    numbers = "Nothing was deleted. 3 users when it was decided, 4 now."
    assert sentence(change) == f"{numbers} Look who they are, then give the command again."


async def test_a_count_without_an_answer_stops_it(house: House) -> None:
    change = await approved(house, EVERY_USER)

    def silent() -> None:
        house.api.unreadable = Ambiguous("no answer")

    house.export_sink.on_kept = silent
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent) == (State.FAILED, [])
    assert "could not be counted again. no answer" in sentence(change)


async def test_put_off_it_is_counted_again_before_it_is_sent_again(house: House) -> None:
    house.api.answers = [not_sent(retry_after=30)]
    house.clock.on_sleep = lambda _: house.api.add(CUSTOMER, "new@example.com")
    change = await purged(house, EVERY_USER)
    assert (change.state, house.api.sent) == (State.FAILED, [BULK])
    assert "3 users when it was decided, 4 now." in sentence(change)


async def test_ambiguous_and_nobody_left_is_applied(house: House) -> None:
    house.api.answers = [ambiguous(landed=True)]
    change = await purged(house, EVERY_USER)
    assert change.state is State.UNKNOWN
    house.clock.advance(seconds=3)
    await house.executor.run()
    assert (await house.state(change.id), house.api.sent) == (State.APPLIED, [BULK])


async def test_ambiguous_and_users_left_is_never_sent_again_without_a_person(house: House) -> None:
    house.api.answers = [ambiguous(landed=False)]
    change = await purged(house, EVERY_USER)
    for _ in range(8):
        house.clock.advance(seconds=61)
        await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent) == (State.NEEDS_OPERATOR, [BULK])
    assert sentence(change) == "3 users are there. It is not sent again by itself."
    after = await resolve.read_back_again(house.ctx, actor(ADMIN), change.id)
    assert (after.state, house.api.sent) == (State.NEEDS_OPERATOR, [BULK])
    await resolve.retry(house.ctx, actor(ADMIN), change.id, "the API is back")
    await house.executor.run()
    assert (await house.state(change.id), house.api.sent) == (State.APPLIED, [BULK, BULK])


async def test_tried_again_it_does_not_say_that_nothing_was_deleted(house: House) -> None:
    """Of three one is gone, by the request whose answer was lost."""
    house.api.answers = [ambiguous(landed=False)]
    change = await purged(house, EVERY_USER)
    del house.api.held[CUSTOMER]["a@example.com"]
    for _ in range(8):
        house.clock.advance(seconds=61)
        await house.executor.run()
    await resolve.retry(house.ctx, actor(ADMIN), change.id, "the API is back")
    await house.executor.run()
    change = await house.change(change.id)
    assert change.state is State.FAILED
    told = sentence(change)
    assert told.startswith("Nothing more was deleted. 3 users when it was decided, 2 now.")


async def test_a_purge_that_was_lost_is_not_sent_again_by_the_next_process(house: House) -> None:
    change = await approved(house, EVERY_USER)
    house.api.on_write = lambda _: house.api.gate.clear()
    await house.executor.sweep()
    await house.api.until_sent(1)
    await house.executor.kill()
    house.api.gate.set()
    for _ in range(8):
        house.clock.advance(seconds=61)
        await house.executor.run()
    assert (await house.state(change.id), house.api.sent) == (State.NEEDS_OPERATOR, [BULK])


async def test_numbers_that_contradict_each_other_let_nobody_decide_a_deletion(
    house: House,
) -> None:
    real = house.api.count

    async def odd(customer: str, filters: Filters = EVERY_USER) -> int:
        return 12 if filters.failover else await real(customer, filters)

    house.api.count = odd  # type: ignore[method-assign]
    change = await proposed(house, EVERY_USER)
    assert change.state is State.CANCELLED
    assert change.decision_reason == (
        "Not counted, so nobody can decide it. The API's numbers contradict each other: "
        "12 in failover of 3 who match."
    )
