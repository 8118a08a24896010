"""What every use case is given."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.domain.actions import ImportUsers
from bot.domain.audit import AuditEntry, Record
from bot.domain.change import ENDED, ID_ALPHABET, ID_LENGTH, Change, listed_one_by_one
from bot.domain.commands import Actor
from bot.errors import InvalidInput
from bot.ports import Clock, ContinuityApi, Directory, ExportSink, MessageKind, Store, Transaction


def new_change_id() -> str:
    """Return a short id that can be read aloud, e.g. `C-7K3MX`."""
    return "C-" + "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))


class RefusalKind(StrEnum):
    """What stood in the way of somebody who was refused. It is counted, so there are few of them."""

    SLACK_SILENT = "slack_silent"  # Slack did not tell who it is or where
    UNSEEN_PLACE = "unseen_place"  # the bot cannot look into the channel, or is not in it
    BARRED = "barred"  # guests, bots, strangers, the deactivated
    SHARED_CHANNEL = "shared_channel"
    NO_RIGHT = "no_right"  # a role row is missing
    RULE = "rule"  # who may decide what, whatever the rows say: nobody approves their own change
    CONFLICT = "conflict"  # the change has moved on
    OTHER_CHANNEL = "other_channel"  # the change belongs to another one
    UNKNOWN_CHANGE = "unknown_change"  # typed, or no change's id at all
    UNKNOWN_CARD = "unknown_card"  # a button of a change that is not in this database
    FOREIGN = "foreign"  # another workspace or app, or a button that is not ours


def _nobody(*_: object) -> None:
    return None


class NoExportSink:
    """The port ``ExportSink`` where no file can be brought to anybody."""

    async def save_export(self, change: Change, content: AsyncIterator[bytes]) -> str:  # noqa: ARG002  # as the port has it
        """Refuse it."""
        raise InvalidInput("There is no place here for the file with the users' data.")


@dataclass(frozen=True, slots=True)
class Context:
    """The ports, and two bells: work for the executor, messages for the outbox publisher.

    ``in_progress`` are the ids of changes that somebody carries out beside the executor, in this process.
    ``keeper`` takes users' data to whoever has them deleted.
    ``effect_timeout`` is how long the effect of what the API accepted is looked for.
    ``ops_channel`` is OPS_CHANNEL, or ``""``.
    ``allow_passwords`` is whether passwords may be set here at all.
    ``on_refusal`` is told of every refusal once it is recorded. ``sleep`` waits so many seconds; like
    the clock it is given, so that tests can own the time.
    """

    store: Store
    api: ContinuityApi
    directory: Directory
    clock: Clock
    quiet_period: timedelta = timedelta(seconds=60)
    effect_timeout: timedelta = timedelta(minutes=10)
    preview_seconds: float = 5.0  # seconds
    export_sink: ExportSink = field(default_factory=NoExportSink)
    allow_passwords: bool = False
    ops_channel: str = ""
    in_progress: set[str] = field(default_factory=set)
    new_id: Callable[[], str] = field(default=new_change_id)
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)
    wake_executor: Callable[[], None] = field(default=_nobody)
    wake_publisher: Callable[[], None] = field(default=_nobody)
    on_refusal: Callable[[RefusalKind], None] = field(default=_nobody)


def no_answer(ctx: Context) -> str:
    """Return the sentence for an API that was not waited for any longer."""
    return f"The continuity API did not answer in time ({ctx.preview_seconds:g} s)."


def record(
    tx: Transaction,
    clock: Clock,
    kind: str,
    actor: Actor | None,
    change_after: Change | None = None,
    /,
    *,
    name: str = "",
    customer: str = "",
    change_id: str = "",
    detail: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Append an audit entry; without an actor it is the bot's own act.

    ``change_after`` is the change as this step leaves it: the entry holds the seal of its row. Every step that saves
    more of a change than what waits and runs has such an entry; else the row contradicts the trail.
    On the terminal the actor is who sat there; the detail tells for whom it was done.
    """
    if actor and actor.terminal and actor.user != actor.terminal:
        detail = {**(detail or {}), "on_behalf_of": actor.user}
    return tx.record(
        Record(
            at=clock.now(),
            kind=kind,
            actor=actor.terminal or actor.user if actor else "bot",
            actor_name=name,
            customer=customer,
            change_id=change_id,
            channel=(actor.channel or "") if actor else "",
            detail=detail or {},
        ),
        change_after,
    )


def record_step(
    tx: Transaction, clock: Clock, change: Change, kind: str, detail: Mapping[str, object]
) -> AuditEntry:
    """Append an audit entry on a step of the bot itself; ``change`` is what the step leaves."""
    who = {"customer": change.customer, "change_id": change.id}
    return record(tx, clock, kind, None, change, **who, detail=detail)


def record_event(
    tx: Transaction, clock: Clock, change: Change, kind: str, detail: Mapping[str, object]
) -> AuditEntry:
    """Append an audit entry on what the bot did for a change that is no step of it."""
    who = {"customer": change.customer, "change_id": change.id}
    return record(tx, clock, kind, None, **who, detail=detail)


def save_change(tx: Transaction, change: Change, *, outcome: bool = False) -> Change:
    """Save a change's next revision and make its messages due in the same transaction."""
    tx.save_change(change)
    tx.enqueue_message(MessageKind.CARD, change)
    tx.enqueue_message(MessageKind.TIMELINE, change)
    if outcome:
        tx.enqueue_message(MessageKind.OUTCOME, change)
        if change.attempts and listed_one_by_one(change):
            tx.enqueue_message(MessageKind.RESULTS, change)
    if isinstance(change.action, ImportUsers) and change.state in ENDED:
        tx.delete_import_rows(change.id)
    return change
