"""Where the database is: the path of a SQLite file, or the URL of a PostgreSQL database."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from bot.errors import InvalidInput

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
# As libpq splits it, which is not how urllib does: "#", "?" and "[" may stand in a password.
_URL = re.compile(
    r"[^:]*://(?:(?P<user>[^:@/]*)(?::(?P<password>[^@/]*))?@)?"
    r"(?P<hosts>[^/?]*)(?P<name>/[^?]*)?(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_SECRET = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
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
        parts = _parts(self._text)
        query = [one.partition("=") for one in parts["query"].split("&")]
        written = [value for name, _, value in query if unquote(name) in _SECRET]
        return tuple(
            {one for text in (parts["password"], *written) for one in (text, unquote(text)) if one}
        )

    def __str__(self) -> str:
        """Return it without password and parameters."""
        parts = _parts(self._text)
        at = "@" if parts["user"] else ""
        return f"postgresql://{parts['user']}{at}{parts['hosts']}{parts['name']}"

    def __repr__(self) -> str:
        """Return the same as ``str``: it may stand in a traceback."""
        return f"PostgresUrl({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        """Whether it is the same URL."""
        return isinstance(other, PostgresUrl) and other.reveal() == self._text

    def __hash__(self) -> int:
        """Return the hash of the URL."""
        return hash(self._text)


def _parts(text: str) -> dict[str, str]:
    found = _URL.fullmatch(text)
    return found.groupdict("") if found else dict.fromkeys(_URL.groupindex, "")


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
    parts = _parts(text)
    if "?" in parts["user"] or "@" in parts["hosts"] + parts["name"]:
        # libpq takes a piece of the password for a host or a name, and would show it in its errors.
        raise ValueError('write "@" as %40 and "/" as %2F in its user, password and parameters')
    return PostgresUrl(text)


def sqlite_file(database: Database, what: str) -> Path:
    """Return the path. Raises InvalidInput where the database is on PostgreSQL; ``what`` is the
    command or part that needs a file, at the beginning of a sentence."""
    if isinstance(database, Path):
        return database
    raise InvalidInput(f"{what} works on a SQLite file, and DATABASE is {database}.")
