"""The context of every use case, and how a step is recorded and saved."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.domain.actions import ImportUsers
from bot.domain.actor import Actor
from bot.domain.api_health import ApiHealth
from bot.domain.audit.chain import AuditEntry, Record
from bot.domain.change import ID_ALPHABET, ID_LENGTH, Change, listed_one_by_one
from bot.domain.change_state import ENDED
from bot.domain.report import ReportTime
from bot.errors import InvalidInput
from bot.ports import Clock, ContinuityApi, Directory, ExportSink, MessageKind, Store, Transaction
from bot.redaction import Redactor, log_redactor
from bot.service.batches import announce_member, whole
from bot.service.drill_deadlines import end_where_verified
from bot.service.end_deadlines import keep_deadlines
from bot.service.people_told import tell_people
from bot.service.related_changes import refresh_related


def new_change_id() -> str:
    """Return a short id that can be read aloud, e.g. `C-7K3MX`."""
    return "C-" + "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))


class RefusalKind(StrEnum):
    """Why somebody was refused. A label of a metric, so there are few of them."""

    SLACK_SILENT = "slack_silent"  # Slack did not answer who it is or where
    UNSEEN_PLACE = "unseen_place"  # the bot cannot read the channel, or is not in it
    BARRED = "barred"  # guests, bots, people of other workspaces, deactivated accounts
    SHARED_CHANNEL = "shared_channel"
    NO_RIGHT = "no_right"  # a role row is missing
    RULE = "rule"  # a rule besides the role rows: nobody approves their own change
    CONFLICT = "conflict"  # the change has moved on
    OTHER_CHANNEL = "other_channel"  # the change belongs to another one
    UNKNOWN_CHANGE = "unknown_change"  # typed, or no change's id at all
    UNKNOWN_CARD = "unknown_card"  # a button of a change that is not in this database
    FOREIGN = "foreign"  # another workspace or app, or a button that is not ours


def _ignore(*_: object) -> None:
    return None


def _no_drill(_: str) -> bool:
    return False


class NoExportSink:
    """The port ``ExportSink`` where no export target is configured."""

    async def save_export(self, change: Change, content: AsyncIterator[bytes]) -> str:  # noqa: ARG002  # as the port has it
        """Always raises InvalidInput: no export target is configured."""
        raise InvalidInput("There is no place here for the file with the users' data.")


@dataclass(frozen=True, slots=True)
class Context:
    """The ports, the settings that use cases need, and callbacks.

    ``quiet_period``: how long an opposite change waits after an ambiguous answer.
    ``effect_timeout``: how long the effect of an accepted request is waited for.
    ``preview_seconds``: the time for a count. ``export_sink`` brings users' data to the requester
    before they are deleted. ``api_health`` has what the looks at the API found; none are made at the
    terminal. ``ops_channel`` is OPS_CHANNEL or ``""``; ``report_at`` None: no daily report; ``pagers`` are the names of
    those that are configured. ``replica_id`` returns the id of this process among the replicas, ``""`` where it is none. ``is_drill`` tells whether a
    customer's account is of a simulated API. ``wake_executor`` and ``wake_publisher`` are called when there is work for them, ``on_refusal`` after each recorded
    refusal. ``redact`` takes secrets out of a text that people wrote. ``clock`` and ``sleep`` (seconds) are replaced in tests.
    """

    store: Store
    api: ContinuityApi
    directory: Directory
    clock: Clock
    quiet_period: timedelta = timedelta(seconds=60)
    effect_timeout: timedelta = timedelta(minutes=10)
    preview_seconds: float = 5.0
    export_sink: ExportSink = field(default_factory=NoExportSink)
    allow_passwords: bool = False
    ops_channel: str = ""
    report_at: ReportTime | None = None
    pagers: tuple[str, ...] = ()
    api_health: ApiHealth = field(default_factory=ApiHealth)
    replica_id: Callable[[], str] = field(default=str)
    is_drill: Callable[[str], bool] = field(default=_no_drill)
    new_id: Callable[[], str] = field(default=new_change_id)
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)
    wake_executor: Callable[[], None] = field(default=_ignore)
    wake_publisher: Callable[[], None] = field(default=_ignore)
    on_refusal: Callable[[RefusalKind], None] = field(default=_ignore)
    redact: Redactor = field(default=log_redactor(()))


def no_answer(ctx: Context) -> str:
    """Return the sentence for an API that did not answer within the time of a preview."""
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
    """Append an audit entry. ``actor`` None means the bot itself.

    ``change_after`` is the change as this step leaves it: the entry holds digests of its row. A
    step that saves more than ``row_digests.UNDIGESTED`` needs such an entry, or the row contradicts
    the trail. At the terminal the entry names who typed, and in its detail on whose behalf.
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
    """Append an audit entry on a step of the bot that left ``change``."""
    who = {"customer": change.customer, "change_id": change.id}
    return record(tx, clock, kind, None, change, **who, detail=detail)


def record_event(
    tx: Transaction, clock: Clock, change: Change, kind: str, detail: Mapping[str, object]
) -> AuditEntry:
    """Append an audit entry on something that did not save ``change``."""
    who = {"customer": change.customer, "change_id": change.id}
    return record(tx, clock, kind, None, **who, detail=detail)


def save_change(tx: Transaction, change: Change, *, outcome: bool = False, by: str = "") -> Change:
    """Save the next revision of a change and enqueue its messages.

    ``outcome``: the channel gets an outcome message, too. Cards that tell of this change are
    brought up to date. ``by`` is who ended the change by this step where the change does not say it:
    they are not told of it in a message of their own.
    """
    before = tx.change(change.id)
    batch_before = whole(tx, before) if before is not None and change.batch else None
    tx.save_change(change)
    refresh_related(tx, change, before)
    keep_deadlines(tx, change, before)
    end_where_verified(tx, change)
    if change.batch:
        announce_member(tx, change, batch_before, outcome=outcome, by=by)
        return change
    tx.enqueue_message(MessageKind.CARD, change)
    tx.enqueue_message(MessageKind.TIMELINE, change)
    if outcome:
        tx.enqueue_message(MessageKind.OUTCOME, change)
        if change.attempts and listed_one_by_one(change):
            tx.enqueue_message(MessageKind.RESULTS, change)
    tell_people(tx, change, before, by)
    if isinstance(change.action, ImportUsers) and change.state in ENDED:
        tx.delete_import_rows(change.id)
    return change
