"""What must hold when an incident is over: read from the trail, the API's log and the channel."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.audit.chain import AuditEntry
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.ports import Message as Row
from bot.ports import Transaction
from bot.slack.views.modals.reason import QUESTIONS
from bot.terminal.audit.export import pages, verify_all
from sandbox.continuity import Request
from sandbox.slack import Message
from tests.fixtures import direct_store
from tests.reliability.processes.workload import CHANGE_ID, Act
from tests.scenarios.conftest import INCIDENT, said
from tests.scenarios.processes import Deployment

SETTLED_WITHIN = 300.0  # seconds; a backlog takes its time, and what is stuck stays stuck
UNDER_WAY = {State.APPROVED, State.EXECUTING, State.ACCEPTED, State.UNKNOWN}
ENDED = {State.APPLIED, State.PARTIAL, State.FAILED, State.NEEDS_OPERATOR}
TAKEN_BACK = {State.CANCELLED, State.DENIED, State.EXPIRED}
DECISIONS = {
    "change_approve": "change.approved",
    "change_confirm": "change.confirmed",
    "change_cancel": "change.cancelled",
    "change_look": "change.look_asked",
    "change_stop": "change.stop_asked",
    "denial": "change.denied",
}
DECIDING = {"change_approve", "change_confirm", "change_cancel"}
ENDINGS = {
    f"change.{end}" for end in (*ENDED, *TAKEN_BACK, State.GIVEN_UP, "stopped", "marked_applied")
}
GOES_ON = ("Asked again", "The bot posts here what comes of it")
SEAL = re.compile(r"audit (\d+) ([0-9a-f]{16})")


@dataclass(frozen=True)
class EndState:
    """Everything that is left when nothing is under way any more."""

    on: Deployment
    changes: dict[str, Change]
    cards: dict[str, Row | None]
    trail: Sequence[AuditEntry]

    # --- acknowledged is done, or told ------------------------------------------------------------

    def lost(self, acts: Iterable[Act]) -> list[Act]:
        """What was acknowledged, and neither had an effect nor was answered."""
        done = {
            (entry.record.kind, entry.record.actor, entry.record.change_id) for entry in self.trail
        }
        proposed = {
            (entry.record.actor, entry.record.detail["reason"])
            for entry in self.trail
            if entry.record.kind == "change.proposed"
        }
        reasons = {change.id: change.reason for change in self.changes.values()}

        def has_effect(act: Act) -> bool:
            if act.kind == "proposal":
                return (act.user, act.about) in proposed
            if act.kind == "change_back":
                return (act.user, f"Takes back {act.about}") in proposed
            if act.kind in ("change_again", "flag_access_on"):
                return (act.user, reasons.get(act.about)) in proposed
            if act.kind in QUESTIONS:
                return any(
                    view.user == act.user and act.about in view.private_metadata.split()
                    for view in self.on.slack.views.values()
                )
            return (DECISIONS.get(act.kind), act.user, act.about) in done

        return [
            act
            for act in acts
            if act.acknowledged and not has_effect(act) and not self._answered(act)
        ]

    def _answered(self, act: Act) -> bool:
        if act.kind == "denial":  # a form has no response URL
            told = [one for one in self.on.slack.ephemerals if one.user == act.user]
            return any(act.about in one.text or "repeat" in one.text for one in told)
        return self.on.slack.responses.uses(act.delivery.response_url) > 0

    # --- approved is carried out, and nothing else is ---------------------------------------------

    def abandoned(self) -> list[Change]:
        """Changes that were released and came to no end."""
        released = {
            entry.record.change_id
            for entry in self.trail
            if entry.record.kind == "change.executing"
        } | {change.id for change in self.changes.values() if change.decided_at}
        ends = ENDED | TAKEN_BACK
        return [self.changes[one] for one in released if self.changes[one].state not in ends]

    def unapproved(self) -> list[str]:
        """Attempts whose trail does not hold, before them, the decision that they needed."""
        found = []
        given: dict[str, set[str]] = {}
        for entry in self.trail:
            record = entry.record
            change = self.changes.get(record.change_id)
            if record.kind == "change.confirmed" and change and record.actor == change.requester:
                given.setdefault(record.change_id, set()).add("confirmed")
            elif record.kind == "change.approved" and change and record.actor != change.requester:
                given.setdefault(record.change_id, set()).add(record.actor)
            elif record.kind == "change.executing":
                needed = max(1, change.approvals_needed) if change else 1
                if len(given.get(record.change_id, ())) < needed:
                    found.append(f"{record.change_id} (audit {entry.seq})")
        return found

    def unintended(self) -> list[str]:
        """Requests that reached the API more often than intents for them were recorded before.

        A 429 is not counted: it says that nothing was done, and the same intent sends it again.
        """
        intents: Counter[str] = Counter()
        for entry in self.trail:
            if entry.record.kind == "change.executing":
                requests = entry.record.detail["requests"]
                assert isinstance(requests, list)
                intents.update(requests)
        seen = Counter(_line(one) for one in self.writes() if one.status != 429)
        return [f"{line}: {many} too many" for line, many in (seen - intents).items()]

    def writes(self) -> list[Request]:
        """Whatever would change something and reached the API."""
        return [
            one for one in self.on.continuity.requests if one.method in ("PUT", "DELETE", "POST")
        ]

    # --- the channel knows ------------------------------------------------------------------------

    def outcomes(self) -> dict[str, list[Message]]:
        """The outcome messages in the channel, by the change that they name; not what goes on: it is asked
        again, or was when this was posted."""
        found: dict[str, list[Message]] = {}
        for message in self._top_level():
            goes_on = any(words in said(message) for words in GOES_ON)
            if not _is_card(message) and not goes_on:
                found.setdefault(_change_of(message), []).append(message)
        return found

    def untold(self) -> list[Change]:
        """Changes that came to an end without an outcome in the channel.

        What the first count found pointless is told to its requester alone.
        """
        told = self.outcomes()
        ended = [change for change in self.changes.values() if change.state in ENDED]
        return [one for one in ended if one.id not in told and not one.is_pointless]

    def doubled(self) -> dict[tuple[str, ...], int]:
        """Endings that were told more than once: how often, by change and audit entry."""
        told = Counter(
            (one, *SEAL.findall(said(post)))
            for one, posts in self.outcomes().items()
            for post in posts
        )
        return {ending: many for ending, many in told.items() if many > 1}

    def unlike(self) -> list[str]:
        """Outcomes that do not show, by the audit entry of an ending of their change, which one they tell.

        A change has more than one ending where a person concludes what reading back did not settle.
        """
        endings = {
            (entry.record.change_id, str(entry.seq), entry.hash[:16])
            for entry in self.trail
            if entry.record.kind in ENDINGS
        }
        return [
            one
            for one, posts in self.outcomes().items()
            for post in posts
            if not any((one, *seal) in endings for seal in SEAL.findall(said(post)))
        ]

    def doubled_cards(self) -> int:
        """Cards beyond the first one of a change."""
        cards = Counter(_change_of(one) for one in self._top_level() if _is_card(one))
        return sum(cards.values()) - len(cards)

    def stale(self) -> list[str]:
        """Changes whose card in the channel does not show them as they are."""
        wrong = []
        for change in self.changes.values():
            row = self.cards[change.id]
            card = self.on.slack.message(row.channel, row.ts) if row and row.ts else None
            over = change.state in ENDED | TAKEN_BACK
            if change.is_pointless:  # its requester alone was told
                wrong += [change.id] if card else []
            elif card is None or (over and DECIDING & self.on.slack.buttons(card).keys()):
                wrong.append(change.id)
        return wrong

    def _top_level(self) -> list[Message]:
        return self.on.slack.channel_messages(INCIDENT)


async def settled(on: Deployment) -> None:
    """Wait until nothing is under way any more: no change, no delivery, no message. Raises TimeoutError."""
    async with direct_store.opened(on.database) as store, asyncio.timeout(SETTLED_WITHIN):
        while not await store.read(_all_is_done):  # noqa: ASYNC110 - another process works on it
            await asyncio.sleep(0.1)


def _all_is_done(tx: Transaction) -> bool:
    return not (
        tx.change_ids(UNDER_WAY)
        or tx.waiting_deliveries()
        or tx.changes_without_preview()
        or tx.next_due()
    )


async def end_state(on: Deployment) -> EndState:
    """Read what is left, and walk along the chain on the way."""
    async with direct_store.opened(on.database) as store:
        report = await verify_all(store)
        assert report.fault == ""
        trail = [entry async for page in pages(store) for entry in page]
        changes = {one.id: one for one in await store.read(lambda tx: tx.changes())}
        cards = await store.read(lambda tx: {one: tx.message(f"card:{one}") for one in changes})
    return EndState(on, changes, cards, trail)


def _line(request: Request) -> str:
    return f"{request.method} {request.raw}"


def _is_card(message: Message) -> bool:
    """A card came as one: with buttons, or with `Counting …` on it."""
    first = message.history[0]
    return "asked by <@" in str(first.blocks)


def _change_of(message: Message) -> str:
    # The notification ends with its own change; its reason may name another one.
    found = CHANGE_ID.findall(message.text)
    assert found, said(message)
    return str(found[-1])
