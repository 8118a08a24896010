"""The state machine: what people, Slack, the API and crashes may do, each step with its model."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import note
from hypothesis.stateful import rule

from bot.domain.actor import Actor
from bot.domain.admin_commands import GrantRoleCommand, RevokeRoleCommand
from bot.domain.policy import PolicyRule
from bot.domain.roles import Role, parse_subject
from bot.domain.scope import Flag, Scope
from bot.errors import Ambiguous, SlackUnavailable
from bot.ports import Channel, Person
from bot.service.access import administer
from tests.builders import ADMIN, APPROVER, CHANNEL, a_delivery
from tests.fakes import Answer
from tests.reliability.model.checked_machine import plain
from tests.reliability.model.decision_steps import DecisionSteps
from tests.reliability.model.inline_bot import GROUP, MEMBER, ROWS
from tests.reliability.model.step_weights import STEPS
from tests.service.harness import SECOND

TERMINAL = Actor("admin@jump1", None, terminal="admin@jump1")


class BotMachine(DecisionSteps):
    """One run of random steps; whatever is executed must have been allowed by the model."""

    @rule()
    def go_on(self) -> None:
        """Do one thing. The number of the life and of the step decide which, and nothing else: what
        Hypothesis draws depends on the constants of all modules that happen to be loaded."""
        dice = random.Random(f"{self.seed} {self.steps}")  # noqa: S311  # reproducible, not secret
        [name] = dice.choices(list(STEPS), [weight for weight, _ in STEPS.values()])
        particulars = {key: dice.choice(values) for key, values in STEPS[name][1].items()}
        note(f"{name} {particulars}")
        getattr(self, name)(**particulars)

    # --- the ordinary way in one step ---

    def propose_and_release(
        self,
        who: str,
        customer: str,
        on: bool,
        scope: Scope,
        well: bool,
        late: float,
        also: tuple[Scope, ...],
        approvers: tuple[str, ...],
        loses: str,
        lapses: bool,
        later: float,
        given: tuple[Answer, ...],
        works: bool,
    ) -> None:
        """Somebody may lose their roles before the bot continues."""
        if well:
            self.restore(on)
        for one in (scope, *also):
            self._propose(who, CHANNEL, customer, Flag.FAILOVER, on, one)
        self.work()
        self.wait(late)
        for modelled in list(self.model.changes.values())[-1 - len(also) :]:
            self._confirm(modelled, modelled.requester, CHANNEL, 0, 1)
            for approver in approvers:
                self._approve(modelled, approver, modelled.channel, 0, 1)
        for subject, role, where in list(self.model.rows):
            if subject == loses:
                (self.lapse if lapses else self.demote)((subject, Role(role)), where)
        self.wait(later)
        self.bot.api.answers = list(given)
        if works:
            self.work()

    def propose_and_lose(
        self,
        who: str,
        customer: str,
        on: bool,
        scope: Scope,
        given: tuple[Answer, ...],
        silent: bool,
        ender: str,
        how: str,
    ) -> None:
        """The API does not answer, and cannot be read for minutes: then it is a person's turn."""
        self.propose_and_release(
            who,
            customer,
            on,
            scope,
            well=True,
            late=0,
            also=(),
            approvers=(APPROVER, SECOND, ADMIN),
            loses="",
            lapses=False,
            later=0,
            given=given,
            works=False,
        )
        self.trouble(given, silent=True, hangs=False)
        for _ in range(8):
            self.work()
            self.wait(1.1)
        self.trouble((), silent=silent, hangs=False)
        if ender:
            self.conclude(0, ender, away=False, how=how, count=1)

    # --- the bot works, the time passes, the process dies ---

    def work(self) -> None:
        self.run(self.bot.work())
        self._notice()

    def wait(self, by: float) -> None:
        self.bot.clock.advance(minutes=by)

    def crash(self, after: int) -> None:
        self.run(self.bot.crash(after))
        self.tally["crashes"] += 1

    def trouble(self, given: tuple[Answer, ...], silent: bool, hangs: bool) -> None:
        """What the next writes come to, whether the API can be read, and whether it answers at all."""
        self.bot.api.answers = list(given)
        self.bot.api.unreadable = Ambiguous("No answer.") if silent else None
        if hangs:
            self.bot.api.gate.clear()
        else:
            self._answer()

    def deliver(self, key: str) -> None:
        """A delivery of Slack, perhaps for the second time, perhaps after a crash."""
        delivery = a_delivery(key, received_at=self.bot.clock.now())
        fresh = self.run(self.bot.store.write(lambda tx: tx.save_delivery(delivery)))
        assert fresh == (key not in self.deliveries)
        self.deliveries.add(key)

    # --- rights come and go ---

    def grant(self, row: tuple[str, Role], customer: str, hours: int) -> None:
        subject, role = row
        asked = GrantRoleCommand(parse_subject(subject), role, customer, hours or None)
        given = self.run(administer.grant_role(self.bot.ctx, TERMINAL, asked))
        self.model.rows[subject, role.value, customer] = given.expires_at

    def demote(self, row: tuple[str, Role], customer: str) -> None:
        """Take a role from a person, their group or a channel."""
        subject, role = row
        if (subject, role.value, customer) in self.model.rows:
            asked = RevokeRoleCommand(parse_subject(subject), role, customer)
            self.run(administer.revoke_role(self.bot.ctx, TERMINAL, asked))
            del self.model.rows[subject, role.value, customer]

    def lapse(self, row: tuple[str, Role], customer: str) -> None:
        """Let a role end by itself, just now."""
        soon = self.bot.clock.now() + timedelta(minutes=0.3)
        self.run(self.bot.grant((*row, customer), expires_at=soon))
        self.model.rows[row[0], row[1].value, customer] = soon
        self.wait(0.3)

    def group_row(self, role: Role, customer: str, held: bool) -> None:
        """Write a role row of the user group without an audit entry, as an old backup may hold it."""
        row = (GROUP, role, customer)
        if held:
            self.run(self.bot.grant(row))
            self.model.rows[plain(row)] = None
        elif plain(row) in self.model.rows:
            self.demote((GROUP, role), customer)

    def remove_channel_row(self, customer: str) -> None:
        self.demote((CHANNEL, Role.INCIDENT), customer)

    def restore(self, on: bool) -> None:
        """Restore the first role rows, and end all faults of Slack and the API."""
        self.bot.set_users(failover=not on)
        self.run(self.bot.grant(*ROWS))
        self.model.rows |= dict.fromkeys(map(plain, ROWS))
        self.model.members[GROUP] = {MEMBER}
        for known in (self.model.barred, self.model.shared, self.model.left):
            known.clear()
        self.model.silent = False
        self._tell_slack()
        self.trouble((), silent=False, hangs=False)

    def policy(self, customer: str, needed: int) -> None:
        row = PolicyRule(customer, "*", "*", needed, "admin@jump1", self.bot.clock.now())
        self.run(administer.set_policy(self.bot.ctx, TERMINAL, row))
        self.model.policy[customer] = needed

    def slack_changes(self, who: str, where: str, what: str) -> None:
        model = self.model
        match what:
            case "bar":
                model.barred ^= {who}
            case "share":
                model.shared ^= {where}
            case "leave":
                model.left ^= {where}
            case "team":
                model.members[GROUP] ^= {who}
            case _:
                model.silent = not model.silent
        self._tell_slack()

    def _tell_slack(self) -> None:
        model, directory = self.model, self.bot.directory
        directory.people = {who: Person(who, "", "a guest") for who in model.barred}
        directory.places = {
            place: Channel(place, "", place in model.shared, place not in model.left)
            for place in model.shared | model.left
        }
        directory.error = SlackUnavailable("Slack does not answer.") if model.silent else None
