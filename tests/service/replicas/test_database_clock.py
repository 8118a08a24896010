"""Hosts whose clocks are minutes apart agree on the time, which is the database's."""

from __future__ import annotations

from datetime import timedelta

from bot.service.replicas.database_clock import DatabaseClock
from tests.builders import NOW
from tests.fakes import FakeClock

MINUTES = timedelta(minutes=5)


def test_a_host_that_is_behind_tells_the_time_of_the_database() -> None:
    host = FakeClock()
    clock = DatabaseClock(host)
    assert clock.now() == NOW
    before = host.now()
    host.advance(seconds=2)  # the answer took so long
    clock.measured(NOW + MINUTES, before, host.now())
    assert clock.now() == NOW + MINUTES + timedelta(seconds=1)


def test_what_the_measurement_cannot_tell_is_not_followed() -> None:
    host = FakeClock()
    clock = DatabaseClock(host)
    clock.measured(NOW + timedelta(milliseconds=90), NOW, NOW)
    assert clock.now() == NOW
    clock.measured(NOW + timedelta(seconds=2), NOW, NOW + timedelta(seconds=3))
    assert clock.now() == NOW
    clock.measured(NOW + timedelta(milliseconds=110), NOW, NOW)
    assert clock.now() == NOW + timedelta(milliseconds=110)
