"""One call of the Web API: whatever comes back is an answer, SlackUnavailable or SlackRefused."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackClientError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError, SlackRefused, SlackUnavailable
from bot.slack.api.client import call_slack, client_for, required
from sandbox.slack import SlackSandbox
from tests.slack.conftest import web_client
from tests.slack.stub import Answer, Stub, dropping, hanging, saying

OK = b'{"ok": true, "url": "https://home.slack.example/"}'
# What lies between Slack and the bot, and Slack itself on a bad day, answer with all of these.
NO_ANSWERS: dict[str, Answer] = {
    "a page with 200": saying(b"<html>Sign in</html>", kind="text/html"),
    "a page with 403": saying(b"<html>proxy</html>", status=403, kind="text/html"),
    "a page with 502": saying(b"<html>bad gateway</html>", status=502, kind="text/html"),
    "plain text with 200": saying(b"ok", kind="text/plain"),
    "plain text with 503": saying(b"upstream connect error", status=503, kind="text/plain"),
    "half a JSON": saying(b'{"ok": tr'),
    "a list": saying(b"[]"),
    "a list of something": saying(b"[1]"),
    "null": saying(b"null"),
    "a number": saying(b"7"),
    "an empty object": saying(b"{}"),
    "not ok, without a code": saying(b'{"ok": false}'),
    "a code that is no text": saying(b'{"ok": false, "error": null}'),
    "nothing": saying(b""),
    "bytes that are no text": saying(b"\xff\xfe"),
    "packed bytes": saying(b"\x1f\x8b", kind="application/gzip"),
    "packed bytes with 500": saying(b"\x1f\x8b", kind="application/gzip", status=500),
    "a closed connection": dropping,
}


async def call(answer: Answer, session: aiohttp.ClientSession, **how: Any) -> dict[str, Any]:
    async with Stub(answer) as stub:
        return await call_slack(web_client(stub.url, session).auth_test(), **how)


async def test_an_answer_is_returned_as_it_is(session: aiohttp.ClientSession) -> None:
    assert (await call(saying(OK), session))["url"] == "https://home.slack.example/"


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
async def test_what_is_not_slack_s_own_word_may_be_tried_again(
    answer: Answer, session: aiohttp.ClientSession
) -> None:
    with pytest.raises(SlackUnavailable) as caught:
        await call(answer, session)
    assert str(caught.value).startswith("Slack ")
    assert caught.value.retry_after is None


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize(
    "body",
    [
        (b"<html>Not found</html>", "text/html"),
        (b"404 page not found", "text/plain"),
        (b'{"message": "Not Found"}', "application/json"),
        (b"[]", "application/json"),
    ],
    ids=["a page", "text", "JSON", "a list"],
)
async def test_a_method_that_is_not_there_is_named(
    session: aiohttp.ClientSession, status: int, body: tuple[bytes, str]
) -> None:
    with pytest.raises(SlackUnavailable) as caught:
        await call(saying(body[0], status=status, kind=body[1]), session)
    assert "auth.test" in str(caught.value)


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
async def test_whatever_was_no_answer_names_the_method(
    answer: Answer, session: aiohttp.ClientSession
) -> None:
    with pytest.raises(SlackUnavailable, match=r"auth\.test"):
        await call(answer, session)


@pytest.mark.parametrize(
    "body", [b'{"ok": true}', b'{"ok": true, "a": 7}', b'{"ok": true, "a": {}}']
)
async def test_a_field_that_is_missing_is_named(
    session: aiohttp.ClientSession, body: bytes
) -> None:
    answer = await call(saying(body), session)
    with pytest.raises(SlackUnavailable, match=r"Slack's answer to auth\.test has no a\.id\."):
        required(answer, "a", "id")


async def test_a_fault_of_the_installation_is_heard_and_that_it_is_over(
    slack: SlackSandbox, session: aiohttp.ClientSession
) -> None:
    heard = []
    client = client_for(slack.bot_token, slack.api_url, session)
    client.on_answer = lambda method, fault: heard.append((method, fault))
    for error in ("token_revoked", "user_not_found", "internal_error"):
        slack.fail("users.info", error=error)
        with pytest.raises(SlackError):
            await call_slack(client.users_info(user="U0OPERATOR"))
    await call_slack(client.auth_test())
    assert [(method, fault.partition(":")[0]) for method, fault in heard] == [
        ("users.info", "Slack refused users.info (token_revoked)"),
        ("users.info", ""),
        ("auth.test", ""),
    ]


async def test_an_answer_of_slack_takes_bounded_memory(session: aiohttp.ClientSession) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with suppress(ConnectionError):
            for _ in range(1600):
                await answer.write(b" " * 65536)
        return answer

    packed = gzip.compress(b'{"ok": true' + b" " * 60_000_000 + b"}")
    for answer in (endless, saying(packed, Content_Encoding="gzip")):
        tracemalloc.start()
        with pytest.raises(SlackUnavailable):
            await call(answer, session)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 40_000_000


async def test_no_encoding_is_asked_of_slack(session: aiohttp.ClientSession) -> None:
    asked = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers["Accept-Encoding"])
        return await saying(OK)(request)

    assert (await call(answer, session))["ok"]
    assert asked == ["identity"]


async def test_a_call_that_hangs_is_given_up(session: aiohttp.ClientSession) -> None:
    with pytest.raises(SlackUnavailable):
        await call(hanging, session, seconds=0.1)


async def test_nobody_there_may_be_tried_again(session: aiohttp.ClientSession) -> None:
    async with Stub(dropping) as stub:
        gone = stub.url
    with pytest.raises(SlackUnavailable):
        await call_slack(web_client(gone, session).auth_test())


@pytest.mark.parametrize("code", ["channel_not_found", "invalid_auth", "missing_scope"])
async def test_an_error_code_is_a_refusal_that_carries_it(
    slack: SlackSandbox, client: AsyncWebClient, code: str
) -> None:
    slack.fail("auth.test", error=code)
    with pytest.raises(SlackRefused) as caught:
        await call_slack(client.auth_test())
    assert caught.value.code == code
    assert code in str(caught.value)


@pytest.mark.parametrize(
    "code",
    [
        "fatal_error",
        "internal_error",
        "ratelimited",
        "rate_limited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    ],
)
async def test_an_error_code_that_passes_may_be_tried_again(
    slack: SlackSandbox, client: AsyncWebClient, code: str
) -> None:
    slack.fail("auth.test", error=code)
    with pytest.raises(SlackUnavailable) as caught:
        await call_slack(client.auth_test())
    assert caught.value.code == code


async def test_a_rate_limit_says_when_to_come_back(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.fail("auth.test", retry_after=7)
    with pytest.raises(SlackUnavailable) as caught:
        await call_slack(client.auth_test())
    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    "header", ["", "soon", "Fri, 31 Dec 1999 23:59:59 GMT", "inf", "nan", "-1", "²", "9" * 5000]
)
async def test_a_rate_limit_with_another_retry_after_is_still_a_rate_limit(
    session: aiohttp.ClientSession, header: str
) -> None:
    answer = saying(b'{"ok": false, "error": "ratelimited"}', status=429, Retry_After=header)
    with pytest.raises(SlackUnavailable) as caught:
        await call(answer, session)
    assert caught.value.retry_after is None


async def test_nothing_said_about_a_rate_limit_keeps_the_bot_silent_for_hours(
    session: aiohttp.ClientSession,
) -> None:
    for header in ("0", "600", "601", "99999"):
        answer = saying(b'{"ok": false, "error": "ratelimited"}', status=429, Retry_After=header)
        with pytest.raises(SlackUnavailable) as caught:
            await call(answer, session)
        assert caught.value.retry_after == min(float(header), 600)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_status_of_trouble_goes_before_any_code(
    session: aiohttp.ClientSession, status: int
) -> None:
    answer = saying(b'{"ok": false, "error": "channel_not_found"}', status=status)
    with pytest.raises(SlackUnavailable):
        await call(answer, session)


async def test_what_the_sdk_itself_raises_is_ours_too() -> None:
    def raising(error: Exception) -> Callable[[], Awaitable[Any]]:
        async def fails() -> Any:
            raise error

        return fails

    for error in (
        SlackClientError("x"),
        SlackRequestError("x"),
        aiohttp.InvalidURL("x"),
        OSError(),
        TimeoutError(),
    ):
        with pytest.raises(SlackUnavailable):
            await call_slack(raising(error)())


async def test_being_cancelled_is_not_swallowed(session: aiohttp.ClientSession) -> None:
    async with Stub(hanging) as stub:
        task = asyncio.create_task(call_slack(web_client(stub.url, session).auth_test()))
        await stub.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
