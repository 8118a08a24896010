"""The steps of the tour, from facts alone: what fulfils them, in whatever order it happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.audit.chain import AuditEntry, Record, hash_entry
from bot.terminal.demo.tour import steps as tour_steps
from bot.terminal.demo.tour.facts import Run, Runs, Write
from bot.terminal.demo.tour.steps import Facts, Step

AT = datetime(2027, 1, 15, 9, 30, tzinfo=UTC)
FACTS = Facts("44444", "Acme GmbH", 1284)
PUT = "PUT /44444/failover"


def entry(
    seq: int, kind: str, actor: str = "bot", change: str = "C-1", **detail: object
) -> AuditEntry:
    record = Record(AT + timedelta(seconds=seq), kind, actor, change_id=change, detail=detail)
    return hash_entry(seq, record, "")


def run_through(*kinds: str, actors: dict[str, str] | None = None, change: str = "C-1") -> Run:
    """A change of the operator that has these entries, a second after one another."""
    runs = Runs()
    asked = {"command": "failover on 44444", "reason": "Exchange is down"}
    runs.take([entry(1, "change.proposed", "U0OPERATOR", change, **asked)])
    runs.take(
        [
            entry(seq, kind, (actors or {}).get(kind, "bot"), change, requests=[PUT])
            for seq, kind in enumerate(kinds, start=2)
        ]
    )
    [run] = runs
    return run


def unfulfilled(step: Step) -> list[str]:
    return [text for text, done in step.tasks if not done]


def test_the_line_on_top_says_what_happened_and_what_to_do() -> None:
    assert tour_steps.title(FACTS) == (
        "Acme GmbH’s mail server is down. Move 1,284 people to the emergency webmail, with a second "
        "person’s yes."
    )


def test_at_the_beginning_the_first_step_is_due_and_its_command_is_prefilled() -> None:
    steps = tour_steps.steps(FACTS)
    assert tour_steps.current(steps, frozenset()) == 1
    command = "/continuity failover on 44444 --reason Exchange is down"
    assert tour_steps.prefill(steps, 1) == command
    assert [step.is_done for step in steps] == [False] * 5
    assert steps[0].as_json("now")["result"] == ""


def test_a_change_is_asked_once_its_users_are_counted_on_a_card() -> None:
    proposed = run_through()
    assert len(unfulfilled(tour_steps.steps(replace(FACTS, runs=[proposed]))[0])) == 1
    previewed = run_through("change.previewed")
    assert not tour_steps.steps(replace(FACTS, runs=[previewed]))[0].is_done, "not in Slack yet"
    previewed.has_card = True
    steps = tour_steps.steps(replace(FACTS, runs=[previewed]))
    assert steps[0].is_done
    assert tour_steps.prefill(steps, 1) == ""


def test_the_second_step_wants_a_refusal_another_person_an_effect_and_access_for_all() -> None:
    run = run_through("refused", actors={"refused": "U0OPERATOR"})
    steps = tour_steps.steps(replace(FACTS, runs=[run]))
    assert [done for _, done in steps[1].tasks] == [True, False, False, False]
    run = run_through(
        *("refused", "change.approved", "change.executing", "change.applied"),
        actors={"refused": "U0OPERATOR", "change.approved": "U0APPROVER"},
    )
    moved = replace(FACTS, runs=[run], moved=1284, locked=240, access_off=240, shut_out=209)
    step = tour_steps.steps(moved)[1]
    assert [done for _, done in step.tasks] == [True, True, True, False]
    assert unfulfilled(step) == ["Press “Access on for 240…” under the outcome, and approve it."]
    assert step.prefill == ""
    step = tour_steps.steps(replace(moved, locked=31, access_off=0, shut_out=0))[1]
    assert step.is_done
    assert step.result == "31 people still cannot read mail: they are not activated."
    assert tour_steps.steps(replace(moved, locked=0, shut_out=0))[1].result == (
        "Everybody in the webmail can read mail."
    )


def test_the_refusal_of_another_person_or_of_oneself_as_approver_is_not_the_one_that_is_wanted() -> (
    None
):
    stranger = run_through("refused", actors={"refused": "U0VIEWER"})
    assert not tour_steps.steps(replace(FACTS, runs=[stranger]))[1].tasks[0][1]
    alone = run_through("change.approved", actors={"change.approved": "U0OPERATOR"})
    assert not tour_steps.steps(replace(FACTS, runs=[alone]))[1].tasks[1][1]


@pytest.mark.parametrize(
    ("moved", "command"),
    [
        (1284, "/continuity failover off 44444 --reason Exchange is back"),
        (0, "/continuity failover on 44444 --reason Exchange is down"),
    ],
)
def test_the_lost_answer_is_that_of_a_change_that_changes_something(
    moved: int, command: str
) -> None:
    steps = tour_steps.steps(replace(FACTS, loses_answers=True, moved=moved))
    assert steps[2].prefill == command
    assert tour_steps.prefill(steps, 1) == command, "before that of the step that is due"
    assert steps[2].actions == []


def test_a_lost_answer_is_not_known_then_read_back_with_its_one_write() -> None:
    unknown = run_through("change.executing", "change.unknown")
    writes = [Write(PUT, AT + timedelta(seconds=2.5))]
    step = tour_steps.steps(replace(FACTS, runs=[unknown], writes=writes))[2]
    assert unfulfilled(step) == ["It reads back: applied."]
    assert step.result == ""
    ended = run_through("change.executing", "change.unknown", "change.applied")
    others = [
        Write(PUT, AT + timedelta(seconds=9)),
        Write("DELETE /44444/failover", AT),
        Write(PUT, AT),
    ]
    step = tour_steps.steps(replace(FACTS, runs=[ended], writes=writes + others))[2]
    assert step.is_done
    assert step.result == "C-1: not known, read back, applied. The API got one write of it."
    twice = tour_steps.steps(replace(FACTS, runs=[ended], writes=writes * 2))[2]
    assert twice.result.endswith("The API got 2 writes of it.")


def test_a_kill_is_one_while_a_change_executes_and_wants_a_start_and_an_end() -> None:
    assert tour_steps.steps(FACTS)[3].actions == [("kill", "Kill the bot")]
    assert tour_steps.steps(FACTS)[3].prefill == "", "it is sent once the kill is prepared"
    armed = tour_steps.steps(replace(FACTS, kills=True, has_access=True))[3]
    assert armed.prefill == "/continuity access off 44444 --reason Exchange is back"
    assert armed.actions == []
    run = run_through("change.executing")
    executing = replace(FACTS, runs=[run])
    assert len(unfulfilled(tour_steps.steps(executing)[3])) == 5, (
        "it executes, and nobody killed it"
    )
    run.is_cut = True
    killed = tour_steps.steps(replace(executing, bot="killed"))[3]
    assert unfulfilled(killed) == [
        "Press “Start the bot”.",
        "It finds the change, reads back and says how it ended.",
    ]
    assert killed.actions == [("start", "Start the bot")]
    started = tour_steps.steps(executing)[3]
    assert unfulfilled(started) == ["It finds the change, reads back and says how it ended."]
    assert started.actions == [], "it reads back, and is not to be killed again"
    resumed = run_through("change.executing", "change.lost", "change.applied")
    done = tour_steps.steps(replace(FACTS, runs=[resumed]))[3]
    assert done.is_done
    assert done.result.startswith("C-1: resumed and applied.")


def test_a_kill_while_nothing_executes_is_not_the_one_that_is_wanted_and_can_be_mended() -> None:
    step = tour_steps.steps(replace(FACTS, runs=[run_through()], bot="killed"))[3]
    assert len(unfulfilled(step)) == 5
    assert step.actions == [("start", "Start the bot")]


def test_the_auditor_looks_tampers_and_verifies_and_what_was_found_stays() -> None:
    assert tour_steps.steps(FACTS)[4].actions == [("trail", "What does an auditor see?")]
    shown = replace(FACTS, trail_shown=True)
    assert tour_steps.steps(shown)[4].actions[0] == ("tamper", "Tamper")
    changed = replace(shown, tampered=True)
    assert tour_steps.steps(changed)[4].actions == [
        ("verify", "Verify"),
        ("undo", "Undo the tampering"),
    ]
    assert not tour_steps.steps(changed)[4].is_done
    found = replace(changed, found=True, verification="Entry 8 was altered.")
    assert tour_steps.steps(found)[4].is_done
    assert tour_steps.steps(found)[4].result == "Entry 8 was altered."
    assert tour_steps.steps(replace(found, tampered=False))[4].is_done


def test_steps_done_or_skipped_out_of_order_are_passed_over() -> None:
    found = replace(FACTS, trail_shown=True, found=True)
    steps = tour_steps.steps(found)
    assert tour_steps.current(steps, frozenset()) == 1
    assert tour_steps.current(steps, frozenset({1, 2})) == 3
    assert tour_steps.current(steps, frozenset({1, 2, 3, 4})) == 6


def test_changes_that_were_proposed_before_the_tour_are_not_part_of_it() -> None:
    runs = Runs()
    runs.take([entry(7, "change.applied", change="C-0")])
    assert list(runs) == []
    assert runs.seq == 7
