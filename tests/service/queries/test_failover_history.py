"""What is known of how many users were in failover, and what is not taken for it."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.scope import Flag, Groups, Users
from bot.service.queries.failover_history import FailoverCount, failover_counts
from tests.builders import NOW, a_change

LATER = NOW + timedelta(minutes=1)
SEEN = Preview(NOW, total=10, already=3)
READ = Outcome(total=10, in_state=9, read_back_at=LATER)


def test_on_counts_those_who_are_set_and_off_those_who_are_not() -> None:
    on = a_change(preview=SEEN, outcome=READ)
    assert failover_counts([on]) == [FailoverCount(NOW, 3), FailoverCount(LATER, 9)]
    off = a_change(on=False, preview=SEEN, outcome=READ)
    assert failover_counts([off]) == [FailoverCount(NOW, 7), FailoverCount(LATER, 1)]


def test_they_stand_in_the_order_of_time() -> None:
    later = a_change(preview=Preview(LATER, 10, 4))
    assert [one.users for one in failover_counts([later, a_change(preview=SEEN)])] == [3, 4]


def test_what_was_not_counted_or_was_for_some_is_no_point() -> None:
    unknown = a_change(preview=Preview(NOW, total=10), outcome=Outcome(total=10, in_state=9))
    group = a_change(scope=Groups(("emea",)), preview=SEEN)
    named = a_change(scope=Users(("a@example.com",)), preview=SEEN)
    access = a_change(flag=Flag.ACCESS, preview=SEEN)
    assert failover_counts([unknown, group, named, access, a_change()]) == []
