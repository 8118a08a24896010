"""Users of a file, updated in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.domain.change import Change, Event, Outcome, UserStatus
from bot.domain.policy import TOLERANCE
from bot.domain.preview import Facts, Preview
from bot.domain.scope import FileUsers
from bot.domain.user_files.import_rows import DIFFERING, ImportCounts, RowStatus
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import Transaction
from bot.service.change_types.attempt.new_groups import new_groups
from bot.service.change_types.attempt.send import (
    AttemptResult,
    accepted,
    look_until_set,
    not_looked,
    not_read_back,
    not_taken,
    put_off,
)
from bot.service.change_types.import_users_batches import BATCH, BatchSender
from bot.service.change_types.import_users_compare import compare
from bot.service.context import Context

PATIENCE = 120.0  # seconds for one comparison: the list of a customer may be long
FRESH = timedelta(seconds=60)  # an older comparison is made again before anything is sent
AGAIN = "An import is not decided on unseen: import the file again when the API answers."
NOT_SEEN = "accepted, not seen yet: the API tells other values"


def patience(ctx: Context) -> float:  # as the Protocol has it
    """Return how many seconds the comparison may take, and some for the answer to be told."""
    return PATIENCE + 5


async def count(ctx: Context, change: Change) -> Preview:
    """Compare the file with what the API tells. Where it tells nothing, the change is stopped: there is
    no emergency that an import would end, and nobody could say what they approve."""
    try:
        async with asyncio.timeout(PATIENCE):
            seen = _seen(ctx, await compare(ctx, change))
            names = await ctx.store.read(lambda tx: tx.import_groups(change.id))
            new, not_looked_up = await new_groups(ctx, change.customer, names)
            facts = replace(
                seen.facts or Facts(), new_groups=new, groups_not_looked_up=not_looked_up
            )
            return replace(seen, facts=facts)
    except (NotSent, Ambiguous) as error:
        raise Refused(f"{error} {AGAIN}") from None
    except TimeoutError:
        raise Refused(f"The API did not list the users in time. {AGAIN}") from None


def pointless(change: Change, seen: Preview) -> str:  # as the Protocol has it
    """Say that all are as wanted already."""
    if seen.will_change != 0:
        return ""
    if seen.total == 1:
        return "Nothing to do: this user is as the file wants them already."
    return f"Nothing to do: all {seen.total or 0:,} users are as the file wants them already."


async def recount(ctx: Context, change: Change) -> Preview | None:
    """Compare once more: what is sent is what the API tells now, with the fields of the file."""
    return _seen(ctx, await compare(ctx, change))


def stale(change: Change, seen: Preview | None) -> str:
    """Say that other users are new, or that many more or fewer would change."""
    then = change.preview
    if then is None or seen is None or seen.will_change is None or then.will_change is None:
        return ""
    if change.postponed and change.attempts and seen.will_change <= then.will_change:
        return ""  # fewer, since some were accepted before the API was not reached any more
    moved = abs(seen.will_change - then.will_change) > TOLERANCE * then.will_change
    if not moved and _new(seen) == _new(then):
        return ""
    words = (
        f"{then.will_change:,} users would change, {_new(then):,} of them new, when it was decided"
    )
    return f"{words}; {seen.will_change:,} now, {_new(seen):,} of them new."


def requests(ctx: Context, change: Change) -> list[str]:
    """Return the request that is made for each batch. The rows are kept beside the change, and the digest
    of the file says which they were when they are gone."""
    users = change.preview.will_change if change.preview else None
    many = f"{users:,}" if users is not None else "the"
    line = ctx.api.request_line("PUT", change.customer)
    return [f"{line} for {many} users, {BATCH} in a request; SHA-256 of the file {_digest(change)}"]


async def perform(ctx: Context, change: Change) -> AttemptResult:
    """Send what differs and read it back. A comparison that is not fresh is made again before."""
    if change.postponed:
        await ctx.store.write(lambda tx: _reopen(tx, change))
    try:
        numbers = await ctx.store.read(lambda tx: tx.import_counts(change.id))
        oldest = ctx.clock.now() - FRESH
        if numbers is None or numbers.compared_at is None or numbers.compared_at < oldest:
            async with asyncio.timeout(PATIENCE):
                await compare(ctx, change)
    except (ContinuityError, TimeoutError) as error:
        if not isinstance(error, ContinuityError):
            error = Ambiguous("The API did not list the users in time.")
        return not_taken(ctx, change, not_looked(error, "The file could not be compared again"))
    batches = BatchSender(ctx, change)
    await batches.send_all()
    return await _conclude(ctx, change, batches)


async def read_back(ctx: Context, change: Change) -> AttemptResult:
    """Compare all rows once more: SUCCEED, SUCCEED_PARTLY or FAIL (the others are known to have failed),
    ACCEPT (the API took the others and does not show it yet), None (some are not as wanted, or not sent
    yet) or LOSE (no answer to that)."""
    before = change.outcome or Outcome()
    try:
        async with asyncio.timeout(PATIENCE):
            numbers = await compare(ctx, change)
    except ContinuityError as error:
        return not_read_back(before, error)
    except TimeoutError:
        return not_read_back(before, Ambiguous("The API did not list the users in time."))
    counts, left = await ctx.store.write(lambda tx: _settle(tx, change))
    failed = counts[UserStatus.FAILED] + counts[UserStatus.NOT_SENT]
    unseen = counts[UserStatus.ACCEPTED]
    outcome = replace(
        before,
        sentence="" if not failed and not left else "Not for every user.",
        total=_users(change),
        in_state=numbers.unchanged,
        failed=failed + counts[UserStatus.UNKNOWN],
        read_back_at=ctx.clock.now(),
    )
    if left:
        return AttemptResult(None, outcome)
    if unseen:
        return AttemptResult(Event.ACCEPT, outcome)
    if not failed:
        return AttemptResult(Event.SUCCEED, outcome)
    return AttemptResult(
        Event.SUCCEED_PARTLY if counts[UserStatus.APPLIED] else Event.FAIL, outcome
    )


def _reopen(tx: Transaction, change: Change) -> None:
    """Have those sent who were not reached."""
    tx.delete_user_outcomes(change.id, UserStatus.NOT_SENT)


def _settle(tx: Transaction, change: Change) -> tuple[Mapping[UserStatus, int], bool]:
    """Write what the comparison showed; return the counts, and whether any row is still open."""
    same, taken, applied = (RowStatus.UNCHANGED,), UserStatus.ACCEPTED, UserStatus.APPLIED
    for was in (UserStatus.UNKNOWN, taken):
        tx.conclude_import_rows(change.id, applied, "", was=was, standings=same)
    for was in (taken, applied):
        tx.conclude_import_rows(change.id, taken, NOT_SEEN, was=was, standings=DIFFERING)
    left = tx.import_rows(change.id, to_send=True, limit=1)
    return tx.count_user_outcomes(change.id), bool(left)


async def _conclude(ctx: Context, change: Change, batches: BatchSender) -> AttemptResult:
    def query(tx: Transaction) -> tuple[Mapping[UserStatus, int], bool, str]:
        first = tx.user_outcomes(change.id, status=UserStatus.FAILED, limit=1)
        first = first or tx.user_outcomes(change.id, status=UserStatus.NOT_SENT, limit=1)
        left = bool(tx.import_rows(change.id, to_send=True, limit=1))
        return tx.count_user_outcomes(change.id), left, first[0].reason if first else ""

    counts, left, reason = await ctx.store.read(query)
    receipt = batches.receipt
    applied = counts[UserStatus.ACCEPTED] + counts[UserStatus.APPLIED]
    sent = Outcome(
        api_id=receipt.api_id if receipt else None,
        api_timestamp=receipt.api_timestamp if receipt else None,
        total=_users(change),
        affected=applied,
        failed=sum(counts.values()) - applied,
    )
    stopped = await ctx.store.read(lambda tx: tx.change(change.id))
    goes_on = batches.error is not None and not (stopped and stopped.stopped_by)
    if left:
        if goes_on:
            await ctx.store.write(lambda tx: _reopen(tx, change))
        words = "For some users the answer was ambiguous."
        return AttemptResult(Event.LOSE, replace(sent, sentence=words))
    if batches.error is not None:
        later = put_off(ctx, change, batches.error, sent, applied)
        if goes_on and later.event is Event.POSTPONE:
            return later
        reason = later.outcome.sentence
    if not applied and sent.failed:
        return AttemptResult(Event.FAIL, replace(sent, sentence=reason))
    taken = await accepted(ctx, change, sent)
    return await look_until_set(ctx, lambda: read_back(ctx, taken))


def _seen(ctx: Context, numbers: ImportCounts) -> Preview:
    facts = Facts(
        new=numbers.new,
        changed=numbers.changed,
        unchanged=numbers.unchanged,
        skipped=numbers.skipped,
    )
    total = numbers.new + numbers.changed + numbers.unchanged
    return Preview(ctx.clock.now(), total=total, already=numbers.unchanged, facts=facts)


def _new(seen: Preview) -> int:
    return (seen.facts.new if seen.facts else None) or 0


def _users(change: Change) -> int:
    return change.scope.users if isinstance(change.scope, FileUsers) else 0


def _digest(change: Change) -> str:
    return change.scope.digest if isinstance(change.scope, FileUsers) else ""
