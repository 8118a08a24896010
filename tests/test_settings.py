"""Settings: read once, frozen, and what is wrong is told in a line each without repeating a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.errors import ConfigurationError
from bot.settings import Settings, load, load_readable
from bot.settings_check import check_complete

WHOLE = {
    "SLACK_BOT_TOKEN": "xoxb-canary",
    "SLACK_APP_TOKEN": "xapp-canary",
    "CONTINUITY_USERNAME": "api",
    "CONTINUITY_PASSWORD": "canary",
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of this test, for its `.env`."""
    monkeypatch.chdir(tmp_path)


def given(monkeypatch: pytest.MonkeyPatch, **settings: str) -> Settings:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return load()


def missing(settings: Settings) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        check_complete(settings)
    return str(caught.value).splitlines()


def test_a_line_for_each_setting_that_is_missing() -> None:
    lines = missing(load())
    assert [line.partition(" ")[0] for line in lines] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "CONTINUITY_USERNAME",
        "CONTINUITY_PASSWORD",
    ]


@pytest.mark.parametrize("level", ["info", "Info", "INFO"])
def test_the_log_level_is_taken_in_any_case(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    assert given(monkeypatch, LOG_LEVEL=level).log_level == "INFO"


def test_an_app_token_is_socket_mode_and_without_it_a_signing_secret_is_http(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    socket = given(monkeypatch, **WHOLE)
    check_complete(socket)
    assert socket.socket_mode
    http = given(monkeypatch, SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="canary")
    check_complete(http)
    assert not http.socket_mode


def test_oauth_settings_that_would_drop_the_bot_token_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [line] = missing(given(monkeypatch, **WHOLE, SLACK_CLIENT_ID="1", SLACK_CLIENT_SECRET="canary"))
    assert line.startswith("SLACK_CLIENT_ID and SLACK_CLIENT_SECRET")
    assert "canary" not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "canary"),
        ("LOG_LEVEL", "canary"),
        ("LOG_FORMAT", "canary"),
        ("QUIET_PERIOD", "canary"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        given(monkeypatch, **{name: value})
    assert str(caught.value).startswith(f"{name}: ")
    assert value not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_is_read_and_the_environment_goes_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DATABASE=from-file.db\nPORT=1\nFOREIGN=ignored\n")
    (tmp_path / ".env").chmod(0o600)
    settings = given(monkeypatch, PORT="2")
    assert (settings.database, settings.port) == (Path("from-file.db"), 2)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_file_that_others_may_open_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    (tmp_path / ".env").write_text("CONTINUITY_PASSWORD=canary\n")
    (tmp_path / ".env").chmod(mode)
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert str(caught.value) == (
        f".env is open to others than its owner (mode {mode:03o}): chmod 600 .env"
    )
    settings, _ = load_readable()  # the doctor goes on with it
    assert settings.continuity_password.get_secret_value() == "canary"


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, ".env cannot be read: Is a directory."), (b"HOST=\xff", ".env is not UTF-8.")],
)
def test_a_file_that_cannot_be_read_is_told_in_a_line(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    file = tmp_path / ".env"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
        file.chmod(0o600)
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert str(caught.value) == said


def test_settings_do_not_change_and_do_not_show_their_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = given(monkeypatch, **WHOLE)
    for name in ("port", "slack_bot_token"):
        with pytest.raises(ValidationError):
            setattr(settings, name, 1)
    assert "canary" not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize("seconds", ["0", "-1", "1501", "nan", "soon"])
def test_accepted_writes_are_looked_for_no_longer_than_an_approved_change_may_wait(
    monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    monkeypatch.setenv("SETTLE", seconds)
    with pytest.raises(ConfigurationError, match="SETTLE"):
        load()
