"""The database's address: a path or a URL, and no password in any text of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from bot.database_address import PostgresUrl, parse_database, sqlite_file
from bot.errors import InvalidInput

SECRET = "postgresql://bot:can%2Fary@db.example:5432/mail?sslmode=require&sslpassword=second"


@pytest.mark.parametrize("text", ["continuity.db", "/var/lib/x.db", "C:\\x.db", "a=b.db"])
def test_what_is_no_url_is_a_path(text: str) -> None:
    assert parse_database(text) == Path(text)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://bot@db/mail",
        "postgres://bot@db/mail",
        "postgresql:///mail?host=/run/postgresql",
        "postgresql://one:5432,two:5433/mail?target_session_attrs=read-write",
        SECRET,
    ],
)
def test_a_url_is_kept_as_it_is(text: str) -> None:
    found = parse_database(text)
    assert isinstance(found, PostgresUrl)
    assert found.reveal() == text


def test_no_text_of_it_has_a_password_or_a_parameter() -> None:
    url = PostgresUrl(SECRET)
    assert str(url) == "postgresql://bot@db.example:5432/mail"
    assert repr(url) == "PostgresUrl('postgresql://bot@db.example:5432/mail')"
    assert set(url.secrets) == {"can%2Fary", "can/ary", "second"}


@pytest.mark.parametrize("password", ["can#ary", "can?ary", "can[ary", "can:ary", "can+ary"])
def test_a_password_that_libpq_takes_as_written_is_masked_and_known(password: str) -> None:
    for text in (
        f"postgresql://bot:{password}@db/mail",
        f"postgres://bot:{password}@db/mail?port=1",
    ):
        url = parse_database(text)
        assert isinstance(url, PostgresUrl)
        assert conninfo_to_dict(text)["password"] == password
        assert str(url) == "postgresql://bot@db/mail"
        assert url.secrets == (password,)


def test_a_plus_in_a_parameter_is_a_plus() -> None:
    assert PostgresUrl("postgresql://db/mail?password=can+ary").secrets == ("can+ary",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mysql://bot:canary@db/mail", "not mysql://"),
        ("sqlite:///continuity.db", "not sqlite://"),
        ("postgresql://bot:canary@db:port/mail?unknown=canary", "can read"),
        ("postgresql://bot:canary@x@db/mail", "as %40"),
        ("postgresql://bot:canary/x@db/mail", "as %40"),
        ("postgresql://db?password=canary@x", "as %40"),
        ("host=db password=canary", "as a URL"),
    ],
)
def test_another_address_is_refused_without_repeating_it(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        parse_database(text)
    assert "canary" not in str(caught.value)


def test_what_needs_a_file_says_so() -> None:
    assert sqlite_file(Path("x.db"), "backup") == Path("x.db")
    with pytest.raises(InvalidInput) as caught:
        sqlite_file(PostgresUrl(SECRET), "backup")
    assert str(caught.value) == (
        "backup works on a SQLite file, and DATABASE is postgresql://bot@db.example:5432/mail."
    )
