"""Which kinds of change leave each other alone, move each other's numbers, or may undo each other."""

from __future__ import annotations

import pytest

from bot.domain.actions import (
    TOPICS,
    Action,
    DeleteUser,
    EditUser,
    ImportUsers,
    MakeToken,
    PurgeUsers,
    SetFlag,
    affects_same_counts,
    are_independent,
    can_be_repeated,
    is_revealed_to_requester,
    may_undo,
)
from bot.domain.mail_user import FieldChange
from bot.domain.policy import minimum_approvals
from bot.domain.roles import Right
from bot.domain.scope import Flag

ON, OFF = SetFlag(Flag.FAILOVER, on=True), SetFlag(Flag.FAILOVER, on=False)
ACCESS = SetFlag(Flag.ACCESS, on=True)
EDIT = EditUser((FieldChange("displayName", "Jo", "Joanna"),))
OTHER_EDIT = EditUser((FieldChange("displayName", "Jo", "Josef"),))
DELETE, IMPORT, PURGE = DeleteUser(), ImportUsers("users.csv"), PurgeUsers()
TOKEN, MAIL = MakeToken(notify=False), MakeToken(notify=True)


@pytest.mark.parametrize("update", [EDIT, IMPORT])
@pytest.mark.parametrize("other", [ON, OFF, ACCESS, TOKEN, MAIL])
def test_a_failover_never_waits_for_what_only_writes_names(update: Action, other: Action) -> None:
    assert are_independent(update, other)
    assert are_independent(other, update)


@pytest.mark.parametrize("switch", [ON, OFF, ACCESS])
@pytest.mark.parametrize("token", [TOKEN, MAIL])
def test_a_failover_never_waits_for_a_token_nor_a_token_for_it(
    switch: Action, token: Action
) -> None:
    assert are_independent(switch, token)
    assert are_independent(token, switch)


@pytest.mark.parametrize("switch", [ON, OFF, ACCESS])
@pytest.mark.parametrize("deletion", [PURGE, DELETE])
def test_a_failover_never_waits_for_a_deletion_nor_that_for_it(
    switch: Action, deletion: Action
) -> None:
    """A purge may take half an hour; whom it deletes is looked at right before, flags included."""
    assert are_independent(switch, deletion)
    assert are_independent(deletion, switch)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ON, OFF),
        (ON, ACCESS),
        (EDIT, IMPORT),
        (EDIT, DELETE),
        (TOKEN, TOKEN),
        (TOKEN, MAIL),
        (TOKEN, DELETE),
        (TOKEN, PURGE),
    ],
)
def test_everything_else_runs_one_after_the_other(one: Action, other: Action) -> None:
    assert not are_independent(one, other)
    assert not are_independent(other, one)


@pytest.mark.parametrize(
    ("late", "new", "undoes"),
    [
        (ON, OFF, True),
        (ON, ON, False),
        (ON, ACCESS, False),
        (ON, DELETE, False),
        (EDIT, OTHER_EDIT, True),
        (EDIT, EDIT, False),
        (EDIT, DELETE, True),  # the API may make the user anew
        (IMPORT, PURGE, True),
        (DELETE, IMPORT, True),
        (DELETE, DELETE, False),
        (TOKEN, ON, False),
        (EDIT, ON, False),
    ],
)
def test_what_lands_late_may_undo_what_is_newer(late: Action, new: Action, undoes: bool) -> None:
    assert may_undo(late, new) is undoes


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ON, OFF, True),
        (ON, ACCESS, False),
        (PURGE, DELETE, True),
        (EDIT, IMPORT, True),
        (EDIT, ON, False),
        (TOKEN, ON, False),
    ],
)
def test_only_what_moves_the_same_numbers_makes_a_decision_old(
    one: Action, other: Action, same: bool
) -> None:
    assert affects_same_counts(one, other) is same
    assert affects_same_counts(other, one) is same


@pytest.mark.parametrize(
    ("action", "title", "topic", "right", "approvals", "again"),
    [
        (ON, "FAILOVER ON", "failover", Right.PROPOSE, 0, True),
        (SetFlag(Flag.ACCESS, on=False), "ACCESS OFF", "access", Right.PROPOSE, 0, True),
        (EDIT, "EDIT USER", "edit", Right.PROPOSE, 0, False),
        (DELETE, "DELETE USER", "delete", Right.ADMINISTER, 1, False),
        (IMPORT, "IMPORT USERS", "import", Right.PROPOSE, 1, False),
        (PURGE, "DELETE IN BULK", "purge", Right.ADMINISTER, 2, False),
        (TOKEN, "TOKEN", "token", Right.ADMINISTER, 1, True),
        (MAIL, "TOKEN BY MAIL", "token", Right.ADMINISTER, 0, True),
    ],
)
def test_each_kind_has_its_name_its_right_and_its_fewest_approvals(
    action: Action, title: str, topic: str, right: Right, approvals: int, again: bool
) -> None:
    assert (action.title, action.topic, action.proposed_by) == (title, topic, right)
    assert topic in TOPICS
    assert minimum_approvals(action) == approvals
    assert can_be_repeated(action) is again
    assert is_revealed_to_requester(action) is (action == TOKEN)
