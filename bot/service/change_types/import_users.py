"""Update the users of a file, in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.domain.change import Change
from bot.domain.change_state import Event
from bot.domain.limits import MAX_LIST_SECONDS
from bot.domain.outcome import Outcome, UserStatus
from bot.domain.policy import TOLERANCE
from bot.domain.preview import Facts, Names, Preview
from bot.domain.scope import FileUsers
from bot.domain.user_files.import_rows import DIFFERING, ImportCounts, RowStatus
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import Receipt, Transaction
from bot.service.change_types.attempt.new_groups import new_groups
from bot.service.change_types.attempt.send import (
    AttemptResult,
    accepted,
    not_accepted,
    not_checked,
    not_read_back,
    postponed_result,
    read_back_until_set,
)
from bot.service.change_types.change_type import ChangeType
from bot.service.change_types.import_users_batches import USERS_PER_REQUEST, BatchSender
from bot.service.change_types.import_users_compare import compare
from bot.service.context import Context

# An older comparison is made again before anything is sent.
MAX_COMPARISON_AGE = timedelta(seconds=60)
IMPORT_AGAIN = "An import is not decided on unseen: import the file again when the API answers."
NOT_SEEN = "accepted, not seen yet: the API tells other values"


class ImportUsersChange(ChangeType):
    """Update the users of a file."""

    def max_count_seconds(self) -> float:
        """Return the seconds for the comparison, and for looking up new groups."""
        return MAX_LIST_SECONDS + self.ctx.preview_seconds

    async def count(self) -> Preview:
        """Compare the file with the users at the API.

        Raises Refused, which stops the change, where the API does not answer: an import is no
        emergency, and nobody could know what they approve.
        """
        ctx, change = self.ctx, self.change
        try:
            counts = await self._compare()
        except (NotSent, Ambiguous) as error:
            raise Refused(f"{error} {IMPORT_AGAIN}") from None
        names = await ctx.store.read(lambda tx: tx.import_groups(change.id))
        new, not_looked_up = await new_groups(ctx, change.customer, names)
        return _preview(ctx, counts, new, not_looked_up)

    def nothing_to_do(self, seen: Preview) -> str:
        """Return a sentence where all users are as the file wants them."""
        if seen.will_change != 0:
            return ""
        if seen.total == 1:
            return "Nothing to do: this user is as the file wants them already."
        return f"Nothing to do: all {seen.total or 0:,} users are as the file wants them already."

    async def recount(self) -> Preview | None:
        """Compare again: the requests are made from the present user objects."""
        return _preview(self.ctx, await compare(self.ctx, self.change))

    def stale(self, seen: Preview | None) -> str:
        """Return a sentence where other users are new, or many more or fewer would change."""
        then = self.change.preview
        if then is None or seen is None or seen.will_change is None or then.will_change is None:
            return ""
        if self.change.postponed and self.change.attempts and seen.will_change <= then.will_change:
            return ""  # fewer, since some were accepted before the API was not reached any more
        moved = abs(seen.will_change - then.will_change) > TOLERANCE * then.will_change
        if not moved and _new(seen) == _new(then):
            return ""
        words = f"{then.will_change:,} users would change, {_new(then):,} of them new, when it was decided"
        return f"{words}; {seen.will_change:,} now, {_new(seen):,} of them new."

    def requests(self) -> list[str]:
        """Return the request of a batch with the digest of the file, which outlasts its rows."""
        change = self.change
        users = change.preview.will_change if change.preview else None
        many = f"{users:,}" if users is not None else "the"
        line = self.ctx.api.request_line("PUT", change.customer)
        return [
            f"{line} for {many} users, {USERS_PER_REQUEST} in a request; SHA-256 of the file {_digest(change)}"
        ]

    async def perform(self) -> AttemptResult:
        """Compare unless that was just done, send the rows that differ, and read them back."""
        ctx, change = self.ctx, self.change
        if change.postponed:
            await ctx.store.write(lambda tx: _reopen(tx, change))
        try:
            numbers = await ctx.store.read(lambda tx: tx.import_counts(change.id))
            oldest = ctx.clock.now() - MAX_COMPARISON_AGE
            if numbers is None or numbers.compared_at is None or numbers.compared_at < oldest:
                await self._compare()
        except ContinuityError as error:
            return not_accepted(
                ctx, change, not_checked(error, "The file could not be compared again")
            )
        batches = BatchSender(ctx, change)
        await batches.send_all()
        return await self._conclude(batches)

    async def read_back(self) -> AttemptResult:
        """Compare all rows again.

        Returns SUCCEED, SUCCEED_PARTLY or FAIL (the others are known to have failed), ACCEPT (the
        API accepted the others and does not show them yet), None (some are not as wanted, or not
        sent yet) or LOSE (no answer).
        """
        ctx, change = self.ctx, self.change
        before = change.outcome or Outcome()
        try:
            numbers = await self._compare()
        except ContinuityError as error:
            return not_read_back(before, error)
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

    async def _compare(self) -> ImportCounts:
        """Compare the rows with the users at the API. Raises ContinuityError."""
        try:
            async with asyncio.timeout(MAX_LIST_SECONDS):
                return await compare(self.ctx, self.change)
        except TimeoutError:
            raise Ambiguous("The API did not list the users in time.") from None

    async def _conclude(self, batches: BatchSender) -> AttemptResult:
        """Return the result of what was sent; read it back where the API accepted it."""
        ctx, change = self.ctx, self.change
        counts, left, reason = await ctx.store.read(lambda tx: _counts(tx, change))
        sent = _sent(change, batches.receipt, counts)
        current = await ctx.store.read(lambda tx: tx.change(change.id))
        goes_on = batches.error is not None and not (current and current.stopped_by)
        if left:
            if goes_on:
                await ctx.store.write(lambda tx: _reopen(tx, change))
            words = "For some users the answer was ambiguous."
            return AttemptResult(Event.LOSE, replace(sent, sentence=words))
        if batches.error is not None:
            later = postponed_result(ctx, change, batches.error, sent, sent.affected or 0)
            if goes_on and later.event is Event.POSTPONE:
                return later
            reason = later.outcome.sentence
        if not sent.affected and sent.failed:
            return AttemptResult(Event.FAIL, replace(sent, sentence=reason))
        taken = await accepted(ctx, change, sent)
        return await read_back_until_set(ctx, self.of(taken).read_back)


def _reopen(tx: Transaction, change: Change) -> None:
    """Delete the outcomes NOT_SENT, so that these rows are sent again."""
    tx.delete_user_outcomes(change.id, UserStatus.NOT_SENT)


def _settle(tx: Transaction, change: Change) -> tuple[Mapping[UserStatus, int], bool]:
    """Save outcomes by the comparison; return their counts, and whether rows are left to send."""
    same, taken, applied = (RowStatus.UNCHANGED,), UserStatus.ACCEPTED, UserStatus.APPLIED
    for was in (UserStatus.UNKNOWN, taken):
        tx.conclude_import_rows(change.id, applied, "", was=was, statuses=same)
    for was in (taken, applied):
        tx.conclude_import_rows(change.id, taken, NOT_SEEN, was=was, statuses=DIFFERING)
    left = tx.import_rows(change.id, to_send=True, limit=1)
    return tx.count_user_outcomes(change.id), bool(left)


def _counts(tx: Transaction, change: Change) -> tuple[Mapping[UserStatus, int], bool, str]:
    """Return the counts by status, whether rows are left to send, and one reason of a failure."""
    first = tx.user_outcomes(change.id, status=UserStatus.FAILED, limit=1)
    first = first or tx.user_outcomes(change.id, status=UserStatus.NOT_SENT, limit=1)
    left = bool(tx.import_rows(change.id, to_send=True, limit=1))
    return tx.count_user_outcomes(change.id), left, first[0].reason if first else ""


def _sent(change: Change, receipt: Receipt | None, counts: Mapping[UserStatus, int]) -> Outcome:
    taken = counts[UserStatus.ACCEPTED] + counts[UserStatus.APPLIED]
    return Outcome(
        api_id=receipt.api_id if receipt else None,
        api_timestamp=receipt.api_timestamp if receipt else None,
        total=_users(change),
        affected=taken,
        failed=sum(counts.values()) - taken,
    )


def _preview(
    ctx: Context,
    counts: ImportCounts,
    new_groups: Names | None = None,
    groups_not_looked_up: Names | None = None,
) -> Preview:
    facts = Facts(
        new=counts.new,
        changed=counts.changed,
        unchanged=counts.unchanged,
        skipped=counts.skipped,
        new_groups=new_groups,
        groups_not_looked_up=groups_not_looked_up,
    )
    total = counts.new + counts.changed + counts.unchanged
    return Preview(ctx.clock.now(), total=total, already=counts.unchanged, facts=facts)


def _new(seen: Preview) -> int:
    return (seen.facts.new if seen.facts else None) or 0


def _users(change: Change) -> int:
    return change.scope.users if isinstance(change.scope, FileUsers) else 0


def _digest(change: Change) -> str:
    return change.scope.digest if isinstance(change.scope, FileUsers) else ""
