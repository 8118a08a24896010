"""How many users of a customer were in failover, whenever all of them were counted for a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.actions import SetFlag, switches
from bot.domain.change import Change, switch_of
from bot.domain.scope import Everyone, Flag
from bot.domain.steps import already_in


@dataclass(frozen=True, slots=True)
class FailoverCount:
    """How many users of the customer were in failover at a time."""

    at: datetime
    users: int


def failover_counts(changes: Iterable[Change]) -> list[FailoverCount]:
    """Return what the previews and read-backs of failovers for everyone counted, oldest first.

    A change for groups or named users counts these alone, so it tells nothing of all users.
    """
    found: dict[datetime, int] = {}
    for change in changes:
        of_failover = [one for one in switches(change.action) if one.flag is Flag.FAILOVER]
        if not of_failover or not isinstance(change.scope, Everyone):
            continue
        [action] = of_failover
        if seen := change.preview:
            _add(found, seen.taken_at, action, seen.total, already_in(change, seen, action))
        if (result := change.outcome) and switch_of(change) == action:
            _add(found, result.read_back_at, action, result.total, result.in_state)
    return [FailoverCount(at, users) for at, users in sorted(found.items())]


def _add(
    found: dict[datetime, int],
    at: datetime | None,
    action: SetFlag,
    total: int | None,
    in_state: int | None,
) -> None:
    if at is not None and total is not None and in_state is not None:
        found[at] = in_state if action.on else max(total - in_state, 0)
