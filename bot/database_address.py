"""Where the database is: the path of a SQLite file, or the URL of a PostgreSQL database."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from bot.errors import InvalidInput

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PARAMETERS = re.compile(r"(host|hostaddr|port|dbname|user|password|service)\s*=")


class PostgresUrl:
    """`postgresql://…` as libpq reads it (postgresql.org/docs/current/libpq-connect.html).

    As a text it shows account, hosts and database, and never a password or a parameter.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the whole URL, for the client library alone."""
        return self._text

    @property
    def secrets(self) -> tuple[str, ...]:
        """The passwords in it, as written and decoded, for redaction."""
        parts = urlsplit(self._text)
        written = [parts.netloc.rpartition("@")[0].partition(":")[2]]
        query = [value for name, value in parse_qsl(parts.query) if "password" in name]
        return tuple({one for text in written for one in (text, unquote(text)) if one} | {*query})

    def __str__(self) -> str:
        """Return it without password and parameters."""
        parts = urlsplit(self._text)
        login, at, hosts = parts.netloc.rpartition("@")
        return f"postgresql://{login.partition(':')[0]}{at}{hosts}{parts.path}"

    def __repr__(self) -> str:
        """Return the same as ``str``: it may stand in a traceback."""
        return f"PostgresUrl({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        """Whether it is the same URL."""
        return isinstance(other, PostgresUrl) and other.reveal() == self._text

    def __hash__(self) -> int:
        """Return the hash of the URL."""
        return hash(self._text)


Database = Path | PostgresUrl


def parse_database(text: str) -> Database:
    """Return the path or URL. Raises ValueError, whose text repeats nothing that may be secret."""
    scheme = _SCHEME.match(text)
    if scheme is None:
        if _PARAMETERS.match(text):
            raise ValueError(
                "write the address of PostgreSQL as a URL: postgresql://user@host/name"
            )
        return Path(text)
    if scheme[1].lower() not in ("postgresql", "postgres"):
        raise ValueError(
            f"it takes the path of a SQLite file or postgresql://…, not {scheme[1].lower()}://"
        )
    import psycopg  # noqa: PLC0415  # SQLite does without it
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    try:
        conninfo_to_dict(text)
    except psycopg.Error:
        raise ValueError("it is no URL that PostgreSQL's client library can read") from None
    return PostgresUrl(text)


def sqlite_file(database: Database, what: str) -> Path:
    """Return the path. Raises InvalidInput where the database is on PostgreSQL; ``what`` is the
    command or part that needs a file, at the beginning of a sentence."""
    if isinstance(database, Path):
        return database
    raise InvalidInput(f"{what} works on a SQLite file, and DATABASE is {database}.")
