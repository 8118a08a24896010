"""Files, to Slack and from it: the bytes arrive, memory and trust are bounded, nothing is posted twice."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import tempfile
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import IO, Any

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InvalidInput, SlackRefused, SlackUnavailable
from bot.slack.api.files import download, upload
from bot.slack.api.http_session import open_session
from sandbox.slack import SlackSandbox
from tests.builders import CHANNEL, REQUESTER
from tests.slack.conftest import web_client
from tests.slack.stub import Stub

MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Import"},
    "submit": {"type": "plain_text", "text": "Import"},
    "blocks": [
        {
            "type": "input",
            "block_id": "file",
            "label": {"type": "plain_text", "text": "Users"},
            "element": {"type": "file_input", "action_id": "file"},
        }
    ],
}
USERS = b"userAddress,displayName\r\njo@example.com,Jo\r\n"


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def sent(client: AsyncWebClient, channel: str = CHANNEL, **fields: Any) -> str:
    given: dict[str, Any] = {
        "name": "users.csv",
        "title": "Users of 44444",
        "chunks": pieces(USERS),
    } | fields
    return await upload(client, channel=channel, **given)


def told(slack: SlackSandbox, method: str) -> list[dict[str, Any]]:
    return [call.payload for call in slack.calls if call.method == method]


async def test_a_file_appears_in_the_channel_with_its_comment(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    file_id = await sent(client, comment="All 1 of them.", chunks=pieces(USERS[:7], USERS[7:]))
    [file] = slack.files_in(CHANNEL)
    assert (file.id, file.name, file.title) == (file_id, "users.csv", "Users of 44444")
    assert file.content == USERS
    [message] = slack.channel_messages(CHANNEL)
    assert (message.text, message.user) == ("All 1 of them.", slack.bot_user_id)


async def test_a_file_is_sent_to_a_person_and_into_a_thread(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    await sent(client, REQUESTER)
    assert [file.content for file in slack.files_in(REQUESTER)] == [USERS]
    card = slack.post(CHANNEL, slack.bot_user_id, "card")
    await sent(client, thread_ts=card.ts)
    assert [message.files[0].content for message in slack.thread(CHANNEL, card.ts)] == [USERS]


@pytest.mark.parametrize("kind", ["path", "open file"])
async def test_a_path_and_an_open_file_are_sent_whole(
    slack: SlackSandbox, client: AsyncWebClient, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes(USERS)
    opened: IO[bytes] = io.BytesIO(USERS)
    opened.read(5)
    await sent(client, chunks=path if kind == "path" else opened)
    assert slack.files_in(CHANNEL)[0].content == USERS


async def test_an_empty_file_is_told_before_slack_is_asked(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        await sent(client, chunks=pieces())
    assert slack.calls == []


async def test_the_token_stays_here_when_the_bytes_go(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    await sent(client)
    assert [call["with_token"] for call in told(slack, "upload")] == [False]


async def test_what_is_sent_in_pieces_has_no_name_on_the_disk_and_is_never_whole_in_memory(
    slack: SlackSandbox, client: AsyncWebClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen: list[str] = []

    async def large() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"x" * 100_000
            seen.extend(os.listdir(tmp_path))  # noqa: PTH208 - quick, and nothing else runs

    async def swallow(request: web.Request) -> web.StreamResponse:
        if request.path == "/api/files.getUploadURLExternal":
            return web.json_response(
                {"ok": True, "upload_url": f"{stub.url}upload", "file_id": "F1"}
            )
        got.extend([len(piece) async for piece in request.content.iter_chunked(65536)])
        return web.json_response({"ok": True})

    got: list[int] = []
    async with Stub(swallow) as stub, open_session() as session:
        tracemalloc.start()
        await sent(web_client(f"{stub.url}api/", session), chunks=large())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sum(got) >= 30_000_000
    assert peak < 10_000_000
    assert seen == []


@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "upload"])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 503}, SlackUnavailable),
        ({"drop": True}, SlackUnavailable),
        ({"retry_after": 3}, SlackUnavailable),
        ({"status": 403}, SlackRefused),
    ],
)
async def test_a_refused_step_shares_nothing(
    slack: SlackSandbox,
    client: AsyncWebClient,
    step: str,
    fault: dict[str, Any],
    error: type[Exception],
) -> None:
    slack.fail(step, **fault)
    if step != "upload" and fault == {"status": 403}:
        error = SlackUnavailable  # a page of something in between is no answer of the Web API
    with pytest.raises(error):
        await sent(client)
    assert slack.channel_messages(CHANNEL) == []
    assert told(slack, "files.completeUploadExternal") == []


async def test_a_refused_share_is_told_with_slacks_code(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.add_channel("C0OTHER", "other", bot_member=False)
    for channel, code in (("C0OTHER", "not_in_channel"), ("C0NONE", "channel_not_found")):
        with pytest.raises(SlackRefused) as caught:
            await sent(client, channel)
        assert caught.value.code == code


async def test_a_share_whose_answer_is_lost_is_looked_up_and_not_asked_for_again(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.fail("files.completeUploadExternal", drop=True, applied=True)
    file_id = await sent(client)
    assert [file.id for file in slack.files_in(CHANNEL)] == [file_id]
    assert len(told(slack, "files.completeUploadExternal")) == 1


async def test_a_share_that_did_not_happen_is_told_and_not_asked_for_again(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.fail("files.completeUploadExternal", drop=True)
    with pytest.raises(SlackUnavailable):
        await sent(client)
    assert len(told(slack, "files.completeUploadExternal")) == 1
    assert slack.files_in(CHANNEL) == []


async def test_a_file_that_is_there_but_shown_nowhere_is_not_taken_for_shared() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        told: dict[str, Any] = {"ok": True}
        if request.path.endswith("files.getUploadURLExternal"):
            told |= {"upload_url": f"{stub.url}upload", "file_id": "F1"}
        elif request.path.endswith("files.info"):
            told |= {"file": {"id": "F1", "channels": [], "ims": []}}
        elif request.path.endswith("files.completeUploadExternal"):
            return web.Response(status=503)
        return web.json_response(told)

    async with Stub(answer) as stub, open_session() as session:
        with pytest.raises(SlackUnavailable):
            await sent(web_client(f"{stub.url}api/", session))
    assert stub.requests.count("/api/files.completeUploadExternal") == 1


async def attached(slack: SlackSandbox, content: bytes = USERS, name: str = "users.csv") -> str:
    """Let a person attach a file to a modal, and return its id."""
    view = slack.modals.open(slack.modals.new_trigger(REQUESTER), MODAL)
    delivery = await slack.submit(REQUESTER, view, {"file": [(name, content)]})
    state = delivery.payload["view"]["state"]["values"]["file"]["file"]
    return str(state["files"][0]["id"])


async def test_what_a_person_attached_is_fetched_with_the_token(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    file_id = await attached(slack)
    assert await download(client, file_id, max_bytes=len(USERS)) == USERS
    assert [call["with_token"] for call in told(slack, "download")] == [True]


async def test_a_file_that_says_it_is_too_large_is_not_fetched(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    file_id = await attached(slack)
    with pytest.raises(InvalidInput, match="larger than 10 bytes"):
        await download(client, file_id, max_bytes=10)
    assert told(slack, "download") == []


async def test_a_file_that_is_gone_is_refused(slack: SlackSandbox, client: AsyncWebClient) -> None:
    file_id = await attached(slack)
    slack.files[file_id].state = "deleted"
    with pytest.raises(SlackRefused) as caught:
        await download(client, file_id, max_bytes=1000)
    assert caught.value.code == "file_deleted"


async def test_a_download_that_is_forbidden_is_refused(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    file_id = await attached(slack)
    slack.fail("download", status=403)
    with pytest.raises(SlackRefused, match="403"):
        await download(client, file_id, max_bytes=1000)


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [({"broken": True}, 5.0), ({"status": 502}, 5.0), ({"seconds": 1.0}, 0.05)],
)
async def test_a_download_that_is_cut_refused_or_slow_is_no_file(
    slack: SlackSandbox, client: AsyncWebClient, fault: dict[str, Any], seconds: float
) -> None:
    file_id = await attached(slack, b"x" * 500_000)
    slack.fail("download", **fault)
    with pytest.raises(SlackUnavailable):
        await download(client, file_id, max_bytes=1_000_000, seconds=seconds)
    assert len(await download(client, file_id, max_bytes=1_000_000)) == 500_000


Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serving(body: bytes, size: int, **response: Any) -> Serve:
    """A Slack that says one size of a file, and hands out something else without a length."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("files.info"):
            url = f"http://{request.host}/file"
            return web.json_response({"ok": True, "file": {"size": size, "url_private": url}})
        if request.path == "/elsewhere":
            return web.Response(body=b"secret")
        streamed = web.StreamResponse(**response)
        await streamed.prepare(request)
        await streamed.write(body)
        return streamed

    return answer


@pytest.mark.parametrize(
    ("serve", "error"),
    [
        (serving(b"x" * 300_000, 10), InvalidInput),
        (serving(b"x" * 9, 10), SlackUnavailable),
        (serving(b"<html>xxx>", 10, headers={"Content-Type": "text/html"}), SlackRefused),
        (serving(b"", 6, status=302, headers={"Location": "/elsewhere"}), SlackRefused),
    ],
)
async def test_what_is_handed_out_is_measured_while_it_is_read(
    serve: Serve, error: type[Exception]
) -> None:
    async with Stub(serve) as stub, open_session() as session:
        with pytest.raises(error):
            await download(web_client(f"{stub.url}api/", session), "F1", max_bytes=1000)
    assert "/elsewhere" not in stub.requests


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip"])
async def test_a_file_that_comes_packed_is_not_unpacked(encoding: str) -> None:
    packed = gzip.compress(bytes(30_000_000))
    serve = serving(packed, len(packed), headers={"Content-Encoding": encoding})
    async with Stub(serve) as stub, open_session() as session:
        client = web_client(f"{stub.url}api/", session)
        tracemalloc.start()
        with pytest.raises(SlackRefused, match="compressed"):
            await download(client, "F1", max_bytes=10_000_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://files.slack.com/files-pri/T1-F1/users.csv",
        "https://slack.com.example.org/x",
        "https://notslack.com/x",
        "https://slack.com@example.org/x",
        "http://127.0.0.1:1/x",
        "file:///etc/passwd",
    ],
)
async def test_the_token_goes_to_slack_alone(url: str) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "file": {"size": 1, "url_private_download": url}})

    async with Stub(answer) as stub, open_session() as session:
        with pytest.raises(SlackRefused, match="does not hand out"):
            await download(web_client(f"{stub.url}api/", session), "F1", max_bytes=10)


async def test_the_bytes_go_to_slack_alone() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(
            {"ok": True, "upload_url": "https://example.org/x", "file_id": "F1"}
        )

    async with Stub(answer) as stub, open_session() as session:
        with pytest.raises(SlackRefused, match="strange place"):
            await sent(web_client(f"{stub.url}api/", session))


async def test_a_slow_upload_is_given_up(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.fail("upload", seconds=30.0)
    async with asyncio.timeout(20):
        with pytest.raises(SlackUnavailable):
            await sent(client, seconds=0.05)
