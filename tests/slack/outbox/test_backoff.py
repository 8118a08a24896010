"""When a channel is tried again, and which message is set aside for the sake of the others."""

from __future__ import annotations

import pytest

from bot.slack.outbox.backoff import MAX_FAILURES, MAX_FAILURES_ALONE, Backoff

HERE, THERE = "C0HERE", "C0THERE"
POST, BEAT = "chat.postMessage", "auth.test"


class Times:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def backoff(times: Times) -> Backoff:
    return Backoff(times)


def fail(backoff: Backoff, tries: int = 0, key: str = "outcome:C-1:1", channel: str = HERE) -> bool:
    """Fail to post; whether the message was set aside."""
    return backoff.failed(channel, key, POST, tries, backoff.heard) is not None


def test_the_waits_double_up_to_a_minute(backoff: Backoff, times: Times) -> None:
    waits = []
    for tries in range(8):
        assert not fail(backoff, tries)
        waits.append(backoff.wait(HERE))
        times.now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff.wait(HERE) == 0


def test_the_first_answer_ends_the_wait_of_every_channel(backoff: Backoff) -> None:
    fail(backoff, 6)
    fail(backoff, 6, "outcome:C-2:1", THERE)
    assert (backoff.wait(HERE), backoff.wait(THERE)) == (60, 60)
    assert backoff.answered(BEAT)
    assert (backoff.wait(HERE), backoff.wait(THERE)) == (0, 0)
    assert not backoff.answered(BEAT), "nothing waited any longer"


def test_what_slack_asked_for_is_waited_out(backoff: Backoff, times: Times) -> None:
    backoff.put_off(HERE, 30)
    assert not backoff.answered(POST)
    assert backoff.wait(HERE) == 30
    times.now = 30
    assert backoff.wait(HERE) == 0


def test_a_call_that_hung_while_slack_came_back_is_repeated_soon(backoff: Backoff) -> None:
    begun = backoff.heard
    backoff.answered(BEAT)
    assert backoff.failed(HERE, "outcome:C-1:1", POST, 5, begun) is None
    assert backoff.wait(HERE) == 1


@pytest.mark.parametrize(("method", "failures"), [(POST, MAX_FAILURES_ALONE), (BEAT, MAX_FAILURES)])
def test_a_message_that_alone_is_not_answered_is_set_aside(
    backoff: Backoff, method: str, failures: int
) -> None:
    assert not fail(backoff)
    for tries in range(1, failures):
        backoff.answered(method)
        assert not fail(backoff, tries)
    backoff.answered(method)
    assert fail(backoff, failures)
    assert backoff.wait(HERE) == 0


def test_the_answer_about_the_channel_before_each_post_is_no_sign_that_slack_takes_messages(
    backoff: Backoff,
) -> None:
    for tries in range(20):
        backoff.answered("conversations.info")
        assert not fail(backoff, tries)


def test_a_message_that_was_taken_begins_anew(backoff: Backoff) -> None:
    for tries in range(MAX_FAILURES_ALONE):
        fail(backoff, tries)
        backoff.answered(POST)
    backoff.delivered(HERE, "outcome:C-1:1")
    assert not fail(backoff)
