"""Whether Slack answers: only silence lets an approval be said instead of clicked."""

from __future__ import annotations

import pytest

from bot.slack.api import health
from sandbox.slack import SlackSandbox
from tests.slack.stub import Answer, Stub, dropping, hanging, saying

ANSWERS: dict[str, Answer] = {
    "it is well": saying(b'{"ok": true}'),
    "a refused token": saying(b'{"ok": false, "error": "invalid_auth"}'),
    "a rate limit": saying(b'{"ok": false, "error": "ratelimited"}', status=429, Retry_After="30"),
    "a rate limit without words": saying(b"slow down", status=429, kind="text/plain"),
}
NO_ANSWERS: dict[str, Answer] = {
    "an error of its own": saying(b"", status=503, Retry_After="30"),
    "its own word for an outage": saying(b'{"ok": false, "error": "service_unavailable"}'),
    "a closed connection": dropping,
    "nothing at all": hanging,
}


async def silence(url: str) -> str:
    return await health.why_unreachable("xoxb-1", url, seconds=0.3, pause=0.0)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_any_answer_of_slack_s_own_means_that_it_is_there(answer: Answer) -> None:
    async with Stub(answer) as stub:
        assert await silence(f"{stub.url}api/") == ""
        assert stub.requests == ["/api/auth.test"]


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
async def test_silence_is_told_with_where_it_was_asked_for(answer: Answer) -> None:
    async with Stub(answer) as stub:
        why = await silence(f"{stub.url}api/")
    assert why.startswith("Slack ")
    assert why.endswith(f"Asked 3 times: {stub.url}api/")
    assert len(stub.requests) == health.ATTEMPTS
    assert "xoxb" not in why


async def test_nobody_listening_is_silence() -> None:
    assert "did not answer" in await silence("http://127.0.0.1:9/api/")


async def test_a_hiccup_is_no_outage() -> None:
    async with SlackSandbox() as slack:
        slack.fail("auth.test", drop=True, times=health.ATTEMPTS - 1)
        assert await health.why_unreachable(slack.bot_token, slack.api_url) == ""
