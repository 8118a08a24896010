"""Edit fields of one user, unless they were changed since the edit was proposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from bot.domain.actions import EditUser
from bot.domain.change import Change
from bot.domain.change_state import Event, State
from bot.domain.mail_user import FIELDS, FLAGS, GROUPS, FieldChange, same_meaning
from bot.domain.outcome import Outcome
from bot.domain.preview import Facts, Preview
from bot.domain.scope import single_address
from bot.errors import ContinuityError, Refused
from bot.ports import UserState
from bot.service.change_types.attempt.address_spelling import one_user, spelled
from bot.service.change_types.attempt.new_groups import new_groups
from bot.service.change_types.attempt.send import (
    AttemptResult,
    accepted,
    not_accepted,
    not_checked,
    not_read_back,
    one_user_outcome,
    read_back_until_set,
    receipt_outcome,
    send,
)
from bot.service.change_types.change_type import ChangeType
from bot.service.context import Context

USER_UNKNOWN = "The API accepted it, and then does not know this user (404)."


class EditUserChange(ChangeType):
    """Give fields of one user other values."""

    async def count(self) -> Preview:
        """Compare the user with the proposal and find new groups.

        Raises Refused where a field is neither as it was nor as wanted.
        """
        ctx, change = self.ctx, self.change
        user_state = await _now(ctx, change)
        wanted, address = int(_is_wanted(change, user_state)), single_address(change.scope)
        new, not_looked_up = await new_groups(ctx, change.customer, _joined(change))
        facts = Facts(new_groups=new, groups_not_looked_up=not_looked_up)
        spelling = spelled({address: user_state})
        return Preview(ctx.clock.now(), total=1, already=wanted, spelled=spelling, facts=facts)

    def nothing_to_do(self, seen: Preview) -> str:
        """Return a sentence where the fields are as wanted already."""
        return "Nothing to do: the user has these values already." if seen.already else ""

    def requests(self) -> list[str]:
        """Return the one request."""
        return [
            self.ctx.api.request_line(
                "PUT", self.change.customer, address=single_address(self.change.scope)
            )
        ]

    async def perform(self) -> AttemptResult:
        """Read the user, write all of it with the changed fields, read it back.

        The body of PUT is assumed to be the whole user object: all fields of the answer are sent
        back, unknown ones too, since a missing field might be emptied. The flags are left out: a
        failover may be set between the two requests. There is no If-Match: another write in between
        is lost. Other fields and flags that are different afterwards are reported.
        """
        ctx, change = self.ctx, self.change
        try:
            before = await _now(ctx, change)
        except Refused as error:
            return not_accepted(ctx, change, error)
        except ContinuityError as error:
            return not_accepted(ctx, change, not_checked(error, "The user could not be read"))
        if _is_wanted(change, before):
            words = "The fields were so already when it was to be sent."
            return AttemptResult(
                Event.SUCCEED, one_user_outcome(ctx, change, done=True, sentence=words)
            )
        wanted = {one.name: _plain(one.after) for one in _fields(change)}
        kept = {name: value for name, value in before.fields.items() if name not in FLAGS}
        body = {**kept, **wanted}
        put = partial(ctx.api.update_user, change.customer, before.address, body)
        try:
            receipt = await send(ctx, change, put)
        except ContinuityError as error:
            return not_accepted(ctx, change, error)
        sent = await accepted(ctx, change, receipt_outcome(receipt))
        return await read_back_until_set(ctx, lambda: _read(ctx, sent, before.fields))

    async def read_back(self) -> AttemptResult:
        """Compare the fields with what was wanted: SUCCEED, None (not as wanted) or LOSE (no
        answer).

        FAIL or SUCCEED_PARTLY where the API accepted the edit and tells values that are neither old
        nor wanted.
        """
        return await _read(self.ctx, self.change, {})


async def _read(ctx: Context, change: Change, before: Mapping[str, object]) -> AttemptResult:
    try:
        user_state = await one_user(ctx, change.customer, single_address(change.scope))
    except ContinuityError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            return not_read_back(change.outcome or Outcome(), error)
        # Where it was not accepted the next attempt fails with this sentence.
        if not change.is_accepted:
            return AttemptResult(
                None, one_user_outcome(ctx, change, done=False, sentence=str(error))
            )
        status = change.outcome.look_status if change.outcome else None
        twice = change.state is State.ACCEPTED and status == error.status
        outcome = one_user_outcome(ctx, change, done=False, sentence=USER_UNKNOWN)
        outcome = replace(outcome, look_status=error.status)
        return AttemptResult(Event.FAIL if twice else None, outcome)
    if not _is_wanted(change, user_state):
        return _not_as_wanted(ctx, change, user_state)
    if lost := _lost(change, before, user_state.fields):
        words = f"As wanted, but something else of this user is not as it was: {', '.join(lost)}."
        return AttemptResult(
            Event.SUCCEED_PARTLY, one_user_outcome(ctx, change, done=True, sentence=words)
        )
    return AttemptResult(Event.SUCCEED, one_user_outcome(ctx, change, done=True))


def _not_as_wanted(ctx: Context, change: Change, user_state: UserState) -> AttemptResult:
    values = [(one, user_state.fields.get(one.name)) for one in _fields(change)]
    other = [
        FIELDS[one.name].label.lower()
        for one, value in values
        if not same_meaning(value, one.before) and not same_meaning(value, one.after)
    ]
    if not (other and change.is_accepted):
        return AttemptResult(None, one_user_outcome(ctx, change, done=False))
    words = f"The API accepted it, and tells another {' and '.join(other)} than was sent."
    some = any(same_meaning(value, one.after) for one, value in values)
    event = Event.SUCCEED_PARTLY if some else Event.FAIL
    return AttemptResult(event, one_user_outcome(ctx, change, done=False, sentence=words))


async def _now(ctx: Context, change: Change) -> UserState:
    """Return the user as they are. Raises Refused where a field is neither as it was nor as wanted."""
    user_state = await one_user(ctx, change.customer, single_address(change.scope))
    moved = [
        FIELDS[one.name].label.lower()
        for one in _fields(change)
        if not any(
            same_meaning(user_state.fields.get(one.name), value)
            for value in (one.before, one.after)
        )
    ]
    if moved:
        raise Refused(
            f"Nothing was sent: {' and '.join(moved)} changed after this was proposed. Look at the "
            "user and propose it again."
        )
    return user_state


def _is_wanted(change: Change, user_state: UserState) -> bool:
    return all(same_meaning(user_state.fields.get(one.name), one.after) for one in _fields(change))


def _lost(change: Change, before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """Return the names of other fields that the write changed: known ones, and unknown ones now
    empty.

    An unknown field may change by itself, such as the time of the last write.
    """
    written = {one.name for one in _fields(change)}
    known = {*FIELDS, *FLAGS}
    return [
        name
        for name, value in before.items()
        if name not in written
        and not same_meaning(value, after.get(name))
        and (name in known or not after.get(name))
    ]


def _fields(change: Change) -> tuple[FieldChange, ...]:
    if not isinstance(change.action, EditUser):
        raise TypeError(f"{change.id} edits nobody")
    return change.action.fields


def _joined(change: Change) -> frozenset[str]:
    """Return the groups that the edit adds."""
    found = next(
        (one for one in _fields(change) if one.name == GROUPS), FieldChange(GROUPS, (), ())
    )
    before, after = (
        value if isinstance(value, tuple) else () for value in (found.before, found.after)
    )
    return frozenset(map(str, after)) - frozenset(map(str, before))


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
