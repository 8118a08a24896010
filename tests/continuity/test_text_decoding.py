"""Bytes and headers that are not as documented: read where that is safe, else said."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.continuity.client import ContinuityClient
from bot.continuity.text_decoding import TextDecoder
from bot.domain.scope import Everyone, Flag
from bot.errors import Ambiguous, Refused
from bot.ports import Receipt
from sandbox.continuity import ContinuitySandbox

USER = "user0001@example.com"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
LATIN = {"Content-Type": "application/json; charset=ISO-8859-1"}


def client_of(
    body: bytes = b"",
    status: int = 200,
    headers: httpx._types.HeaderTypes | None = None,
) -> ContinuityClient:
    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(  # noqa: E731
        status, content=body, headers=headers
    )
    transport = httpx.MockTransport(answer)
    return ContinuityClient(
        "http://127.0.0.1/v2/", "user", SecretStr("word"), transport=transport, read_wait=0.001
    )


def read(encoded: bytes, size: int, headers: dict[str, str] | None = None) -> str:
    reader = TextDecoder(httpx.Response(200, headers=headers))
    pieces = [reader.feed(encoded[at : at + size]) for at in range(0, len(encoded), size)]
    return "".join([*pieces, reader.end()])


@given(st.text(max_size=30), st.sampled_from(ENCODINGS), st.integers(1, 7))
def test_json_is_the_same_text_in_every_encoding_and_in_any_pieces(
    text: str, encoding: str, size: int
) -> None:
    try:
        told = json.dumps({"a": text}, ensure_ascii=False)
        encoded = told.encode(encoding)
    except UnicodeEncodeError:
        return
    assert read(encoded, size) == told


@given(st.text(st.characters(codec="latin-1"), max_size=30), st.integers(1, 7))
def test_another_encoding_is_believed_only_where_the_bytes_are_no_utf_8(
    text: str, size: int
) -> None:
    told = json.dumps({"a": f"ü{text}"}, ensure_ascii=False)
    latin = told.encode("latin-1")
    assert read(told.encode(), size, LATIN) == told
    try:
        latin.decode()
    except UnicodeDecodeError:
        assert read(latin, size, LATIN) in (told, latin.decode("latin-1"))
        with pytest.raises(UnicodeDecodeError):
            read(latin, size)


def test_half_a_character_at_the_end_is_no_text() -> None:
    for encoded in ('{"a":"ü'.encode()[:-1], '{"a"'.encode("utf-16")[:-1]):
        with pytest.raises(UnicodeDecodeError):
            read(encoded, 3)


@pytest.mark.parametrize("encoding", [*ENCODINGS, "iso-8859-1"])
async def test_every_read_and_write_takes_the_encodings_of_the_simulated_api(
    encoding: str,
) -> None:
    async with ContinuitySandbox() as api:
        api.add_customer("44444", 3)
        api.customers["44444"][USER].display_name = "Jörg Müß"
        api.encoding = encoding
        client = ContinuityClient(api.url, api.username, SecretStr(api.password))
        assert (await client.user("44444", USER)).fields["displayName"] == "Jörg Müß"
        listed = [one async for one in client.users("44444")]
        assert [one.address for one in listed] == [*api.customers["44444"]]
        assert listed[0].fields["displayName"] == "Jörg Müß"
        receipt = await client.set_flag("44444", Flag.FAILOVER, True, Everyone())
        assert receipt.api_id.startswith("sbx-")
        assert (await client.request_token("44444", USER, notify=False)).token.reveal()
        await client.aclose()


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_the_words_of_an_error_are_read_in_every_encoding(encoding: str) -> None:
    body = json.dumps({"id": "7", "message": "Verboten für Sie"}, ensure_ascii=False)
    with pytest.raises(Refused, match="Verboten für Sie") as caught:
        await client_of(body.encode(encoding), 403).user("44444", USER)
    assert caught.value.api_id == "7"


# --- the header of a count ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values", [["12"], [" 12 "], ["+12"], ["012"], ["12, 12"], ["12", "12"], ["12", "12, +12"]]
)
async def test_a_number_of_users_may_be_told_twice_or_with_a_sign(values: list[str]) -> None:
    headers = [("User-Count", value) for value in values]
    assert await client_of(headers=headers).count("44444") == 12


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["12, 13"], "told different numbers of users at once: 12 and 13"),
        (["1284", "12"], "told different numbers of users at once: 12 and 1,284"),
        (["123,123"], "told no number"),  # a group of thousands, perhaps
        (["1,284"], "told no number"),
        (["-12"], "told no number"),
        (["- 12"], "told no number"),
        (["12, "], "told no number"),
        (["12.0"], "told no number"),
        (["0x12"], "told no number"),
        (["١٢"], "told no number"),
        (["1" * 12], "told no number"),
        ([""], "told no number"),
        ([], "told no number"),
    ],
)
async def test_what_is_no_one_number_is_none(values: list[str], words: str) -> None:
    headers = [(b"User-Count", value.encode()) for value in values]
    with pytest.raises(Ambiguous, match=words):
        await client_of(headers=headers).count("44444")


async def test_a_count_without_content_is_a_count() -> None:
    assert await client_of(status=204, headers={"User-Count": "0"}).count("44444") == 0


# --- no body --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "body"), [(204, b""), (200, b""), (202, b""), (200, b" \r\n")])
async def test_a_write_without_a_body_was_accepted_and_told_no_id(status: int, body: bytes) -> None:
    client = client_of(body, status)
    told = Receipt("", "", None)
    assert await client.set_flag("44444", Flag.FAILOVER, True, Everyone()) == told
    assert await client.update_user("44444", USER, {"displayName": "Jo"}) == told
    assert await client.delete_user("44444", USER) == told


@pytest.mark.parametrize("status", [204, 200])
async def test_a_read_without_a_body_tells_nothing_least_of_all_that_nobody_is_there(
    status: int,
) -> None:
    client = client_of(b"", status)
    with pytest.raises(Ambiguous, match="answered without a body"):
        await client.user("44444", USER)
    with pytest.raises(Ambiguous):
        [one async for one in client.users("44444")]
    with pytest.raises(Ambiguous, match="answered without a body"):
        await client.request_token("44444", USER, notify=True)


async def test_an_empty_page_is_no_acceptance() -> None:
    page = {"Content-Type": "text/html"}
    with pytest.raises(Ambiguous, match="an HTML page"):
        await client_of(b"", headers=page).set_flag("44444", Flag.FAILOVER, True, Everyone())


@pytest.mark.parametrize(
    ("fields", "receipt"),
    [
        ({"id": 17, "timestamp": 1773457445}, Receipt("17", "1773457445", None)),
        ({"affectedUsers": "12"}, Receipt("1", "t", 12)),
        ({"affectedUsers": -1}, Receipt("1", "t", None)),
        ({"affectedUsers": True}, Receipt("1", "t", None)),
        ({"affectedUsers": "many"}, Receipt("1", "t", None)),
        ({"affectedUsers": None}, Receipt("1", "t", None)),
    ],
)
async def test_whether_a_write_was_accepted_does_not_hang_on_how_its_numbers_are_told(
    fields: dict[str, object], receipt: Receipt
) -> None:
    body = json.dumps({"id": "1", "timestamp": "t", **fields}).encode()
    assert await client_of(body).set_flag("44444", Flag.FAILOVER, True, Everyone()) == receipt


@pytest.mark.parametrize("fields", [{"id": ""}, {"id": None}, {"id": True}, {"timestamp": None}])
async def test_a_body_that_is_there_has_an_id_and_a_timestamp(fields: dict[str, object]) -> None:
    body = json.dumps({"id": "1", "timestamp": "t", **fields}).encode()
    with pytest.raises(Ambiguous):
        await client_of(body).set_flag("44444", Flag.FAILOVER, True, Everyone())
