"""Every error has one sentence, one result and one log line, whatever delivery raised it."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bot.errors import (
    Ambiguous,
    Conflict,
    InvalidInput,
    NotAllowed,
    StoreUnusable,
    UnknownChange,
)
from bot.slack.features.base.errors import error_reply
from bot.slack.views.texts.errors import BUG, SECRET_BUG

ESCAPED = "&lt;@U1&gt; did it."
WORDS: list[tuple[type[Exception], str, str]] = [
    (NotAllowed, "<@U1> did it.", "refused"),
    (InvalidInput, ESCAPED, "refused"),
    (Conflict, ESCAPED, "refused"),
    (UnknownChange, ESCAPED, "refused"),
    (Ambiguous, ESCAPED, "failed"),
    (
        StoreUnusable,
        f"Not saved, so nothing was done. Repeat it when this is mended: {ESCAPED}",
        "failed",
    ),
]


@pytest.mark.parametrize(("kind", "words", "result"), WORDS)
def test_what_is_told_of_an_error(kind: type[Exception], words: str, result: str) -> None:
    with capture_logs() as logs:
        found = error_reply(kind("<@U1> did it."))
    assert (found.words, found.result, logs) == (words, result, [])


def test_behind_a_secret_modal_a_request_may_stand_that_was_sent() -> None:
    found = error_reply(StoreUnusable("It was set."), secret=True)
    assert (found.words, found.result) == ("It was set.", "failed")


@pytest.mark.parametrize("secret", [False, True])
def test_a_bug_is_logged_and_a_secret_one_by_its_type_alone(secret: bool) -> None:
    with capture_logs() as logs:
        found = error_reply(KeyError("correct-horse-7!"), secret=secret)
    assert (found.words, found.result) == (SECRET_BUG if secret else BUG, "failed")
    [line] = logs
    assert (line["event"], line["error"]) == ("delivery.failed", "KeyError")
    assert ("exc_info" in line) != secret
    assert ("correct-horse" in str(logs)) != secret
