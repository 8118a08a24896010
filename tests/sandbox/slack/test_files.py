"""Files of the simulated workspace: three steps up, the bot's token down, and what Slack refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxError, SlackSandbox, View

AUTH = {"Authorization": "Bearer xoxb-sandbox"}


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    """A workspace whose clock stands still: on a slow machine rate limits would be over too early."""
    async with SlackSandbox(clock=lambda: 1_750_000_000.0) as workspace:
        workspace.add_person("U0ASKER", "asker")
        workspace.add_channel("C0INCIDENT", "incident", members=["U0ASKER"])
        workspace.add_channel("C0OTHER", "other", bot_member=False)
        yield workspace


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def client(slack: SlackSandbox, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(
        "xoxb-sandbox", base_url=slack.api_url, session=session, retry_handlers=[]
    )


async def uploaded(client: AsyncWebClient, content: bytes = b"a,b\n") -> str:
    """Two of the three steps."""
    place = await client.files_getUploadURLExternal(filename="users.csv", length=len(content))
    assert client.session is not None
    async with client.session.post(place["upload_url"], data=content) as response:
        assert (response.status, await response.text()) == (200, f"OK - {len(content)}")
    return str(place["file_id"])


async def code_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_the_sdks_own_upload_works_and_the_file_is_the_bots_message(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    answer = await client.files_upload_v2(
        content="a,b\n", filename="users.csv", title="Users", channel="C0INCIDENT"
    )
    [file] = slack.files_in("C0INCIDENT")
    assert (file.name, file.content, file.title) == ("users.csv", b"a,b\n", "Users")
    assert answer["files"] == [{"id": file.id, "title": "Users"}]
    [message] = slack.channel_messages("C0INCIDENT")
    told = (await client.files_info(file=file.id))["file"]
    assert told["shares"] == {"public": {"C0INCIDENT": [{"ts": message.ts}]}, "private": {}}
    assert (told["size"], told["mimetype"], told["channels"]) == (4, "text/csv", ["C0INCIDENT"])


async def test_a_form_is_taken_as_well_as_raw_bytes(
    slack: SlackSandbox, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    place = await client.files_getUploadURLExternal(filename="a.csv", length=3)
    form = aiohttp.FormData()
    form.add_field("filename", b"a,b", filename="a.csv")
    async with session.post(place["upload_url"], data=form) as response:
        assert response.status == 200
    assert slack.files[place["file_id"]].content == b"a,b"


async def test_a_person_is_reached_by_channels_and_not_by_channel_id(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    file: list[dict[str, str | None]] = [{"id": await uploaded(client), "title": "t"}]
    call = client.files_completeUploadExternal(files=file, channel_id="U0ASKER")
    assert await code_of(call) == "invalid_arguments"
    await client.files_completeUploadExternal(files=file, channels=["U0ASKER"])
    assert [f.content for f in slack.files_in("U0ASKER")] == [b"a,b\n"]
    assert [m.files[0].title for m in slack.direct_messages("U0ASKER")] == ["t"]


async def test_a_file_is_completed_once_and_only_with_its_bytes(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    promised = (await client.files_getUploadURLExternal(filename="a", length=1))["file_id"]
    done = await uploaded(client)
    assert await code_of(client.files_info(file=done)) == "file_not_found"
    await client.files_completeUploadExternal(files=[{"id": done}], channel_id="C0INCIDENT")
    for file_id in (promised, done, "F0NONE"):
        call = client.files_completeUploadExternal(files=[{"id": file_id}], channel_id="C0INCIDENT")
        assert await code_of(call) == "file_not_found"
    assert len(slack.files_in("C0INCIDENT")) == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"channel_id": "C0NONE"}, "channel_not_found"),
        ({"channel_id": "C0OTHER"}, "not_in_channel"),
        ({"channels": ["C0INCIDENT"] * 101}, "channels_limit_exceeded"),
        ({"thread_ts": "1.1"}, "invalid_arguments"),
        ({"channel_id": "C0INCIDENT", "thread_ts": "1.1"}, "thread_not_found"),
        ({"files": []}, "invalid_arguments"),
    ],
)
async def test_a_share_that_slack_refuses(
    slack: SlackSandbox, client: AsyncWebClient, fields: dict[str, Any], code: str
) -> None:
    files: list[dict[str, str | None]] = [{"id": await uploaded(client)}]
    call = client.files_completeUploadExternal(**{"files": files, **fields})
    assert await code_of(call) == code
    await client.files_completeUploadExternal(files=files, channel_id="C0INCIDENT")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"filename": "a", "length": 0}, "missing_argument"),
        ({"filename": "", "length": 1}, "missing_argument"),
        ({"filename": "a", "length": -1}, "invalid_arguments"),
    ],
)
async def test_an_upload_needs_a_name_and_a_length(
    client: AsyncWebClient, fields: dict[str, Any], code: str
) -> None:
    assert await code_of(client.files_getUploadURLExternal(**fields)) == code


async def test_other_bytes_than_promised_are_not_taken(
    client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    place = await client.files_getUploadURLExternal(filename="a", length=2)
    async with session.post(place["upload_url"], data=b"abc") as response:
        assert response.status == 400


async def test_a_private_file_needs_the_token_and_the_scope_else_there_is_a_page_to_log_in(
    slack: SlackSandbox, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    file_id = await uploaded(client)
    await client.files_completeUploadExternal(files=[{"id": file_id}])
    url = (await client.files_info(file=file_id))["file"]["url_private_download"]
    async with session.get(url, headers=AUTH) as response:
        assert (response.content_type, await response.read()) == ("text/csv", b"a,b\n")
    async with session.get(url, allow_redirects=False) as response:
        assert response.status == 302
    slack.scopes = "chat:write"
    async with session.get(url, headers=AUTH) as response:
        assert (response.status, response.content_type) == (200, "text/html")


async def test_the_bot_deletes_its_own_files_only(
    slack: SlackSandbox, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    file_id = await uploaded(client)
    await client.files_completeUploadExternal(files=[{"id": file_id}], channel_id="C0INCIDENT")
    url = (await client.files_info(file=file_id))["file"]["url_private"]
    await client.files_delete(file=file_id)
    assert slack.files_in("C0INCIDENT") == []
    assert await code_of(client.files_delete(file=file_id)) == "file_deleted"
    assert await code_of(client.files_info(file=file_id)) == "file_deleted"
    async with session.get(url, headers=AUTH) as response:
        assert response.status == 404
    await slack.submit("U0ASKER", opened(slack), {"file": [("a.csv", b"a")]})
    assert await code_of(client.files_delete(file=list(slack.files)[-1])) == "cant_delete_file"


async def test_an_outage_is_one_of_files_too(
    slack: SlackSandbox, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    place = await client.files_getUploadURLExternal(filename="a", length=1)
    slack.down = True
    async with session.post(place["upload_url"], data=b"a") as response:
        assert response.status == 503


async def test_files_have_rate_limits(slack: SlackSandbox, client: AsyncWebClient) -> None:
    codes = [await code_of(client.files_info(file="F0NONE")) for _ in range(101)]
    assert codes == ["file_not_found"] * 100 + ["ratelimited"]


def opened(slack: SlackSandbox, **element: Any) -> View:
    text = {"type": "plain_text", "text": "Users"}
    entry = {
        "type": "input",
        "block_id": "file",
        "label": text,
        "element": {"type": "file_input", "action_id": "chosen", **element},
    }
    view = {"type": "modal", "title": text, "submit": text, "blocks": [entry]}
    return slack.modals.open(slack.modals.new_trigger("U0ASKER"), view)


async def test_a_person_attaches_files_in_a_modal_and_the_bot_reads_them(
    slack: SlackSandbox, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    delivery = await slack.submit("U0ASKER", opened(slack), {"file": [("users.csv", b"a;b")]})
    state = delivery.payload["view"]["state"]["values"]["file"]["chosen"]
    [told] = state["files"]
    assert (state["type"], told["name"], told["size"]) == ("file_input", "users.csv", 3)
    assert (await client.files_info(file=told["id"]))["file"] == told
    async with session.get(told["url_private_download"], headers=AUTH) as response:
        assert await response.read() == b"a;b"


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([], "required"),
        ([("a.csv", b"a"), ("b.csv", b"b")], "takes 1 files"),
        ([("a.exe", b"a")], "takes files of"),
        ([("a.csv", b"x" * 10_000_001)], "bytes"),
    ],
)
async def test_what_slack_does_not_let_a_person_attach(
    slack: SlackSandbox, files: list[tuple[str, bytes]], why: str
) -> None:
    view = opened(slack, filetypes=["csv"], max_files=1)
    with pytest.raises(SandboxError, match=why):
        await slack.submit("U0ASKER", view, {"file": files})


async def test_a_modal_with_a_file_input_needs_the_scope(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    view = opened(slack).view
    slack.scopes = "chat:write"
    call = client.views_open(trigger_id=slack.modals.new_trigger("U0ASKER"), view=view)
    assert await code_of(call) == "missing_scope"
