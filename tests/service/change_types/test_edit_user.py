"""A user who is edited: read right before, written whole, read back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.actions import EditUser
from bot.domain.change import Change
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.mail_user import FieldChange
from bot.domain.preview import Facts, Names
from bot.errors import Ambiguous, NotSent
from bot.service.changes import decide
from bot.service.changes.propose import propose
from tests.builders import CUSTOMER
from tests.fakes import ACCEPTED_IN_VAIN, ambiguous, refusal
from tests.service.harness import ServiceHarness, actor, users

A = "a@example.com"
RENAME = EditUser((FieldChange("displayName", "Jo", "Jo B"),))
PUT = f"PUT /{CUSTOMER}/{A}"


def known(harness: ServiceHarness, **fields: object) -> dict[str, object]:
    """Let the API hold these fields of the user a; return them, to be changed behind the bot's back."""
    held = harness.api.held[CUSTOMER][A].fields
    held.update({"displayName": "Jo", "pet": {"kind": "cat"}, **fields})
    return held


async def proposed(harness: ServiceHarness, action: EditUser = RENAME) -> Change:
    change, _ = await propose(harness.ctx, actor(), Proposal(CUSTOMER, action, users("a"), "asked"))
    await harness.executor.run()
    return await harness.change(change.id)


async def confirmed(harness: ServiceHarness, action: EditUser = RENAME) -> Change:
    change = await proposed(harness, action)
    return await decide.confirm(harness.ctx, actor(), change.id, change.preview_revision)


async def edited(harness: ServiceHarness, action: EditUser = RENAME) -> Change:
    change = await confirmed(harness, action)
    await harness.executor.run()
    return await harness.change(change.id)


async def test_one_user_is_confirmed_by_the_requester_written_once_and_read_back(
    harness: ServiceHarness,
) -> None:
    held = known(harness)
    change = await edited(harness)
    assert (change.state, harness.api.sent) == (State.APPLIED, [PUT])
    assert held["displayName"] == "Jo B"


async def test_fields_that_the_bot_does_not_know_are_sent_back_as_they_were_told(
    harness: ServiceHarness,
) -> None:
    bodies: list[object] = []
    known(harness, surName="B")
    update_user = harness.api.update_user

    async def seen(customer: str, address: str, fields: object) -> object:
        bodies.append(fields)
        return await update_user(customer, address, fields)  # type: ignore[arg-type]

    harness.api.update_user = seen  # type: ignore[method-assign, assignment]
    await edited(harness)
    assert bodies == [{"user": A, "displayName": "Jo B", "pet": {"kind": "cat"}, "surName": "B"}]


async def test_no_flag_is_sent_back_so_a_failover_switched_meanwhile_stays(
    harness: ServiceHarness,
) -> None:
    known(harness)
    bodies: list[object] = []
    update_user = harness.api.update_user

    async def seen(customer: str, address: str, fields: object) -> object:
        bodies.append(fields)
        harness.api.held[CUSTOMER][
            A
        ].failover = True  # another change lands between the two requests
        return await update_user(customer, address, fields)  # type: ignore[arg-type]

    harness.api.update_user = seen  # type: ignore[method-assign, assignment]
    change = await edited(harness)
    assert not {"failover", "access", "activation"} & {*bodies[0]}  # type: ignore[misc]
    assert change.outcome
    assert change.state is State.PARTIAL
    assert change.outcome.sentence.endswith("is not as it was: failover.")


async def test_a_field_that_somebody_else_changed_meanwhile_stops_it_and_is_named(
    harness: ServiceHarness,
) -> None:
    held = known(harness)
    change = await confirmed(harness)
    held["displayName"] = "Joanna"
    await harness.executor.run()
    change = await harness.change(change.id)
    assert change.outcome
    assert (change.state, harness.api.sent) == (State.FAILED, [])
    assert (
        "Nothing was sent: display name changed after this was proposed" in change.outcome.sentence
    )
    assert "Joanna" not in change.outcome.sentence


async def test_what_moved_before_the_preview_stops_it_there(harness: ServiceHarness) -> None:
    known(harness, displayName="Joanna")
    change = await proposed(harness)
    assert change.state is State.CANCELLED
    assert "display name changed" in change.decision_reason


async def test_what_is_so_already_is_not_sent(harness: ServiceHarness) -> None:
    known(harness, displayName="Jo B")
    change = await proposed(harness)
    assert (change.state, change.decision_reason) == (
        State.CANCELLED,
        "Nothing to do: the user has these values already.",
    )


async def test_an_ambiguous_answer_is_read_back_and_applied_where_it_landed(
    harness: ServiceHarness,
) -> None:
    known(harness)
    harness.api.answers = [ambiguous(landed=True)]
    change = await edited(harness)
    assert change.state is State.UNKNOWN
    harness.clock.advance(seconds=3)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    assert harness.api.sent == [PUT]


async def test_an_ambiguous_answer_that_did_not_land_is_sent_again(harness: ServiceHarness) -> None:
    held = known(harness)
    harness.api.answers = [ambiguous(landed=False)]
    change = await edited(harness)
    harness.clock.advance(seconds=3)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    assert (harness.api.sent, held["displayName"]) == ([PUT, PUT], "Jo B")


async def test_it_is_not_sent_again_over_what_somebody_else_wrote_meanwhile(
    harness: ServiceHarness,
) -> None:
    held = known(harness)
    harness.api.answers = [ambiguous(landed=False)]
    change = await edited(harness)
    held["displayName"] = "Joanna"
    harness.clock.advance(seconds=61)
    await harness.executor.run()
    assert await harness.state(change.id) is State.FAILED
    assert (harness.api.sent, held["displayName"]) == ([PUT], "Joanna")


@pytest.mark.parametrize("error", [NotSent("not reached"), Ambiguous("no answer")])
async def test_without_a_look_right_before_nothing_is_sent(
    harness: ServiceHarness, error: Exception
) -> None:
    known(harness)
    change = await confirmed(harness)
    harness.api.unreadable = error
    await harness.executor.run()
    change = await harness.change(change.id)
    assert change.outcome
    assert (change.state, harness.api.sent) == (State.APPROVED, [])
    assert change.outcome.sentence.endswith("Nothing was sent.")
    harness.api.unreadable = None
    harness.clock.advance(seconds=5)
    await harness.executor.run()
    assert (await harness.state(change.id), harness.api.sent) == (State.APPLIED, [PUT])


async def test_a_no_of_the_api_fails_it_with_its_words(harness: ServiceHarness) -> None:
    known(harness)
    harness.api.answers = [refusal("Name too long", 400)]
    change = await edited(harness)
    assert change.outcome
    assert (change.state, change.outcome.sentence) == (State.FAILED, "Name too long")


async def test_accepted_and_not_so_yet_is_looked_at_until_it_is(harness: ServiceHarness) -> None:
    held = known(harness)
    harness.api.answers = [ACCEPTED_IN_VAIN]
    change = await edited(harness)
    assert change.state is State.ACCEPTED
    held["displayName"] = "Jo B"
    harness.clock.advance(seconds=2)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    assert len(harness.api.sent) == 1


async def test_accepted_and_told_a_third_value_is_a_failure_that_says_it(
    harness: ServiceHarness,
) -> None:
    held = known(harness)
    harness.api.on_write = lambda _: held.update(displayName="JO")
    harness.api.answers = [ACCEPTED_IN_VAIN]
    change = await edited(harness)
    assert change.outcome
    assert (change.state, change.outcome.sentence) == (
        State.FAILED,
        "The API accepted it, and tells another display name than was sent.",
    )


async def test_accepted_and_twice_not_known_is_a_failure_that_says_it(
    harness: ServiceHarness,
) -> None:
    known(harness)

    def vanish(_: str) -> None:
        harness.api.held[CUSTOMER].pop(A)

    harness.api.on_write = vanish
    harness.api.answers = [ACCEPTED_IN_VAIN]
    change = await edited(harness)
    assert change.state is State.ACCEPTED
    harness.clock.advance(seconds=2)
    await harness.executor.run()
    change = await harness.change(change.id)
    assert change.outcome
    assert (change.state, change.outcome.sentence) == (
        State.FAILED,
        "The API accepted it, and then does not know this user (404).",
    )


async def test_a_write_that_took_something_along_says_what(harness: ServiceHarness) -> None:
    """An API for which the body is not the user object might empty, or switch, the rest."""
    held = known(harness, surName="B")

    def spoil(_: str) -> None:
        harness.api.held[CUSTOMER][A].failover = True
        held["surName"] = ""
        del held["pet"]

    harness.api.on_write = spoil
    update_user = harness.api.update_user

    async def replacing(customer: str, address: str, fields: object) -> object:
        return await update_user(customer, address, {"displayName": "Jo B"})

    harness.api.update_user = replacing  # type: ignore[method-assign, assignment]
    change = await edited(harness)
    assert change.outcome
    assert change.state is State.PARTIAL
    assert "not as it was: pet, surName, failover" in change.outcome.sentence


async def test_groups_are_the_same_in_any_order_and_after_a_restart(
    harness: ServiceHarness,
) -> None:
    known(harness, failoverGroups=["emea", "apac"])
    groups = EditUser((FieldChange("failoverGroups", ("apac", "emea"), ("emea",)),))
    change = await edited(harness, groups)
    assert change.state is State.APPLIED
    assert harness.api.held[CUSTOMER][A].fields["failoverGroups"] == ["emea"]
    stored = (await harness.change(change.id)).action
    assert stored == groups


async def test_the_trail_tells_the_changed_fields_and_no_others(harness: ServiceHarness) -> None:
    known(harness, surName="Secretly")
    await edited(harness)
    [proposal] = await harness.details("change.proposed")
    assert proposal["fields"] == {"displayName": ["Jo", "Jo B"]}
    assert proposal["command"] == f"user edit {CUSTOMER} {A}"
    told = [entry.record for entry in await harness.entries()]
    assert "Secretly" not in str(told)


async def test_an_edit_that_was_lost_is_read_back_by_the_next_process(
    harness: ServiceHarness,
) -> None:
    known(harness)
    change = await confirmed(harness)
    harness.api.on_write = lambda _: harness.api.gate.clear()
    await harness.executor.sweep()
    await harness.api.until_sent(1)
    await harness.executor.kill()
    harness.api.gate.set()
    harness.api.on_write = lambda _: None
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    assert "change.lost" in await harness.trail(change.id)


async def test_the_same_edit_twice_is_one_change(harness: ServiceHarness) -> None:
    known(harness)
    first = await proposed(harness)
    again, new = await propose(
        harness.ctx, actor(), Proposal(CUSTOMER, RENAME, users("a"), "again")
    )
    other = replace(RENAME, fields=(FieldChange("displayName", "Jo", "Jo C"),))
    _, third = await propose(harness.ctx, actor(), Proposal(CUSTOMER, other, users("a")))
    assert (again.id, new, third) == (first.id, False, True)


async def test_a_group_that_nobody_is_in_is_named_in_the_preview(harness: ServiceHarness) -> None:
    harness.api.held[CUSTOMER]["b@example.com"].groups = frozenset({"emea"})
    known(harness, failoverGroups=["asia"])
    join = FieldChange("failoverGroups", ("asia",), ("asia", "emea", "emae"))
    change = await proposed(harness, EditUser((join,)))
    assert change.preview is not None
    assert change.preview.facts == Facts(new_groups=Names(("emae",)))


async def test_a_preview_says_where_it_is_not_known_whether_a_group_is_new(
    harness: ServiceHarness,
) -> None:
    harness.api.uncounted = Ambiguous("no answer")
    known(harness)
    join = FieldChange("failoverGroups", None, ("emea",))
    change = await proposed(harness, EditUser((join,)))
    assert change.preview is not None
    assert change.preview.facts == Facts(groups_not_looked_up=Names(("emea",)))
