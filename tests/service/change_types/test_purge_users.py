"""Users who are deleted in bulk: the approved ones, exported before, and nobody else."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator

import pytest

from bot.domain.actions import PurgeUsers
from bot.domain.change import Change
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
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
from tests.service.harness import SECOND, ServiceHarness, actor, many

LEFT = Filters(groups=("left",), access=False)
BULK = f"DELETE /{CUSTOMER}"


def add_left(harness: ServiceHarness, number: int) -> None:
    """Add so many users who match LEFT."""
    addresses = many(number).addresses
    harness.api.add(CUSTOMER, *addresses, access=False, groups=frozenset({"left"}))
    for address in addresses:
        harness.api.held[CUSTOMER][address].fields["failoverGroups"] = ["Left", "emea"]


async def proposed(harness: ServiceHarness, filters: Filters = LEFT) -> Change:
    change, _ = await propose(
        harness.ctx, actor(ADMIN), Proposal(CUSTOMER, PurgeUsers(), filters, "gone")
    )
    await harness.executor.run()
    return await harness.change(change.id)


async def approved(harness: ServiceHarness, filters: Filters = LEFT) -> Change:
    change = await proposed(harness, filters)
    for person in (APPROVER, SECOND):
        change = await decide.approve(
            harness.ctx, actor(person), change.id, change.preview_revision
        )
    return change


async def purged(harness: ServiceHarness, filters: Filters = LEFT) -> Change:
    change = await approved(harness, filters)
    await harness.executor.run()
    return await harness.change(change.id)


def sentence(change: Change) -> str:
    assert change.outcome
    return change.outcome.sentence


# --- who may, and on what ground ------------------------------------------------------------------


async def test_an_operator_may_not_propose_it(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed, match="admin"):
        await propose(harness.ctx, actor(), Proposal(CUSTOMER, PurgeUsers(), LEFT))


async def test_two_others_approve_whatever_the_policy_says(harness: ServiceHarness) -> None:
    await harness.policy(a_policy_rule(approvals=0))
    add_left(harness, 2)
    change = await proposed(harness)
    assert change.approvals_needed == 2
    with pytest.raises(NotAllowed, match="Nobody approves their own"):
        await decide.approve(harness.ctx, actor(ADMIN), change.id, change.preview_revision)
    await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)
    await harness.executor.run()
    assert (await harness.state(change.id), harness.api.sent) == (State.AWAITING_APPROVAL, [])


async def test_the_preview_tells_how_many_of_how_many(harness: ServiceHarness) -> None:
    add_left(harness, 4)
    change = await proposed(harness)
    assert change.preview
    assert change.preview.total == 4
    assert change.preview.facts == Facts(everyone=7, in_failover=0)
    [previewed] = await harness.details("change.previewed")
    told = (previewed["Users of this customer"], previewed["In failover now"])
    assert told == ("7", "0")


@pytest.mark.parametrize("error", [Ambiguous("no answer"), NotSent("not reached")])
async def test_without_a_number_nobody_is_asked_to_decide(
    harness: ServiceHarness, error: Exception
) -> None:
    harness.api.unreadable = error
    change = await proposed(harness)
    assert change.state is State.CANCELLED
    assert change.decision_reason == f"Not counted, so nobody can decide it. {error}"


async def test_more_than_can_be_deleted_one_by_one_is_stopped_at_once(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge_users, "MAX_USERS_ONE_BY_ONE", 3)
    add_left(harness, 4)
    change = await proposed(harness)
    assert change.state is State.CANCELLED
    assert "Narrow it down" in change.decision_reason


async def test_more_than_can_be_kept_in_mind_for_the_file_is_stopped_at_once(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge_users, "MAX_USERS_AT_ONCE", 2)
    change = await proposed(harness, EVERY_USER)
    assert change.state is State.CANCELLED
    assert change.decision_reason.startswith("3 users match; at once at most 2 are deleted.")


# --- by filters: one by one -----------------------------------------------------------------------


async def test_who_matches_is_exported_and_deleted_by_an_own_request_each(
    harness: ServiceHarness,
) -> None:
    add_left(harness, 20)
    change = await purged(harness)
    assert (change.state, sentence(change)) == (State.APPLIED, "")
    assert sorted(harness.api.sent) == [
        f"DELETE /{CUSTOMER}/{address}" for address in many(20).addresses
    ]
    assert len(harness.api.held[CUSTOMER]) == 3
    rows = [*csv.DictReader(io.StringIO(harness.export_sink.files[change.id]))]
    assert [row["user"] for row in rows] == [*many(20).addresses]
    assert (rows[0]["failoverGroups"], rows[0]["access"]) == ("Left|emea", "false")
    [exported] = await harness.details("change.exported")
    assert (exported["users"], exported["file"]) == (20, f"to {ADMIN}")


async def test_the_file_holds_what_the_bot_does_not_know_too(harness: ServiceHarness) -> None:
    add_left(harness, 1)
    harness.api.held[CUSTOMER]["u000@example.com"].fields["pet"] = {"kind": "cat"}
    change = await purged(harness)
    [row] = csv.DictReader(io.StringIO(harness.export_sink.files[change.id]))
    assert row["more"] == '{"pet": {"kind": "cat"}}'


async def test_an_api_that_ignores_the_filter_deletes_nobody(harness: ServiceHarness) -> None:
    add_left(harness, 3)
    change = await approved(harness)
    matching = harness.api._matching
    harness.api._matching = lambda customer, filters: matching(customer, EVERY_USER)[:3]  # type: ignore[method-assign]
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent, harness.export_sink.files) == (State.FAILED, [], {})
    assert "and does not tell that they match by access and group" in sentence(change)
    assert "filters are not to be trusted" in sentence(change)


async def test_an_api_that_does_not_tell_the_groups_deletes_nobody(harness: ServiceHarness) -> None:
    add_left(harness, 1)
    harness.api.held[CUSTOMER]["u000@example.com"].fields["failoverGroups"] = None
    change = await purged(harness)
    assert (change.state, harness.api.sent) == (State.FAILED, [])
    assert "by group" in sentence(change)


async def test_a_list_that_somebody_wrote_before_the_first_attempt_spares_no_export(
    harness: ServiceHarness,
) -> None:
    add_left(harness, 3)
    change = await approved(harness)
    forged = [UserOutcome(one, UserStatus.NOT_SENT) for one in many(3).addresses]
    await harness.store.write(lambda tx: tx.put_user_outcomes(change.id, forged))
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent, harness.export_sink.files) == (State.FAILED, [], {})
    assert sentence(change) == (
        "Nothing was deleted: there was a list of users before the bot made one."
    )


@pytest.mark.parametrize("filters", [LEFT, EVERY_USER])
@pytest.mark.parametrize("more", [1, -1])
async def test_another_number_than_approved_stops_it_with_both_and_before_any_file(
    harness: ServiceHarness, filters: Filters, more: int
) -> None:
    add_left(harness, 3)
    change = await approved(harness, filters)
    assert change.preview
    then = change.preview.total or 0
    if more > 0:
        add_left(harness, 4)
    else:
        del harness.api.held[CUSTOMER]["u000@example.com"]
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent, harness.export_sink.files) == (State.FAILED, [], {})
    assert f"{then} users when it was decided, {then + more} now." in sentence(change)
    assert "change.asked_again" not in await harness.trail(change.id)


@pytest.mark.parametrize("filters", [LEFT, EVERY_USER])
@pytest.mark.parametrize("error", [SlackUnavailable("Slack did not answer."), OSError("disk full")])
async def test_without_the_file_nobody_is_deleted(
    harness: ServiceHarness, filters: Filters, error: Exception
) -> None:
    add_left(harness, 3)
    harness.export_sink.error = error
    change = await purged(harness, filters)
    assert (change.state, harness.api.sent) == (State.FAILED, [])
    assert sentence(change) == f"Nothing was deleted. {error}"


async def test_a_list_without_end_is_left_long_before_memory_ends(
    harness: ServiceHarness,
) -> None:
    add_left(harness, 3)
    change = await approved(harness)
    told = 0

    async def endless(customer: str, filters: Filters) -> AsyncIterator[UserState]:
        nonlocal told
        while told < 5000:
            told += 1
            fields = {"failoverGroups": ["left"]}
            yield UserState(f"x{told}@example.com", False, False, False, fields)

    harness.api.users = endless  # type: ignore[method-assign, assignment]
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent, harness.export_sink.files) == (State.FAILED, [], {})
    assert "3 users when it was decided, more than 1,006 are listed now" in sentence(change)
    assert told < 1100


async def test_a_list_that_drips_holds_nothing_up_for_long(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pre_delete_export, "MAX_EXPORT_SECONDS", 0.05)
    add_left(harness, 3)
    change = await approved(harness)

    async def dripping(customer: str, filters: Filters) -> AsyncIterator[UserState]:
        await asyncio.Event().wait()
        yield UserState("x@example.com", False, False, False)

    harness.api.users = dripping  # type: ignore[method-assign, assignment]
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent, harness.export_sink.files) == (State.FAILED, [], {})
    assert "not listed and brought to the requester in time" in sentence(change)


@pytest.mark.parametrize("filters", [LEFT, EVERY_USER])
async def test_more_in_failover_than_the_approvers_saw_stops_it(
    harness: ServiceHarness, filters: Filters
) -> None:
    """Their mail is in the mailboxes that would be deleted."""
    add_left(harness, 3)
    harness.api.held[CUSTOMER]["u000@example.com"].failover = True
    change = await approved(harness, filters)
    harness.api.held[CUSTOMER]["u001@example.com"].failover = True
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent, harness.export_sink.files) == (State.FAILED, [], {})
    words = "Nothing was deleted. 1 of them in failover when it was decided, 2 now."
    assert sentence(change) == words


async def test_fewer_in_failover_do_not_stop_it(harness: ServiceHarness) -> None:
    add_left(harness, 3)
    harness.api.held[CUSTOMER]["u000@example.com"].failover = True
    change = await approved(harness)
    harness.api.held[CUSTOMER]["u000@example.com"].failover = False
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_a_list_that_breaks_off_deletes_nobody(harness: ServiceHarness) -> None:
    add_left(harness, 3)
    change = await approved(harness)
    harness.api.unreadable = Ambiguous("The list broke off.")
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent, harness.export_sink.files) == (State.APPROVED, [], {})
    assert sentence(change).endswith("The list broke off. Nothing was sent.")


@pytest.mark.parametrize("filters", [LEFT, EVERY_USER])
async def test_a_user_of_another_customer_in_the_list_deletes_nobody(
    harness: ServiceHarness, filters: Filters
) -> None:
    add_left(harness, 3)
    harness.api.held[CUSTOMER]["u001@example.com"].fields["customer"] = OTHER_CUSTOMER
    change = await purged(harness, filters)
    assert (change.state, harness.api.sent, harness.export_sink.files) == (State.FAILED, [], {})
    assert "does not tell that they match by customer" in sentence(change)


async def test_a_user_listed_twice_deletes_nobody(harness: ServiceHarness) -> None:
    add_left(harness, 3)
    change = await approved(harness)
    matching = harness.api._matching
    harness.api._matching = lambda customer, filters: matching(customer, filters) * 2  # type: ignore[method-assign]
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent, harness.export_sink.files) == (State.FAILED, [], {})
    assert "lists u000@example.com twice" in sentence(change)


async def test_one_who_is_gone_when_his_turn_comes_is_no_failure(harness: ServiceHarness) -> None:
    add_left(harness, 3)
    harness.api.answers_to = {"u001@example.com": [refusal("Not Found", 404)]}
    change = await approved(harness)
    harness.export_sink.on_kept = lambda: harness.api.held[CUSTOMER].__delitem__("u001@example.com")
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_one_who_was_taken_out_while_the_others_were_exported_is_kept(
    harness: ServiceHarness,
) -> None:
    add_left(harness, 3)
    change = await approved(harness)

    def spare() -> None:
        harness.api.held[CUSTOMER]["u001@example.com"].access = True

    harness.export_sink.on_kept = spare
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, len(harness.api.sent)) == (State.PARTIAL, 2)
    [kept] = await harness.look(lambda tx: tx.user_outcomes(change.id, status=UserStatus.FAILED))
    assert kept.reason == "Not deleted: the API does not tell that they still match by access."


async def test_one_who_cannot_be_looked_at_is_not_deleted(harness: ServiceHarness) -> None:
    add_left(harness, 3)
    harness.api.unreadable_users = {"u001@example.com": Ambiguous("no answer")}
    change = await purged(harness)
    assert (change.state, len(harness.api.sent)) == (State.PARTIAL, 2)
    assert (await harness.statuses(change.id))["u001"] is UserStatus.FAILED


async def test_it_can_be_stopped_and_says_who_is_left(harness: ServiceHarness) -> None:
    add_left(harness, 20)
    change = await approved(harness)
    harness.store.meanwhile = []
    stopped = False

    def stop(_: str) -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            harness.store.meanwhile.append(
                lambda tx: tx.save_change(tx.change(change.id).revised(stopped_by=APPROVER))  # type: ignore[union-attr]
            )

    harness.api.on_write = stop
    await harness.executor.run()
    change = await harness.change(change.id)
    assert change.outcome
    assert (change.state, change.outcome.in_state, change.outcome.total) == (State.PARTIAL, 8, 20)
    statuses = [*(await harness.statuses(change.id)).values()]
    assert statuses.count(UserStatus.NOT_SENT) == 12
    assert len(harness.api.sent) == 8


async def test_stopped_while_the_file_was_made_nobody_is_deleted(harness: ServiceHarness) -> None:
    add_left(harness, 9)
    change = await approved(harness)
    harness.export_sink.on_kept = lambda: harness.store.meanwhile.append(
        lambda tx: tx.save_change(tx.change(change.id).revised(stopped_by=APPROVER))  # type: ignore[union-attr]
    )
    await harness.executor.run()
    assert (await harness.state(change.id), harness.api.sent) == (State.FAILED, [])


async def test_one_who_does_not_match_any_more_when_his_turn_comes_stays(
    harness: ServiceHarness,
) -> None:
    add_left(harness, 3)
    change = await approved(harness)
    back = harness.api.held[CUSTOMER]["u001@example.com"]
    harness.export_sink.on_kept = lambda: setattr(back, "access", True)
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, len(harness.api.sent)) == (State.PARTIAL, 2)
    assert back in harness.api.held[CUSTOMER].values()
    [row] = await harness.look(lambda tx: tx.user_outcomes(change.id, status=UserStatus.FAILED))
    assert row.reason == "Not deleted: the API does not tell that they still match by access."


async def test_put_off_he_is_looked_at_again_before_it_is_sent_again(
    harness: ServiceHarness,
) -> None:
    add_left(harness, 1)
    harness.api.answers = [not_sent(retry_after=30.0)]
    back = harness.api.held[CUSTOMER]["u000@example.com"]
    harness.api.on_write = lambda _: setattr(back, "access", True)
    change = await purged(harness)
    assert (change.state, len(harness.api.sent)) == (State.FAILED, 1)
    assert back in harness.api.held[CUSTOMER].values()


async def test_trying_again_what_was_stopped_sends_nobody_who_was_not_sent(
    harness: ServiceHarness,
) -> None:
    add_left(harness, 20)
    harness.api.answers_to = {"u000@example.com": [ambiguous(landed=False)]}
    change = await approved(harness)
    harness.api.on_write = lambda _: harness.store.meanwhile.append(
        lambda tx: tx.save_change(tx.change(change.id).revised(stopped_by=APPROVER))  # type: ignore[union-attr]
    )
    await harness.executor.run()
    harness.api.on_write = lambda _: None
    harness.store.meanwhile.clear()
    harness.clock.advance(seconds=3)
    await harness.executor.run()
    assert await harness.state(change.id) is State.NEEDS_OPERATOR
    harness.clock.advance(seconds=61)
    await resolve.retry(harness.ctx, actor(ADMIN), change.id, "try it")
    await harness.executor.run()
    change = await harness.change(change.id)
    assert change.outcome
    assert (change.state, change.outcome.in_state) == (State.PARTIAL, 8)
    assert len(harness.api.sent) == 9  # the eight of the first batch, and once more the lost one


async def test_what_a_killed_process_left_is_gone_on_with_by_its_list_and_exported_once(
    harness: ServiceHarness,
) -> None:
    add_left(harness, 20)
    change = await approved(harness)
    harness.api.on_write = lambda _: harness.api.gate.clear() if len(harness.api.sent) > 8 else None
    await harness.executor.sweep()
    await harness.api.until_sent(9)
    await harness.executor.kill()
    harness.api.gate.set()
    harness.api.on_write = lambda _: None
    harness.export_sink.files.clear()
    late = "late@example.com"  # who comes to match meanwhile is on no list
    harness.api.add(CUSTOMER, late, access=False, groups=frozenset({"left"}))
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.export_sink.files) == (
        State.APPLIED,
        {},
    )  # all on the list are gone
    assert sentence(change) == "1 match now."
    assert {*harness.api.held[CUSTOMER]} >= {late, "a@example.com"}
    assert len(harness.api.held[CUSTOMER]) == 4


async def test_an_ambiguous_answer_for_one_of_them_is_settled_by_looking_at_him(
    harness: ServiceHarness,
) -> None:
    add_left(harness, 3)
    harness.api.answers_to = {
        "u000@example.com": [ambiguous(landed=True)],
        "u001@example.com": [ambiguous(landed=False)],
    }
    change = await purged(harness)
    assert change.state is State.UNKNOWN
    harness.clock.advance(seconds=3)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    assert len(harness.api.sent) == 4
    assert harness.api.sent[-1].endswith("u001@example.com")


async def test_a_no_for_one_of_them_is_his_alone(harness: ServiceHarness) -> None:
    add_left(harness, 3)
    harness.api.answers_to = {"u000@example.com": [refusal("Forbidden")]}
    change = await purged(harness)
    assert change.state is State.PARTIAL
    assert (await harness.statuses(change.id))["u000"] is UserStatus.FAILED


async def test_decided_anew_it_never_deletes_more_than_was_approved_last(
    harness: ServiceHarness,
) -> None:
    """The list of the first attempt has three; two were left when it was decided anew."""
    add_left(harness, 3)
    harness.api.answers_to = {f"u00{n}@example.com": [ambiguous(landed=False)] for n in range(3)}
    change = await purged(harness)
    harness.api.unreadable = Ambiguous("no answer")
    for _ in range(6):
        harness.clock.advance(seconds=61)
        await harness.executor.run()
    harness.clock.advance(minutes=40)
    harness.api.unreadable = None
    harness.api.held[CUSTOMER]["u000@example.com"].access = True
    await resolve.retry(harness.ctx, actor(ADMIN), change.id, "try it")
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, change.preview and change.preview.total) == (State.AWAITING_APPROVAL, 2)
    sent = len(harness.api.sent)
    for person in (APPROVER, SECOND):
        await decide.approve(harness.ctx, actor(person), change.id, change.preview_revision)
    await harness.executor.run()
    change = await harness.change(change.id)
    assert change.state is State.FAILED
    assert "2 were approved, 3 are on the list" in sentence(change)
    assert len(harness.api.sent) == sent


# --- the whole customer: one request --------------------------------------------------------------


async def test_everybody_is_one_request_after_the_file(harness: ServiceHarness) -> None:
    change = await purged(harness, EVERY_USER)
    assert (change.state, harness.api.sent) == (State.APPLIED, [BULK])
    assert harness.api.held[CUSTOMER] == {}
    assert harness.export_sink.files[change.id].count("\r\n") == 4
    assert change.outcome
    assert (change.outcome.affected, change.outcome.in_state, change.outcome.total) == (3, 3, 3)


async def test_they_are_counted_again_between_the_file_and_the_request(
    harness: ServiceHarness,
) -> None:
    change = await approved(harness, EVERY_USER)
    harness.export_sink.on_kept = lambda: harness.api.add(CUSTOMER, "new@example.com")
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent) == (State.FAILED, [])
    numbers = "Nothing was deleted. 3 users when it was decided, 4 now."
    assert sentence(change) == f"{numbers} Look who they are, then give the command again."


async def test_a_count_without_an_answer_stops_it(harness: ServiceHarness) -> None:
    change = await approved(harness, EVERY_USER)

    def silent() -> None:
        harness.api.unreadable = Ambiguous("no answer")

    harness.export_sink.on_kept = silent
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent) == (State.FAILED, [])
    assert "could not be counted again. no answer" in sentence(change)


async def test_put_off_it_is_counted_again_before_it_is_sent_again(harness: ServiceHarness) -> None:
    harness.api.answers = [not_sent(retry_after=30)]
    harness.clock.on_sleep = lambda _: harness.api.add(CUSTOMER, "new@example.com")
    change = await purged(harness, EVERY_USER)
    assert (change.state, harness.api.sent) == (State.FAILED, [BULK])
    assert "3 users when it was decided, 4 now." in sentence(change)


async def test_ambiguous_and_nobody_left_is_applied(harness: ServiceHarness) -> None:
    harness.api.answers = [ambiguous(landed=True)]
    change = await purged(harness, EVERY_USER)
    assert change.state is State.UNKNOWN
    harness.clock.advance(seconds=3)
    await harness.executor.run()
    assert (await harness.state(change.id), harness.api.sent) == (State.APPLIED, [BULK])


async def test_ambiguous_and_users_left_is_never_sent_again_without_a_person(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = [ambiguous(landed=False)]
    change = await purged(harness, EVERY_USER)
    for _ in range(8):
        harness.clock.advance(seconds=61)
        await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent) == (State.NEEDS_OPERATOR, [BULK])
    assert sentence(change) == "3 users are there. It is not sent again by itself."
    after = await resolve.read_back_again(harness.ctx, actor(ADMIN), change.id)
    assert (after.state, harness.api.sent) == (State.NEEDS_OPERATOR, [BULK])
    await resolve.retry(harness.ctx, actor(ADMIN), change.id, "the API is back")
    await harness.executor.run()
    assert (await harness.state(change.id), harness.api.sent) == (State.APPLIED, [BULK, BULK])


async def test_tried_again_it_does_not_say_that_nothing_was_deleted(
    harness: ServiceHarness,
) -> None:
    """Of three one is gone, by the request whose answer was lost."""
    harness.api.answers = [ambiguous(landed=False)]
    change = await purged(harness, EVERY_USER)
    del harness.api.held[CUSTOMER]["a@example.com"]
    for _ in range(8):
        harness.clock.advance(seconds=61)
        await harness.executor.run()
    await resolve.retry(harness.ctx, actor(ADMIN), change.id, "the API is back")
    await harness.executor.run()
    change = await harness.change(change.id)
    assert change.state is State.FAILED
    told = sentence(change)
    assert told.startswith("Nothing more was deleted. 3 users when it was decided, 2 now.")


async def test_a_purge_that_was_lost_is_not_sent_again_by_the_next_process(
    harness: ServiceHarness,
) -> None:
    change = await approved(harness, EVERY_USER)
    harness.api.on_write = lambda _: harness.api.gate.clear()
    await harness.executor.sweep()
    await harness.api.until_sent(1)
    await harness.executor.kill()
    harness.api.gate.set()
    for _ in range(8):
        harness.clock.advance(seconds=61)
        await harness.executor.run()
    assert (await harness.state(change.id), harness.api.sent) == (State.NEEDS_OPERATOR, [BULK])


async def test_numbers_that_contradict_each_other_let_nobody_decide_a_deletion(
    harness: ServiceHarness,
) -> None:
    real = harness.api.count

    async def odd(customer: str, filters: Filters = EVERY_USER) -> int:
        return 12 if filters.failover else await real(customer, filters)

    harness.api.count = odd  # type: ignore[method-assign]
    change = await proposed(harness, EVERY_USER)
    assert change.state is State.CANCELLED
    assert change.decision_reason == (
        "Not counted, so nobody can decide it. The API's numbers contradict each other: "
        "12 in failover of 3 who match."
    )
