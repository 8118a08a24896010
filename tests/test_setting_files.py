"""`NAME_FILE` gives the value of `NAME`; whatever cannot be used is one line, and no value is repeated."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.database_address import PostgresUrl
from bot.errors import ConfigurationError
from bot.setting_secrets import secrets_of
from bot.settings import Settings, load, load_readable


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of this test, for its `.env`."""
    monkeypatch.chdir(tmp_path)


def written(name: str, content: str | bytes, mode: int = 0o600) -> str:
    file = Path(name)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    file.chmod(mode)
    return name


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("canary", "canary"),
        ("canary\n", "canary"),
        ("canary\r\n", "canary"),
        (" ca nary ", " ca nary "),
    ],
)
def test_one_line_feed_at_the_end_does_not_count(
    monkeypatch: pytest.MonkeyPatch, content: str, value: str
) -> None:
    monkeypatch.setenv("CONTINUITY_PASSWORD_FILE", written("secret", content))
    assert load().continuity_password.get_secret_value() == value


def test_every_setting_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"PORT": "1234", "LOG_LEVEL": "debug", "DATABASE": "postgresql://bot:canary@db/x\n"}
    for name, value in values.items():
        monkeypatch.setenv(f"{name}_FILE", written(name, value))
    settings = load()
    assert (settings.port, settings.log_level) == (1234, "DEBUG")
    assert settings.database == PostgresUrl("postgresql://bot:canary@db/x")
    assert "canary" in secrets_of(settings)


def test_a_file_is_named_in_the_file_of_settings_and_the_environment_goes_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = written("one", "one.db"), written("two", "two.db")
    written(".env", f"DATABASE_FILE={one}\nHOST_FILE={written('host', '127.0.0.2')}\n")
    monkeypatch.setenv("DATABASE_FILE", two)
    settings = load()
    assert (settings.database, settings.host) == (Path("two.db"), "127.0.0.2")


def test_an_empty_name_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_FILE", "")
    assert load().database == Path("continuity.db")


def refused(monkeypatch: pytest.MonkeyPatch, path: str) -> str:
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", path)
    with pytest.raises(ConfigurationError) as caught:
        load()
    settings, lines = load_readable()
    assert isinstance(settings, Settings)
    assert lines == [str(caught.value)]
    assert "canary" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_the_value_and_its_file_are_not_given_both(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == ".env":
        written(".env", "SLACK_BOT_TOKEN=xoxb-canary\n")
    else:
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")
    said = refused(monkeypatch, written("secret", "xoxb-canary"))
    assert said == "SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both set: keep one."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\n", "it is empty"),
        (b"\xff", "it is not UTF-8"),
        (b"x" * 65_537, "it is larger than 65,536 bytes"),
    ],
)
def test_a_content_that_cannot_be_used_is_one_line(
    monkeypatch: pytest.MonkeyPatch, content: bytes, said: str
) -> None:
    path = written("secret", content)
    assert refused(monkeypatch, path) == f"SLACK_BOT_TOKEN_FILE: secret: {said}"


def test_a_file_that_is_not_there_or_none_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "SLACK_BOT_TOKEN_FILE: /nowhere: No such file or directory"
    assert refused(monkeypatch, "/nowhere") == said
    os.mkfifo("pipe")  # reading it would wait for ever
    assert refused(monkeypatch, "pipe") == "SLACK_BOT_TOKEN_FILE: pipe: it is no file"


def test_a_secret_in_the_place_of_a_file_name_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "it names no file" in refused(monkeypatch, "xoxb-canary")


def test_a_setting_that_names_a_file_takes_its_file_as_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONTINUITY_CREDENTIALS_FILE", "/run/credentials/x")
    assert load().continuity_credentials == Path("/run/credentials/x")


def test_a_file_that_others_may_open_is_refused_with_the_cure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = refused(monkeypatch, written("secret", "xoxb-canary", 0o644))
    assert said == (
        "SLACK_BOT_TOKEN_FILE: secret: it is open to others than its owner (mode 644): "
        "chmod 600 secret"
    )


def test_a_value_of_a_file_that_cannot_be_read_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PORT_FILE", written("port", "canary"))
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert str(caught.value).startswith("PORT: ")
    assert "canary" not in str(caught.value)
