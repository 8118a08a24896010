"""Each customer is served with its own account, or not at all."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.continuity.client import ContinuityClient, client_of
from bot.continuity.customer_accounts import account_finder
from bot.credentials import ANY, Account, read
from bot.domain.api_health import ApiAccount
from bot.domain.scope import EVERY_USER, Everyone, Flag
from bot.domain.secret import Secret
from bot.errors import ConfigurationError, ContinuityError, Refused
from bot.setting_secrets import secrets_of
from bot.settings import Settings
from bot.settings_check import check_terminal

URL = "https://api.example.com/v2/"
GOOD = """
[44444]
username = "four"
password = "canary-4"

[55555DE]
username = "five"
password = "canary-5"
url = "https://other.example.com/v2"
"""


def written(folder: Path, text: str | bytes, mode: int = 0o600) -> Path:
    file = folder / "credentials.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    file.chmod(mode)
    return file


def settings(file: Path | None, **others: object) -> Settings:
    named = {"continuity_credentials": file, "slack_api_url": "https://slack.com/api/"}
    return Settings(_env_file=None, **{**named, **others})  # type: ignore[arg-type]


def asked(accounts: dict[str, Account], seen: list[str]) -> ContinuityClient:
    def answer(request: httpx.Request) -> httpx.Response:
        given = request.headers.get("Authorization", "Basic ").removeprefix("Basic ")
        seen.append(f"{request.url.host} {base64.b64decode(given).decode()}")
        return httpx.Response(
            200, json={"id": "1", "timestamp": "t", "users": []}, headers={"User-Count": "1"}
        )

    return ContinuityClient(URL, accounts=accounts, transport=httpx.MockTransport(answer))


async def test_every_customer_is_asked_for_with_his_own_account(tmp_path: Path) -> None:
    seen: list[str] = []
    client = asked(dict(read(written(tmp_path, GOOD), URL)), seen)
    await client.count("44444")
    await client.set_flag("55555DE", Flag.ACCESS, True, Everyone())
    [user async for user in client.users("55555DE", EVERY_USER)]
    assert seen == [
        "api.example.com four:canary-4",
        "other.example.com five:canary-5",
        "other.example.com five:canary-5",
    ]
    for customer in ("44444DE", "55555", "66666"):
        with pytest.raises(Refused, match=f"no credentials for customer {customer}.*Nothing was"):
            await client.count(customer)
    assert len(seen) == 3


async def test_an_account_for_all_others_is_taken_where_there_is_none() -> None:
    seen: list[str] = []
    own = Account(URL, "own", SecretStr("1"))
    client = asked({"44444": own, ANY: Account(URL, "any", SecretStr("2"))}, seen)
    await client.count("44444")
    await client.count("55555")
    assert seen == ["api.example.com own:1", "api.example.com any:2"]


async def test_a_password_goes_to_the_customers_own_api_and_is_never_guessed(
    tmp_path: Path,
) -> None:
    seen: list[str] = []
    client = asked(dict(read(written(tmp_path, GOOD), URL)), seen)
    user, token, password = "a@example.com", Secret("t"), Secret("Passw0rd")
    with pytest.raises(Refused, match="more than one address"):
        await client.set_password(user, token, password)
    await client.set_password(user, token, password, customer="55555DE")
    assert seen == ["other.example.com "]
    one = asked({"44444": Account(URL, "own", SecretStr("1"))}, seen)
    await one.set_password(user, token, password)
    assert seen[1:] == ["api.example.com "]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no customer"),
        ("[44444]\nusername = canary", "is not TOML (at line 2"),
        ("[44444]\nusername = 'canary\n", "is not TOML (at end of document"),
        (b"\xff", "is not UTF-8"),
        ("password = 'canary'", "named neither by a customer number"),
        ("[canary]\nusername = 'a'", "named neither by a customer number"),
        ("44444 = 'canary'", "[44444] another field: Input should be"),
        ("[44444]\nusername = 'a'", "[44444] password: Field required"),
        ("[44444]\npassword = 'canary'", "[44444] username: Field required"),
        ("[44444]\nusername = 'a:canary'\npassword = 'b'", "[44444] username: "),
        ("[44444]\nusername = 'a'\npassword = ''", "[44444] password: "),
        ("[44444]\nusername = 'a'\npassword = 7", "[44444] password: "),
        ("[44444]\nusername = 'a'\npassword = 'b'\ncanary = 1", "[44444] another field: Extra"),
        ("[44444]\nusername = 'a'\npassword = 'b'\nurl = 'canary'", "[44444] url: must be"),
        ("['*']\nusername = 'a'\npassword = 'b'\ndrill = true", "[*] drill: for one customer"),
        ("[44444]\nusername = 'a'\npassword = 'b'\ndrill = true", "[44444] drill: for one"),
        ("[44444]\nusername = 'a'\npassword = 'b'\ndrill = 'canary'", "[44444] drill: Input"),
        (
            "[44444]\nusername = 'a'\npassword = 'b'\ndrill = true\nurl = 'https://API.retarus.com:443/c'",
            "[44444] url: customers that are not marked drill are served there",
        ),
        (
            "[44444]\nusername = 'a'\npassword = 'b'\nurl = 'http://canary.example.com/'",
            "[44444] url: must start with https://",
        ),
    ],
)
def test_what_is_wrong_in_the_file_stops_the_start_and_repeats_no_value(
    tmp_path: Path, text: str | bytes, says: str
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        check_terminal(settings(file))
    told = str(caught.value)
    assert told.startswith("CONTINUITY_CREDENTIALS: ")
    assert says in told
    assert "canary" not in told
    assert secrets_of(settings(file))  # without an error: it is told by the check


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o677])
def test_a_file_that_is_open_to_others_stops_the_start(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path, GOOD, mode)
    with pytest.raises(ConfigurationError, match=f"mode {mode:o}.: chmod 600 {file}"):
        check_terminal(settings(file))


def test_a_file_that_is_none_stops_the_start(tmp_path: Path) -> None:
    for file in (tmp_path / "missing.toml",):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            check_terminal(settings(file))
    os.mkfifo(pipe := tmp_path / "pipe", 0o600)
    with pytest.raises(ConfigurationError, match="is not a file"):
        check_terminal(settings(pipe))


def test_no_other_account_is_needed_and_two_for_all_others_are_one_too_many(
    tmp_path: Path,
) -> None:
    file = written(tmp_path, GOOD + '["*"]\nusername = "any"\npassword = "canary-6"\n')
    check_terminal(settings(file))
    both = settings(file, continuity_username="a", continuity_password=SecretStr("b"))
    with pytest.raises(ConfigurationError, match="keep one"):
        check_terminal(both)
    with pytest.raises(ConfigurationError, match="CONTINUITY_PASSWORD is missing"):
        check_terminal(settings(file, continuity_username="a"))
    with pytest.raises(ConfigurationError, match="CONTINUITY_USERNAME is missing"):
        check_terminal(settings(None))


def test_the_logs_hide_every_accounts_password(tmp_path: Path) -> None:
    secrets = secrets_of(settings(written(tmp_path, GOOD)))
    assert {"canary-4", "canary-5", "four:canary-4", "five:canary-5"} <= {*secrets}


async def test_the_settings_reach_the_client(tmp_path: Path) -> None:
    made = settings(written(tmp_path, GOOD), continuity_group_encoding="comma")
    client = client_of(made)
    line = client.describe("44444", Flag.ACCESS, True, Everyone())
    assert line == "PUT /44444/access"
    with pytest.raises(Refused, match="no credentials for customer 66666"):
        await client.delete_user("66666", "a@example.com")
    await client.aclose()
    with pytest.raises(ContinuityError):
        await client.count("44444")
    with pytest.raises(ConfigurationError, match="no credentials"):
        client_of(settings(None))


def test_an_account_is_named_by_its_setting_and_its_host_alone(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD)
    own = account_finder(settings(file, continuity_url=URL))
    assert own("44444") == ApiAccount("CONTINUITY_CREDENTIALS, table [44444]", "api.example.com")
    assert own("55555DE") == ApiAccount(
        "CONTINUITY_CREDENTIALS, table [55555DE]", "other.example.com"
    )
    assert own("66666") is None
    whole = {"continuity_username": "any", "continuity_password": "canary-any"}
    either = account_finder(settings(file, continuity_url=URL, **whole))
    assert either("66666") == ApiAccount("CONTINUITY_PASSWORD", "api.example.com")
    others = GOOD.replace("[55555DE]", '["*"]')
    rest = account_finder(settings(written(tmp_path, others), continuity_url=URL))
    assert rest("66666") == ApiAccount('CONTINUITY_CREDENTIALS, table ["*"]', "other.example.com")
