"""An import from the rows beside its change to what became of each user."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.domain.actions import ImportUsers
from bot.domain.change import Change
from bot.domain.change_commands import ImportUsersCommand
from bot.domain.change_state import State
from bot.domain.limits import MAX_OPEN_IMPORTS
from bot.domain.outcome import UserStatus
from bot.domain.preview import Facts, Names
from bot.domain.user_files.import_rows import MAX_KEPT_FOR
from bot.errors import Ambiguous, Conflict, NotSent
from bot.ports import MessageKind, Transaction, message_key
from bot.service.change_types.import_users import ImportUsersChange
from bot.service.changes import decide
from bot.service.changes.propose import propose
from bot.service.changes.user_files import read_user_file
from tests.builders import APPROVER, CUSTOMER
from tests.fakes import ACCEPTED, ambiguous, not_sent, refusal
from tests.service.harness import ServiceHarness, actor, approved

BULK = f"PUT /{CUSTOMER}"


def a_file(names: list[str], display: str = "New {}") -> bytes:
    lines = [f"{name}@example.com;{display.format(name)}" for name in names]
    return "\n".join(["user;displayName", *lines]).encode()


def many(number: int) -> list[str]:
    return [f"u{one:04}" for one in range(number)]


async def imported(harness: ServiceHarness, data: bytes, *, skip: bool = False) -> Change:
    """Propose the import of a file, and preview it."""
    found = await read_user_file(
        harness.ctx, data, "users.csv", ImportUsersCommand(CUSTOMER, "moved"), skip_wrong=skip
    )
    assert found.request is not None
    change, _ = await propose(harness.ctx, actor(), found.request, extra_writes=found.extra_writes)
    await harness.executor.run()
    return await harness.change(change.id)


async def approve(harness: ServiceHarness, change: Change) -> None:
    await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)


async def executed(harness: ServiceHarness, data: bytes) -> Change:
    change = await imported(harness, data)
    await approve(harness, change)
    await harness.executor.run()
    return await harness.change(change.id)


def held(harness: ServiceHarness, name: str) -> dict[str, Any]:
    return harness.api.held[CUSTOMER][f"{name}@example.com"].fields


@pytest.fixture
def thousand(harness: ServiceHarness) -> ServiceHarness:
    harness.api.add(CUSTOMER, *(f"{name}@example.com" for name in many(250)))
    return harness


async def test_the_preview_tells_new_changed_and_unchanged_and_nothing_is_sent(
    harness: ServiceHarness,
) -> None:
    held(harness, "a")["displayName"] = "New a"
    change = await imported(harness, a_file(["a", "b", "x"]))
    assert change.state is State.AWAITING_APPROVAL
    assert change.preview is not None
    assert change.preview.facts == Facts(new=1, changed=1, unchanged=1, skipped=0)
    [previewed] = await harness.details("change.previewed")
    told = {one: previewed.get(one) for one in ("new", "changed", "unchanged", "skipped")}
    assert told == {"new": "1", "changed": "1", "unchanged": "1", "skipped": None}
    assert (change.preview.total, change.preview.already) == (3, 1)
    assert await harness.look(lambda tx: tx.message(message_key(MessageKind.DIFF, change.id)))
    assert harness.api.sent == []


async def test_open_imports_of_a_customer_are_few_since_their_rows_fill_the_disk(
    harness: ServiceHarness,
) -> None:
    for one in range(MAX_OPEN_IMPORTS):
        await imported(harness, a_file(["a"], f"{one} {{}}"))
    with pytest.raises(Conflict, match="5 imports of 44444 are open"):
        await imported(harness, a_file(["b"]))
    assert len(await harness.look(lambda tx: tx.changes())) == MAX_OPEN_IMPORTS


async def test_few_users_are_looked_at_one_by_one_and_many_in_one_stream(
    thousand: ServiceHarness,
) -> None:
    await imported(thousand, a_file(["a", "b"]))
    assert f"GET /{CUSTOMER}/a@example.com" in thousand.api.asked
    thousand.api.asked.clear()
    await imported(thousand, a_file(many(250)))
    assert thousand.api.asked == [f"GET /{CUSTOMER}"]


async def test_what_differs_is_sent_in_batches_unknown_fields_kept_and_flags_left_alone(
    thousand: ServiceHarness,
) -> None:
    held(thousand, "u0001")["shoeSize"] = 43
    held(thousand, "u0002")["displayName"] = "New u0002"
    bodies: list[Any] = []
    real = thousand.api.update_users

    async def watched(customer: str, users: Any) -> Any:
        bodies.extend(users)
        return await real(customer, users)

    thousand.api.update_users = watched  # type: ignore[method-assign]
    change = await executed(thousand, a_file(many(250)))
    assert change.state is State.APPLIED
    assert thousand.api.sent == [BULK] * 4  # one user alone, and the others
    assert len(bodies) == 249
    first = next(body for body in bodies if body["user"] == "u0001@example.com")
    assert first == {"user": "u0001@example.com", "shoeSize": 43, "displayName": "New u0001"}
    assert change.outcome is not None
    assert (change.outcome.in_state, change.outcome.total) == (250, 250)
    assert change.outcome.affected == 249


async def test_what_is_sent_is_what_the_api_tells_just_before(thousand: ServiceHarness) -> None:
    change = await imported(thousand, a_file(many(60)))
    held(thousand, "u0000")["givenName"] = "Since"
    await approve(thousand, change)
    await thousand.executor.run()
    assert held(thousand, "u0000")["givenName"] == "Since"
    assert await thousand.state(change.id) is State.APPLIED


async def test_a_batch_is_marked_before_its_first_byte(thousand: ServiceHarness) -> None:
    change = await imported(thousand, a_file(many(120)))
    await approve(thousand, change)
    rows = []

    real = thousand.api.update_users

    async def looking(customer: str, users: Any) -> Any:
        marked = await thousand.statuses(change.id)
        rows.append([marked.get(str(one["user"]).partition("@")[0]) for one in users])
        return await real(customer, users)

    thousand.api.update_users = looking  # type: ignore[method-assign]
    await thousand.executor.run()
    assert rows == [[UserStatus.UNKNOWN] * many for many in (1, 100, 19)]


async def test_a_refused_batch_fails_its_users_and_the_others_go_on(
    thousand: ServiceHarness,
) -> None:
    thousand.api.answers = [ACCEPTED, refusal("displayName must be shorter", 400)]
    change = await executed(thousand, a_file(many(250)))
    assert change.state is State.PARTIAL
    statuses = await thousand.statuses(change.id)
    assert [statuses[name] for name in (many(250)[1], many(250)[249])] == [
        UserStatus.FAILED,
        UserStatus.APPLIED,
    ]
    row = (await thousand.look(lambda tx: tx.user_outcomes(change.id, limit=2)))[1]
    assert "displayName must be shorter" in row.reason


async def test_a_batch_that_landed_without_an_answer_is_read_back_and_not_sent_again(
    thousand: ServiceHarness,
) -> None:
    thousand.api.answers = [ACCEPTED, ambiguous(landed=True)]
    change = await executed(thousand, a_file(many(250)))
    assert change.state is State.UNKNOWN
    assert len(thousand.api.sent) == 4
    thousand.clock.advance(seconds=3)
    await thousand.executor.run()
    assert await thousand.state(change.id) is State.APPLIED
    assert len(thousand.api.sent) == 4


async def test_a_batch_that_did_not_land_is_sent_again_and_no_other_user(
    thousand: ServiceHarness,
) -> None:
    thousand.api.answers = [ACCEPTED, ambiguous(landed=False)]
    change = await executed(thousand, a_file(many(250)))
    thousand.clock.advance(seconds=3)
    await thousand.executor.run()
    assert await thousand.state(change.id) is State.APPLIED
    assert len(thousand.api.sent) == 6  # one of those that are left alone, and then the others


async def test_two_batches_without_an_answer_in_a_row_are_read_back_first(
    thousand: ServiceHarness,
) -> None:
    thousand.api.answers = [ACCEPTED, ambiguous(landed=False), ambiguous(landed=False)]
    change = await executed(thousand, a_file(many(250)))
    assert change.state is State.UNKNOWN
    assert len(thousand.api.sent) == 3
    thousand.clock.advance(seconds=3)
    await thousand.executor.run()
    assert await thousand.state(change.id) is State.APPLIED
    assert len(thousand.api.sent) == 7


async def test_those_whom_a_lost_connection_left_are_sent_later_and_nobody_twice(
    thousand: ServiceHarness,
) -> None:
    thousand.api.add(CUSTOMER, *(f"{name}@example.com" for name in many(450)))
    thousand.api.on_write = lambda _: thousand.api.answers.extend(
        [not_sent()] * (len(thousand.api.sent) == 3) * 3
    )
    change = await executed(thousand, a_file(many(450)))
    assert change.state is State.APPROVED
    counts = await thousand.look(lambda tx: tx.count_user_outcomes(change.id))
    assert counts[UserStatus.ACCEPTED] == 101
    assert counts[UserStatus.NOT_SENT] == 349
    assert change.outcome
    words = "Accepted for 101 users, not sent to the others: The continuity API is not reached."
    assert change.outcome.sentence == words
    thousand.api.on_write = lambda _: None
    real, sent = thousand.api.update_users, list[str]()

    async def noting(customer: str, users: Any) -> Any:
        sent.extend(one["user"] for one in users)
        return await real(customer, users)

    thousand.api.update_users = noting  # type: ignore[method-assign]
    thousand.clock.advance(seconds=5)
    await thousand.executor.run()
    after = await thousand.change(change.id)
    assert (after.state, after.attempts) == (State.APPLIED, 2)
    assert sent == [f"{name}@example.com" for name in many(450)[101:]]


async def test_an_api_that_is_not_reached_in_time_ends_it_and_says_who_was_not_sent(
    thousand: ServiceHarness,
) -> None:
    change = await imported(thousand, a_file(many(250)))
    await approve(thousand, change)
    thousand.api.answers = [ACCEPTED, *[not_sent()] * 99]
    await thousand.executor.run()
    for _ in range(40):
        thousand.clock.advance(minutes=1)
        await thousand.executor.run()
    after = await thousand.change(change.id)
    assert after.state is State.PARTIAL
    counts = await thousand.look(lambda tx: tx.count_user_outcomes(change.id))
    assert (counts[UserStatus.APPLIED], counts[UserStatus.NOT_SENT]) == (1, 249)


@pytest.mark.parametrize("flag", ["failover", "access"])
async def test_an_update_that_resets_a_flag_is_noticed_by_one_user_and_stops_there(
    thousand: ServiceHarness, flag: str
) -> None:
    """That an update leaves out what it does not name is assumed."""
    held_users = thousand.api.held[CUSTOMER]
    for user in held_users.values():
        user.failover = user.access = True
    real = thousand.api.update_users

    async def resetting(customer: str, users: Any) -> Any:
        for one in users:
            setattr(held_users[one["user"]], flag, False)
        return await real(customer, users)

    thousand.api.update_users = resetting  # type: ignore[method-assign]
    change = await executed(thousand, a_file(many(250)))
    assert change.state is State.PARTIAL
    assert sum(not getattr(user, flag) for user in held_users.values()) == 1
    counts = await thousand.look(lambda tx: tx.count_user_outcomes(change.id))
    assert (counts[UserStatus.APPLIED], counts[UserStatus.NOT_SENT]) == (1, 249)
    rows = await thousand.look(lambda tx: tx.user_outcomes(change.id, limit=2))
    assert "an update of this API resets flags" in rows[1].reason


async def test_a_first_user_without_an_answer_is_read_back_before_more_is_sent(
    thousand: ServiceHarness,
) -> None:
    thousand.api.answers = [ambiguous(landed=True)]
    change = await executed(thousand, a_file(many(250)))
    assert (change.state, len(thousand.api.sent)) == (State.UNKNOWN, 1)
    thousand.clock.advance(seconds=3)
    await thousand.executor.run()
    assert await thousand.state(change.id) is State.APPLIED


async def test_a_stop_leaves_the_rest_unsent(thousand: ServiceHarness) -> None:
    change = await imported(thousand, a_file(many(250)))
    await approve(thousand, change)
    real = thousand.api.update_users

    async def stopping(customer: str, users: Any) -> Any:
        if len(thousand.api.sent) == 1:
            await decide.stop(thousand.ctx, actor(APPROVER), change.id)
        return await real(customer, users)

    thousand.api.update_users = stopping  # type: ignore[method-assign]
    await thousand.executor.run()
    after = await thousand.change(change.id)
    assert after.state is State.PARTIAL
    counts = await thousand.look(lambda tx: tx.count_user_outcomes(change.id))
    assert counts[UserStatus.APPLIED] == 101
    assert counts[UserStatus.NOT_SENT] == 149


async def test_killed_in_the_middle_nobody_is_sent_twice_unless_unknown(
    thousand: ServiceHarness,
) -> None:
    change = await imported(thousand, a_file(many(250)))
    await approve(thousand, change)
    sent: list[list[str]] = []
    real = thousand.api.update_users

    async def hanging(customer: str, users: Any) -> Any:
        sent.append([str(one["user"]) for one in users])
        if len(sent) == 2:
            thousand.api.gate.clear()
        return await real(customer, users)

    thousand.api.update_users = hanging  # type: ignore[method-assign]
    await thousand.executor.sweep()
    await thousand.api.until_sent(2)
    await thousand.executor.kill()
    thousand.api.gate.set()
    await thousand.executor.run()
    after = await thousand.change(change.id)
    assert after.state is State.APPLIED
    again = [address for address in sent[0] if any(address in one for one in sent[1:])]
    assert again == []
    assert "change.lost" in await thousand.trail(change.id)


async def test_what_is_accepted_and_not_seen_is_no_failure_of_these_users(
    thousand: ServiceHarness,
) -> None:
    async def in_vain(customer: str, users: Any) -> Any:
        return await thousand.api._write(BULK, "", lambda: None, len(users))

    thousand.api.update_users = in_vain  # type: ignore[method-assign]
    change = await executed(thousand, a_file(many(60)))
    assert (change.state, change.outcome and change.outcome.sentence) == (State.ACCEPTED, "")
    assert set((await thousand.statuses(change.id)).values()) == {UserStatus.ACCEPTED}
    for row in await thousand.look(lambda tx: tx.import_rows(change.id)):
        thousand.api.held[CUSTOMER][row.address].fields.update(row.fields)
    thousand.clock.advance(seconds=2)
    await thousand.executor.run()
    assert await thousand.state(change.id) is State.APPLIED
    assert set((await thousand.statuses(change.id)).values()) == {UserStatus.APPLIED}


async def test_the_rows_are_deleted_when_it_has_ended_and_the_outcomes_stay(
    thousand: ServiceHarness,
) -> None:
    change = await executed(thousand, a_file(many(60)))
    assert await thousand.look(lambda tx: tx.import_rows(change.id)) == []
    assert await thousand.look(lambda tx: tx.import_counts(change.id)) is None
    assert len(await thousand.statuses(change.id)) == 60
    assert await thousand.look(lambda tx: tx.message(message_key(MessageKind.RESULTS, change.id)))


async def test_the_rows_of_a_denied_one_are_deleted_too(harness: ServiceHarness) -> None:
    change = await imported(harness, a_file(["a"]))
    await decide.deny(harness.ctx, actor(APPROVER), change.id, "no")
    assert await harness.look(lambda tx: tx.import_rows(change.id)) == []


async def test_no_row_is_kept_longer_than_a_month(harness: ServiceHarness) -> None:
    change = await imported(harness, a_file(["a"]))

    def need_a_person(tx: Transaction) -> None:
        tx.save_change(change.revised(state=State.NEEDS_OPERATOR))

    harness.rewritten = True
    await harness.store.write(need_a_person)
    harness.clock.advance(seconds=MAX_KEPT_FOR.total_seconds())
    await harness.executor.run()
    assert await harness.look(lambda tx: tx.import_rows(change.id)) != []
    harness.clock.advance(seconds=1)
    await harness.executor.run()
    assert await harness.look(lambda tx: tx.import_rows(change.id)) == []


async def test_a_comparison_that_is_not_fresh_is_made_again_before_anything_is_sent(
    thousand: ServiceHarness,
) -> None:
    change = await imported(thousand, a_file(many(60)))
    thousand.api.asked.clear()
    thousand.clock.advance(minutes=2)
    await ImportUsersChange(thousand.ctx, change).perform()
    lists = [one for one in thousand.api.asked if one == f"GET /{CUSTOMER}"]
    assert len(lists) == 2  # before, and to read it back


@pytest.mark.parametrize("error", [NotSent("not reached"), Ambiguous("no answer")])
async def test_without_a_comparison_nothing_is_decided_on(
    harness: ServiceHarness, error: Exception
) -> None:
    harness.api.unreadable = error
    change = await imported(harness, a_file(["a"]))
    assert change.state is State.CANCELLED
    assert "import the file again" in change.decision_reason


async def test_nothing_to_do_is_told(harness: ServiceHarness) -> None:
    held(harness, "a")["displayName"] = "New a"
    change = await imported(harness, a_file(["a"]))
    assert change.state is State.CANCELLED
    assert change.decision_reason == ("Nothing to do: this user is as the file wants them already.")


async def test_users_who_are_gone_since_the_approval_are_asked_about_again(
    thousand: ServiceHarness,
) -> None:
    change = await imported(thousand, a_file(many(60)))
    del thousand.api.held[CUSTOMER]["u0007@example.com"]
    await approve(thousand, change)
    await thousand.executor.run()
    after = await thousand.change(change.id)
    assert after.state is State.AWAITING_APPROVAL
    assert "1 of them new" in after.asked_again
    assert thousand.api.sent == []


async def test_nothing_is_sent_where_it_cannot_be_compared_again(thousand: ServiceHarness) -> None:
    change = await imported(thousand, a_file(many(60)))
    thousand.clock.advance(minutes=5)
    await approve(thousand, change)
    thousand.api.unreadable = NotSent("The continuity API is not reached.")
    await thousand.executor.run()
    after = await thousand.change(change.id)
    assert after.state is State.APPROVED
    assert after.outcome is not None
    words = "The file could not be compared again: The continuity API is not reached."
    assert after.outcome.sentence == f"{words} Nothing was sent."
    assert thousand.api.sent == []


async def test_the_intent_holds_the_request_and_the_digest_of_the_file(
    thousand: ServiceHarness,
) -> None:
    change = await executed(thousand, a_file(many(60)))
    [intent] = await thousand.details("change.executing")
    [line] = intent["requests"]
    assert line.startswith(f"{BULK} for 60 users, 100 in a request; SHA-256")
    [proposed] = await thousand.details("change.proposed")
    assert proposed["file"] == "users.csv"
    assert proposed["sha256"] in line
    assert isinstance(change.action, ImportUsers)


async def test_a_failover_never_waits_for_an_import(thousand: ServiceHarness) -> None:
    change = await imported(thousand, a_file(many(120)))
    await approve(thousand, change)
    begun, let_go = asyncio.Event(), asyncio.Event()
    real = thousand.api.update_users

    async def hanging(customer: str, users: Any) -> Any:
        begun.set()
        await let_go.wait()
        return await real(customer, users)

    thousand.api.update_users = hanging  # type: ignore[method-assign]
    await thousand.executor.sweep()
    async with asyncio.timeout(30):
        await begun.wait()
        await thousand.put(approved("C-00002"))
        await thousand.executor.sweep()
        await thousand.api.until_sent(1)
    assert thousand.api.sent == [f"{BULK}/failover"]
    let_go.set()
    await thousand.executor.run()
    assert await thousand.state(change.id) is State.APPLIED


def with_groups(*rows: tuple[str, str]) -> bytes:
    lines = [f"{name}@example.com;{groups}" for name, groups in rows]
    return "\n".join(["user;failoverGroups", *lines]).encode()


async def test_a_group_that_nobody_is_in_is_named_and_one_that_somebody_is_in_is_not(
    harness: ServiceHarness,
) -> None:
    held(harness, "a")["failoverGroups"] = ["asia"]
    harness.api.held[CUSTOMER]["b@example.com"].groups = frozenset({"emea"})
    change = await imported(harness, with_groups(("a", "asia|emae"), ("b", "emea"), ("c", "asia")))
    assert change.preview is not None
    assert change.preview.facts is not None
    assert change.preview.facts.new_groups == Names(("emae",))
    [previewed] = await harness.details("change.previewed")
    assert previewed["new groups"] == "“emae”"
    heads = [one for one in harness.api.asked if one.startswith("HEAD")]
    assert heads == [f"HEAD /{CUSTOMER} ('emae',) {{}}"]


async def test_many_new_groups_are_counted_and_looked_up_within_bounds(
    harness: ServiceHarness,
) -> None:
    many_groups = "|".join(f"g{at:02}" for at in range(60))
    change = await imported(harness, with_groups(("a", many_groups)))
    assert change.preview is not None
    assert change.preview.facts is not None
    facts = change.preview.facts
    assert facts.new_groups == Names(tuple(f"g{at:02}" for at in range(10)), 40)
    assert facts.groups_not_looked_up == Names(tuple(f"g{at}" for at in range(50, 60)))
    [previewed] = await harness.details("change.previewed")
    assert str(previewed["new groups"]).endswith("“g09” and 40 more")
    assert str(previewed["groups not looked up"]).startswith("“g50”, ")


async def test_whether_a_group_is_new_is_not_known_where_that_is_not_told(
    harness: ServiceHarness,
) -> None:
    harness.api.uncounted = NotSent("not reached")
    change = await imported(harness, with_groups(("a", "emea")))
    assert change.preview is not None
    assert change.preview.facts is not None
    assert change.preview.facts.groups_not_looked_up == Names(("emea",))
