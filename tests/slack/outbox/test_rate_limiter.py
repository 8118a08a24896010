"""Within Slack's rate limits: a burst, then so many a second, and what a 429 says."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.slack.limits import MAX_POSTS_PER_MINUTE
from bot.slack.outbox.rate_limiter import RESERVE, RateLimiter


@dataclass
class Seconds:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_a_burst_goes_at_once_and_then_one_a_second_in_each_channel(seconds: Seconds) -> None:
    rate_limiter = RateLimiter(seconds=seconds)
    assert [rate_limiter.wait_to_post("C1") for _ in range(5)] == [0, 0, 0, 0, 1]
    assert rate_limiter.wait_to_post("C2") == 0
    seconds.now += 1
    assert [rate_limiter.wait_to_post("C1") for _ in range(2)] == [0, 1]


def test_updates_have_one_limit_for_all_channels(seconds: Seconds) -> None:
    rate_limiter = RateLimiter(seconds=seconds)
    assert sum(rate_limiter.wait_to_update() == 0 for _ in range(60)) == 40
    seconds.now += 60
    assert sum(rate_limiter.wait_to_update() == 0 for _ in range(60)) == 40


def test_in_no_minute_there_are_more_updates_than_slack_allows(seconds: Seconds) -> None:
    rate_limiter = RateLimiter(seconds=seconds)
    sent: list[float] = []
    while len(sent) < 300:
        if wait := rate_limiter.wait_to_update():
            seconds.now += wait
        else:
            sent.append(seconds.now)
    assert max(sum(at <= one < at + 60 for one in sent) for at in sent) == 49
    assert sent[-1] - sent[0] < 60 * 300 / 49


def test_what_can_wait_leaves_room_for_what_cannot(seconds: Seconds) -> None:
    rate_limiter = RateLimiter(seconds=seconds)
    assert sum(rate_limiter.wait_to_update(reserve=RESERVE) == 0 for _ in range(60)) == 40 - RESERVE
    assert rate_limiter.wait_to_update() == 0


def test_a_429_holds_the_channel_for_as_long_as_slack_says(seconds: Seconds) -> None:
    rate_limiter = RateLimiter(seconds=seconds)
    rate_limiter.put_off("C1", 30)
    assert rate_limiter.wait_to_post("C1") == 30
    assert rate_limiter.wait_to_post("C2") == 0
    seconds.now += 30
    assert rate_limiter.wait_to_post("C1") == 0


def test_a_429_of_an_update_holds_all_updates(seconds: Seconds) -> None:
    rate_limiter = RateLimiter(seconds=seconds)
    rate_limiter.put_off("", 10)
    assert rate_limiter.wait_to_update() == pytest.approx(10)
    assert rate_limiter.wait_to_post("C1") == 0


def test_direct_messages_leave_room_in_the_limit_that_all_posts_share(seconds: Seconds) -> None:
    rate_limiter = RateLimiter(seconds=seconds)
    people = [f"U{number}" for number in range(500)]
    sent = sum(rate_limiter.wait_to_post(one, can_wait=True) == 0 for one in people)
    assert sent == 20
    assert rate_limiter.wait_to_post("C1") == 0
    seconds.now += 60
    waiting = iter(people)
    for _ in range(60):
        sent += sum(rate_limiter.wait_to_post(next(waiting), can_wait=True) == 0 for _ in range(4))
        seconds.now += 1
    assert sent <= 20 + 20 + 60 * 3 < MAX_POSTS_PER_MINUTE


def test_a_429_to_a_direct_message_holds_all_of_them_and_no_channel(seconds: Seconds) -> None:
    rate_limiter = RateLimiter(seconds=seconds)
    rate_limiter.put_off("U1", 30, can_wait=True)
    assert rate_limiter.wait_to_post("U2", can_wait=True) == pytest.approx(30)
    assert rate_limiter.wait_to_post("C1") == 0
