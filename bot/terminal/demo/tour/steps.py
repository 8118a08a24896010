"""The five steps of the tour: what they ask for, and which facts fulfil them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.terminal.demo.tour.facts import APPLIED, EXECUTING, LOST, UNKNOWN, Run, Write

LOSE, KILL, START = "lose", "kill", "start"
LAST = 5  # the number of the last step
TRAIL, TAMPER, VERIFY, UNDO = "trail", "tamper", "verify", "undo"


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened since the tour began. ``moved`` people have their mail in the webmail.

    ``locked`` of them cannot read it there: ``access_off`` count whose access is off, ``shut_out``
    those of these who could read it with access.
    ``loses_answers`` and ``kills`` say that the next write's answer is lost, that it kills the bot.
    """

    customer: str
    name: str
    users: int
    moved: int = 0
    locked: int = 0
    access_off: int = 0
    shut_out: int = 0
    has_access: bool = False
    runs: Sequence[Run] = ()
    writes: Sequence[Write] = ()
    bot: str = "ready"
    loses_answers: bool = False
    kills: bool = False
    trail_shown: bool = False
    tampered: bool = False
    found: bool = False
    verification: str = ""

    def first(self, *kinds: str) -> Run | None:
        """Return the first change that went through these steps."""
        return next((run for run in self.runs if run.went_through(*kinds)), None)


@dataclass(frozen=True, slots=True)
class Step:
    """One step. It is done when all its tasks are, each a sentence and whether it is fulfilled.

    ``actions`` are the buttons that it has now: id and label. ``prefill`` is the command that the
    operator sends next, or ``""``.
    """

    number: int
    title: str
    text: str
    tasks: Sequence[tuple[str, bool]]
    actions: Sequence[tuple[str, str]] = ()
    prefill: str = ""
    result: str = ""
    is_armed: bool = False
    is_done: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_done", all(done for _, done in self.tasks))

    def as_json(self, state: str) -> dict[str, Any]:
        """Return the step as the page takes it."""
        return {
            "number": self.number,
            "title": self.title,
            "text": self.text,
            "tasks": [{"text": text, "done": done} for text, done in self.tasks],
            "actions": [{"id": action, "label": label} for action, label in self.actions],
            "state": state,
            "result": {"done": self.result, "skipped": "Skipped."}.get(state, ""),
        }


def title(facts: Facts) -> str:
    """Return the line on top: what happened and what to do."""
    return (
        f"{facts.name}’s mail server is down. Move {facts.users:,} people to the emergency webmail, "
        "with a second person’s yes."
    )


def steps(facts: Facts) -> tuple[Step, ...]:
    """Return the five steps as they stand."""
    return _ask(facts), _approve(facts), _lose(facts), _kill(facts), _audit(facts)


def current(all_steps: Sequence[Step], skipped: frozenset[int]) -> int:
    """Return the number of the first step that is neither done nor skipped, 6 after the last."""
    open_ones = (one.number for one in all_steps if not one.is_done and one.number not in skipped)
    return next(open_ones, len(all_steps) + 1)


def prefill(all_steps: Sequence[Step], now: int) -> str:
    """Return the next command: of the step that waits for its write, else of the present one."""
    armed = next((one.prefill for one in all_steps if one.is_armed and one.prefill), "")
    return armed or next((one.prefill for one in all_steps if one.number == now), "")


def counted(count: int, thing: str) -> str:
    """Return e.g. `one write`, `2 writes`."""
    return f"one {thing}" if count == 1 else f"{count} {thing}s"


def _ask(facts: Facts) -> Step:
    proposed = next(iter(facts.runs), None)
    is_counted = any(run.has_card and "change.previewed" in run.kinds for run in facts.runs)
    return Step(
        1,
        "Ask",
        "You are the operator. The command is typed already: press Send.",
        [
            ("Send the command in #mail-outage.", proposed is not None),
            ("The card is in the channel, and a notification on the approver’s phone.", is_counted),
        ],
        prefill=""
        if proposed
        else _command(facts, "failover", is_on=True, reason="Exchange is down"),
        result="Nothing was sent to the API yet.",
    )


def _approve(facts: Facts) -> Step:
    refused = any(run.requester in run.refused for run in facts.runs)
    approved = next((run for run in facts.runs if run.approvers - {run.requester}), None)
    applied = facts.first(EXECUTING, APPLIED)
    opened = any(
        run.is_applied and any(_opens_access(one) for one in run.requests) for run in facts.runs
    )
    is_mended = applied is not None and (opened or (facts.moved > 0 and not facts.shut_out))
    button = f"Access on for {facts.access_off:,}…" if facts.access_off else "Access on…"
    tasks = [
        ("Press Approve on your own card: the bot refuses, and says who may.", refused),
        (
            "Press Approve on the approver’s phone: the bot wrote to them directly.",
            approved is not None,
        ),
        (
            f"{facts.name}’s people move to the webmail, and the bot reads back.",
            applied is not None,
        ),
        (f"Press “{button}” under the outcome, and approve it.", is_mended),
    ]
    left = f"{facts.locked:,} people still cannot read mail: they are not activated."
    return Step(
        2,
        "A second person’s yes",
        "Nobody approves their own change. The bot counts what the API did afterwards.",
        tasks,
        result=left if facts.locked else "Everybody in the webmail can read mail.",
    )


def _lose(facts: Facts) -> Step:
    run = facts.first(UNKNOWN)
    ended = facts.first(UNKNOWN, APPLIED)
    is_on = not facts.moved
    reason = "Exchange is down" if is_on else "Exchange is back"
    return Step(
        3,
        "Lose the answer",
        "The API does what it is asked for, and its answer never arrives. Was it done?",
        [
            ("Press “Lose the answer”.", facts.loses_answers or run is not None),
            ("Send the command, and approve it on the phone.", run is not None),
            ("The bot does not know, says so, and sends nothing again.", run is not None),
            ("It reads back: applied.", ended is not None),
        ],
        actions=[] if run or facts.loses_answers else [(LOSE, "Lose the answer")],
        prefill=""
        if run or not facts.loses_answers
        else _command(facts, "failover", is_on=is_on, reason=reason),
        result=f"{ended.id}: not known, read back, applied. {_writes(ended, facts)}"
        if ended
        else "",
        is_armed=facts.loses_answers,
    )


def _kill(facts: Facts) -> Step:
    cut = next((run for run in facts.runs if run.is_cut), None) or facts.first(EXECUTING, LOST)
    resumed = facts.first(EXECUTING, LOST, APPLIED)
    actions = [] if cut or facts.kills or _is_down(facts) else [(KILL, "Kill the bot")]
    if _is_down(facts):
        actions.append((START, "Start the bot"))
    return Step(
        4,
        "Kill the bot",
        "The process is killed (SIGKILL) as soon as its next write has reached the API.",
        [
            ("Press “Kill the bot”.", facts.kills or cut is not None),
            ("Send the command, and approve it on the phone.", cut is not None),
            ("The bot is killed before it hears the answer.", cut is not None),
            ("Press “Start the bot”.", cut is not None and not _is_down(facts)),
            ("It finds the change, reads back and says how it ended.", resumed is not None),
        ],
        actions=actions,
        prefill=_command(facts, "access", is_on=not facts.has_access, reason="Exchange is back")
        if facts.kills and not cut
        else "",
        result=f"{resumed.id}: resumed and applied. {_writes(resumed, facts)}" if resumed else "",
        is_armed=facts.kills,
    )


def _audit(facts: Facts) -> Step:
    actions = [(TRAIL, "What does an auditor see?")]
    if facts.trail_shown and facts.tampered:
        actions = [(VERIFY, "Verify"), (UNDO, "Undo the tampering")]
    elif facts.trail_shown:
        actions = [(TAMPER, "Tamper"), (VERIFY, "Verify")]
    return Step(
        5,
        "What does an auditor see?",
        "Every step is an entry of a hash chain in the database. Change one as an attacker would.",
        [
            (
                "Look at the trail: who asked, who approved, what the API answered.",
                facts.trail_shown,
            ),
            (
                "Press “Tamper”: an approval gets another name, in the database file.",
                facts.tampered or facts.found,
            ),
            ("Press “Verify”: it names the entry.", facts.found),
        ],
        actions=actions,
        result=facts.verification,
    )


def _command(facts: Facts, flag: str, *, is_on: bool, reason: str) -> str:
    return f"/continuity {flag} {'on' if is_on else 'off'} {facts.customer} --reason {reason}"


def _opens_access(request: str) -> bool:
    return request.startswith("PUT ") and request.partition("?")[0].endswith("/access")


def _is_down(facts: Facts) -> bool:
    return facts.bot in {"killed", "stopped"}


def _writes(run: Run, facts: Facts) -> str:
    count = run.writes(facts.writes)
    return f"The API got {counted(count, 'write')} of it."
