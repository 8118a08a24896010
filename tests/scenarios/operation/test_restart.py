"""One executor, killed at every awkward moment: the next start picks up what it left."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.bootstrap import running
from bot.domain.audit.chain import AuditEntry, Record
from bot.domain.audit.change_history import APPROVED
from bot.domain.change import Approval, Change
from bot.domain.change_state import Event, State
from bot.domain.policy import START_TIME
from bot.errors import StoreBusy
from bot.ports import Delivery, Transaction
from bot.slack.payloads import ActionPayload, CommandPayload
from sandbox.continuity import Request
from tests.fixtures import direct_store
from tests.scenarios.conftest import APPROVER, INCIDENT, OPERATOR, Scenario, said
from tests.scenarios.processes import PATIENCE, Deployment, deployment


class At:
    """The moment at which the process is killed: a customer for each."""

    UNANSWERED = "11111"  # the request is sent, and the API has not answered
    UNSAVED = "22222"  # the API has applied it, and its answer is not saved
    NAMED = "33333"  # three users are sent: answered, applied without an answer, not applied
    UNSEEN = "44444"  # nobody has counted yet
    FOLLOWED = "55555"  # as UNANSWERED, and the opposite change is approved already
    UNPOSTED = "66666"  # it is applied, and Slack does not take the outcome
    UNSENT = "77777"  # claimed, and nothing sent
    FORGOTTEN = "15151"  # the same, five hours ago
    PUT_OFF = "12121"  # the API has asked to wait
    CLICKED = "88888"  # a click is saved, and not processed
    CLICKED_LONG_AGO = "99999"  # the same, four minutes ago
    TYPED = "13131"  # a command is saved, and not processed
    TYPED_LONG_AGO = "14141"  # the same, four minutes ago


NAMES = {number: name.lower() for name, number in vars(At).items() if name.isupper()}
RUNNING = (At.UNANSWERED, At.UNSAVED, At.NAMED, At.FOLLOWED, At.UNSENT, At.PUT_OFF)
EXECUTED = ({*RUNNING} - {At.FOLLOWED}) | {At.UNPOSTED, At.UNSEEN, At.CLICKED}
USERS = [f"user000{number}@example.com" for number in (1, 2, 3)]


@pytest.mark.sqlite
async def test_a_second_bot_on_the_same_database_refuses_to_start(scenario: Scenario) -> None:
    with pytest.raises(StoreBusy):
        async with running(scenario.settings):
            pass


@dataclass
class Story:
    """What was to be seen when it was over, by customer."""

    on: Deployment
    killed_in: dict[str, list[Change]] = field(default_factory=dict)
    said_before_the_kill: int = 0
    asked_before_the_kill: dict[str, int] = field(default_factory=dict)
    states: dict[str, list[State]] = field(default_factory=dict)
    trails: dict[str, list[AuditEntry]] = field(default_factory=dict)
    recovered_without_slack: bool = False

    def asked_after(self, customer: str) -> list[Request]:
        """What the second process asked the API."""
        return self.on.requests(customer)[self.asked_before_the_kill[customer] :]

    def kinds(self, customer: str) -> list[str]:
        """The steps in the audit trail."""
        return [entry.record.kind.removeprefix("change.") for entry in self.trails[customer]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, backend: str) -> Story:
    """All of it happens to one process, which is killed once: a start takes a second and a half."""
    return asyncio.run(_play(tmp_path_factory.mktemp(f"killed-{backend}")))


async def _play(folder: Path) -> Story:
    async with deployment(folder, QUIET_PERIOD="1") as on:
        told = Story(on)
        for customer in NAMES:
            on.continuity.add_customer(customer, users=20)
        on.continuity.add_customer(At.FOLLOWED, users=20, failover_on=5)
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await _until_the_kill(on)
            await bot.kill()
        told.killed_in = {c: await on.changes(c) for c in NAMES}
        told.said_before_the_kill = sum(len(on.outcomes(c)) for c in NAMES)
        told.asked_before_the_kill = {c: len(on.requests(c)) for c in NAMES}
        await _while_nothing_runs(on)
        on.slack.down = True
        async with on.bot() as bot:
            told.recovered_without_slack = await _recovers(told)
            on.slack.down = False
            await bot.answers("/readyz", 200)
            await _after_the_restart(on)
            await bot.stop()
        for customer in NAMES:
            told.states[customer] = [change.state for change in await on.changes(customer)]
            told.trails[customer] = await on.trail(customer)
        return told


async def _until_the_kill(on: Deployment) -> None:
    fail = on.continuity.fail
    for customer in (At.UNANSWERED, At.FOLLOWED):
        fail(method="PUT", path=customer, kind="hang")
    fail(method="PUT", path=At.UNSAVED, kind="hang", applied=True)
    fail(method="PUT", path=f"{At.NAMED}/{USERS[1]}", kind="hang", applied=True)
    fail(method="PUT", path=f"{At.NAMED}/{USERS[2]}", kind="hang")
    fail(method="PUT", path=At.PUT_OFF, kind=429, retry_after=30)
    fail(method="HEAD", path=At.UNSEEN, kind="hang", times=None)
    hanging = (At.UNANSWERED, At.UNSAVED, At.FOLLOWED, At.PUT_OFF)
    await asyncio.gather(*(on.run_to(customer) for customer in hanging))
    await on.type(f"failover on {At.NAMED} {' '.join(USERS)}")
    await on.press("change_confirm", At.NAMED, OPERATOR)
    await on.sent("PUT", At.NAMED, 3)
    await asyncio.gather(*(on.sent("PUT", customer) for customer in hanging))
    await on.run_to(At.FOLLOWED, on=False)
    for customer in (At.UNPOSTED, At.UNSENT, At.FORGOTTEN, At.CLICKED, At.CLICKED_LONG_AGO):
        await on.type(f"failover on {customer}")
        await on.card(customer, "change_approve")
    await on.type(f"failover on {At.UNSEEN}")
    await on.card(At.UNSEEN, "change_cancel")
    on.slack.fail("chat.postMessage", status=503, times=1000)
    posts = _posts(on)
    await on.press("change_approve", At.UNPOSTED)
    await on.card(At.UNPOSTED, words="APPLIED")
    await on.slack.wait_for(lambda _: _posts(on) > posts, PATIENCE)


async def _while_nothing_runs(on: Deployment) -> None:
    """Write what a process leaves that is killed a moment earlier or later."""
    on.continuity.faults.clear()
    on.slack.heal()
    now = datetime.now(UTC)
    young, old = now - timedelta(minutes=2), now - timedelta(minutes=4)
    rows = [
        _saved(on, young, APPROVER, At.CLICKED, action="change_approve"),
        _saved(on, old, APPROVER, At.CLICKED_LONG_AGO, action="change_approve"),
        _saved(on, young, OPERATOR, At.TYPED),
        _saved(on, old, OPERATOR, At.TYPED_LONG_AGO),
    ]

    def step(tx: Transaction) -> None:
        for row in rows:
            tx.save_delivery(row)
        _claim(tx, At.UNSENT, now)
        _claim(tx, At.FORGOTTEN, now - timedelta(hours=5))

    await direct_store.write(on.database, step)


def _saved(on: Deployment, at: datetime, user: str, customer: str, action: str = "") -> Delivery:
    fields = {
        "key": f"{customer}:{user}",
        "user": user,
        "team": on.slack.team_id,
        "app": on.slack.app_id,
        "channel": INCIDENT,
        "response_url": on.slack.responses.new(user, INCIDENT),
    }
    payload: ActionPayload | CommandPayload
    if action:
        value = on.slack.buttons(on.cards(customer)[-1])[action]["value"]
        payload = ActionPayload(action=action, value=value, **fields)
    else:
        payload = CommandPayload(text=f"failover on {customer}", **fields)
    return Delivery(payload.key, payload.kind, payload.model_dump_json(), at)


def _claim(tx: Transaction, customer: str, at: datetime) -> None:
    waiting = tx.changes(customer=customer)[0]
    given = Approval(APPROVER, at, waiting.preview_revision, "approver * test@terminal")
    approved = waiting.moved(
        Event.APPROVE, approvals=(given,), decided_at=at, deadline=at + START_TIME
    )
    claimed = approved.moved(Event.CLAIM, attempts=1, started_at=at)
    for kind, after in ((APPROVED, approved), ("change.executing", claimed)):
        tx.save_change(after)
        tx.record(Record(at, kind, APPROVER, customer=customer, change_id=after.id), after)


async def _recovers(told: Story) -> bool:
    """Whether the API is asked what became of it although Slack does not answer."""
    try:
        await told.on.continuity.wait_for(lambda: bool(told.asked_after(At.UNSAVED)), PATIENCE)
    except TimeoutError:
        return False
    return True


async def _after_the_restart(on: Deployment) -> None:
    """Wait until all of it is over; what does not come is found missing by the tests."""
    ends = [on.outcome(customer) for customer in EXECUTED]
    ends += [on.outcome(At.FOLLOWED, "not in failover"), on.card(At.TYPED, "change_approve")]
    await asyncio.gather(on.press("change_approve", At.UNSEEN), *ends, return_exceptions=True)


def _posts(on: Deployment) -> int:
    return sum(call.method == "chat.postMessage" for call in on.slack.calls)


# --- what is to be seen afterwards ----------------------------------------------------------------

ON = {customer: [f"PUT /{customer}/failover"] for customer in EXECUTED}
WRITES = ON | {
    At.UNANSWERED: ON[At.UNANSWERED] * 2,
    At.PUT_OFF: ON[At.PUT_OFF] * 2,
    At.NAMED: [f"PUT /{At.NAMED}/{user}/failover" for user in (*USERS, USERS[2])],
    At.FOLLOWED: [*[f"PUT /{At.FOLLOWED}/failover"] * 2, f"DELETE /{At.FOLLOWED}/failover"],
    At.CLICKED_LONG_AGO: [],
    At.TYPED: [],
    At.TYPED_LONG_AGO: [],
}


def test_the_process_was_killed_in_the_middle_of_it(story: Story) -> None:
    """Else the tests below would show nothing."""
    killed_in = {name: [c.state for c in story.killed_in[name]] for name in NAMES}

    for customer in {*RUNNING} - {At.UNSENT, At.FOLLOWED}:
        assert killed_in[customer] == [State.EXECUTING]
    assert killed_in[At.FOLLOWED] == [State.APPROVED, State.EXECUTING]
    assert killed_in[At.UNPOSTED] == [State.APPLIED]
    assert story.killed_in[At.UNSEEN][0].preview is None
    assert story.said_before_the_kill == 0


@pytest.mark.parametrize("customer", sorted(WRITES), ids=NAMES.get)
def test_what_was_approved_is_sent_in_its_direction_and_nothing_else(
    story: Story, customer: str
) -> None:
    """Twice only where the first one is known not to have taken effect."""
    assert sorted(story.on.writes(customer)) == sorted(WRITES[customer])


@pytest.mark.parametrize("customer", RUNNING, ids=NAMES.get)
def test_nothing_is_sent_again_before_it_is_read_back(story: Story, customer: str) -> None:
    asked = story.asked_after(customer)
    first_write = next((i for i, r in enumerate(asked) if r.method in ("PUT", "DELETE")), None)

    reads = asked[:first_write]
    assert reads
    assert {read.status for read in reads} == {200}
    assert "unknown" not in story.states[customer]
    assert story.kinds(customer).index("lost") < len(story.kinds(customer)) - 1


@pytest.mark.parametrize("customer", sorted(EXECUTED), ids=NAMES.get)
def test_there_is_one_outcome_and_the_card_has_lost_its_buttons(
    story: Story, customer: str
) -> None:
    outcomes, cards = story.on.outcomes(customer), story.on.cards(customer)

    assert story.states[customer] == [State.APPLIED]
    assert len(outcomes) == len(cards) == 1
    assert ("3 of 3" if customer == At.NAMED else "20 of 20") + " in failover" in said(outcomes[0])
    assert not story.on.slack.buttons(cards[0])
    assert story.kinds(customer).count("applied") == 1


def test_an_opposite_change_that_was_approved_runs_after_it(story: Story) -> None:
    assert story.states[At.FOLLOWED] == [State.APPLIED, State.APPLIED]
    assert story.on.writes(At.FOLLOWED)[-1] == f"DELETE /{At.FOLLOWED}/failover"
    assert not any(user.failover for user in story.on.continuity.customers[At.FOLLOWED].values())
    assert len(story.on.outcomes(At.FOLLOWED)) == 2


def test_what_nobody_has_counted_is_counted_by_the_next_start(story: Story) -> None:
    kinds = story.kinds(At.UNSEEN)

    assert kinds.count("previewed") == 1
    assert kinds.index("previewed") < kinds.index("approved")
    assert any(
        "ALL 20 users" in r.text + str(r.blocks) for r in story.on.cards(At.UNSEEN)[0].history
    )


def test_what_was_saved_three_minutes_ago_is_processed(story: Story) -> None:
    assert story.kinds(At.CLICKED)[-1] == "applied"
    assert story.states[At.TYPED] == [State.AWAITING_APPROVAL]
    assert len(story.on.cards(At.TYPED)) == 1


def test_what_was_saved_longer_ago_is_not_done_but_told(story: Story) -> None:
    told = [e for e in story.on.slack.ephemerals if "please repeat" in e.text]

    assert {e.user for e in told} == {OPERATOR, APPROVER}
    assert not [e for e in told if "Nothing was done" in e.text]  # nobody knows that
    assert story.states[At.CLICKED_LONG_AGO] == [State.AWAITING_APPROVAL]
    assert "approved" not in story.kinds(At.CLICKED_LONG_AGO)
    assert story.states[At.TYPED_LONG_AGO] == []


def test_it_is_read_back_although_slack_does_not_answer(story: Story) -> None:
    assert story.recovered_without_slack


def test_what_should_have_started_hours_ago_is_left_to_a_person(story: Story) -> None:
    """Approved for then, within 30 minutes: things have moved on, and nobody expects it now."""
    assert story.on.writes(At.FORGOTTEN) == []
    assert story.states[At.FORGOTTEN] == [State.NEEDS_OPERATOR]
